"""Images as inputs where there is no store, and from where only skopeo reaches."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.conftest import need
from tests.patience import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@pytest.fixture(scope="module")
def archive(
    apps: Mapping[str, Any], nixdive: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """An image as nixpkgs would lay it out, and what `nixdive write --json` said of it."""
    file = tmp_path_factory.mktemp("image") / "image.tar"
    words = ("write", apps["redis"].path, "-o", file, "--strategy", "nixpkgs", "--name", "redis:v1", "--json")
    yield file, json.loads(nixdive(*words))
    file.unlink()


def without_store(*words: str | Path) -> str:
    """Run nixdive in a mount namespace where /nix is empty."""
    argv = [sys.executable, "-m", "nixdive", *map(str, words)]
    script = 'mount -t tmpfs none /nix && test -z "$(ls /nix)" && exec "$@"'
    done = subprocess.run(
        ["unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh", *argv],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("client", ["docker", "podman"])
@pytest.mark.parametrize("strategy", ["churn", "single"])
def test_laid_out_anew_without_a_store(
    strategy: str,
    client: str,
    apps: Mapping[str, Any],
    archive: tuple[Path, Mapping[str, Any]],
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    need("unshare", root=True)
    app, file, new = apps["redis"], archive[0], tmp_path / "new.tar"
    told = json.loads(without_store("plan", file, "--json", "-q"))
    assert (told["strategy"], told["totals"]["paths"]) == ("keep", 36)
    words = ("write", file, "-o", new, "--strategy", strategy, "--max-layers", "7", "--name", "again:1")
    made = json.loads(without_store(*words, "--json", "-q"))
    assert 1 <= len(made["layers"]) <= 7
    back = ("write", new, "-o", tmp_path / "back.tar", "--strategy", "nixpkgs", "--name", "redis:v1")
    assert (
        json.loads(without_store(*back, "--max-layers", "100", "--json", "-q"))["layers"]
        == archive[1]["layers"]
    )
    assert (tmp_path / "back.tar").read_bytes() == file.read_bytes()
    engine = request.getfixturevalue(client)
    engine.load(new)
    try:
        assert app.says in engine.run("again:1", *app.command)
    finally:
        engine.remove("again:1")


def test_a_larger_image_is_laid_out_anew_and_runs(
    debstore: Mapping[str, Any], nixdive: Callable[..., str], docker: Any, tmp_path: Path
) -> None:
    need("unshare", root=True)
    toolbox = debstore["apps"]["toolbox"]
    file, new = tmp_path / "image.tar", tmp_path / "new.tar"
    nixdive("write", toolbox["v1"], "-o", file, "--strategy", "nixpkgs", "--max-layers", "40")
    words = ("write", file, "-o", new, "--strategy", "churn", "--max-layers", "24", "--name", "tools:1")
    made = json.loads(without_store(*words, "--json", "-q"))
    told = json.loads(without_store("plan", new, "--json", "-q"))
    assert [layer["paths"] for layer in told["layers"]] == [layer["paths"] for layer in made["layers"]]
    seen = json.loads(without_store("inspect", new, "--json", "-q"))
    assert [layer["digest"] for layer in seen["layers"]] == [layer["digest"] for layer in made["layers"]]
    docker.load(new)
    try:
        shell = (Path(toolbox["v1"]) / toolbox["entrypoint"]).read_text().splitlines()[0].removeprefix("#!")
        assert "GNU bash" in docker.run("tools:1", shell, "--version")
    finally:
        docker.remove("tools:1")


def left_behind() -> set[str]:
    return {name for name in os.listdir(tempfile.gettempdir()) if name.startswith("nixdive-")}  # noqa: PTH208


def test_from_a_registry(
    archive: tuple[Path, Mapping[str, Any]],
    registry: str,
    nixdive: Callable[..., str],
    refused: Callable[..., str],
    skopeo: Callable[..., str],
    tmp_path: Path,
) -> None:
    file, written = archive
    place = f"docker://{registry}/team/redis:v1"
    skopeo("copy", "-q", "--dest-tls-verify=false", "--preserve-digests", f"oci-archive:{file}", place)
    before = left_behind()
    kept = json.loads(nixdive("write", place, "-o", tmp_path / "kept.tar", "--json", "-q"))
    assert kept["layers"] == written["layers"]
    compared = json.loads(nixdive("compare", place, file, "--json", "-q"))
    assert (compared["push_bytes"], compared["layers_new"]) == (0, 0)
    told = refused("plan", f"docker://{registry}/team/other:v1", "-q")
    problem, hint = told.splitlines()
    assert problem == (
        f"nixdive: docker://{registry}/team/other:v1: there is no such image: manifest unknown"
    )
    assert hint.startswith("hint: look at host, name and tag")
    assert left_behind() == before


def test_from_a_daemon(
    archive: tuple[Path, Mapping[str, Any]], docker: Any, nixdive: Callable[..., str], tmp_path: Path
) -> None:
    file, written = archive
    docker.load(file)
    try:
        before = left_behind()
        words = ("write", "docker-daemon:redis:v1", "-o", tmp_path / "kept.tar", "--json", "-q")
        kept = json.loads(nixdive(*words, env=docker.env))
        assert [one["diff_id"] for one in kept["layers"]] == [one["diff_id"] for one in written["layers"]]
        assert left_behind() == before
    finally:
        docker.remove("redis:v1")


def test_from_the_storage_of_podman(
    archive: tuple[Path, Mapping[str, Any]], podman: Any, nixdive: Callable[..., str]
) -> None:
    need("skopeo")
    file, written = archive
    podman.load(file)
    try:
        root, runroot = (
            podman.load_words[podman.load_words.index(word) + 1] for word in ("--root", "--runroot")
        )
        name = f"containers-storage:[overlay@{root}+{runroot}]docker.io/library/redis:v1"
        told = json.loads(nixdive("plan", name, "--json", "-q", env=podman.env))
        assert [set(one["paths"]) for one in told["layers"]] == [
            set(one["paths"]) for one in written["layers"]
        ]
    finally:
        podman.remove("redis:v1")
