"""Formats, compressions, bases and contents, each in the clients that take it."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.conftest import need
from tests.conformance.programs import run

Run = Callable[..., str]


def docker_release(docker: Any) -> int:
    done = subprocess.run(
        ["docker", "version", "--format", "{{.Server.Version}}"],
        env={**os.environ, **docker.env},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout.partition(".")[0])


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
@pytest.mark.parametrize(
    ("image_format", "clients"),
    [
        ("hybrid", ("podman", "containerd", "docker")),
        ("docker-archive", ("podman", "containerd", "docker")),
        ("oci-archive", ("podman", "containerd")),
    ],
)
def test_format_and_compression(
    image_format: str,
    clients: tuple[str, ...],
    compression: str,
    apps: Mapping[str, Any],
    nixdive: Run,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    app = apps["redis"]
    file = tmp_path / "image.tar"
    words = ("--format", image_format, "--compression", compression, "--max-layers", "10")
    nixdive("write", app.path, "-o", file, *words)
    for client in clients:
        engine = request.getfixturevalue(client)
        if (client, compression) == ("docker", "zstd") and docker_release(engine) < 23:
            # it knows no zstd, whoever made the frames; nixdive says so when it has written them
            with pytest.raises(AssertionError, match="invalid tar header"):
                engine.load(file)
            continue
        engine.load(file)
        assert app.says in engine.run(app.name, *app.command)
        engine.remove(app.name)


def test_oci_layout(apps: Mapping[str, Any], nixdive: Run, skopeo: Run, podman: Any, tmp_path: Path) -> None:
    app = apps["redis"]
    layout = tmp_path / "layout"
    document = json.loads(
        nixdive("write", app.path, "-o", layout, "--format", "oci", "--max-layers", "5", "--json")
    )
    seen = json.loads(skopeo("inspect", f"oci:{layout}"))
    assert seen["Layers"] == [layer["digest"] for layer in document["layers"]]
    skopeo("copy", f"oci:{layout}", f"docker-archive:{tmp_path / 'copy.tar'}:{app.name}")
    podman.load(tmp_path / "copy.tar")
    assert app.says in podman.run(app.name, *app.command)
    podman.remove(app.name)


def test_a_layout_of_another_tool_grows(
    apps: Mapping[str, Any], nixdive: Run, skopeo: Run, busybox: Path, tmp_path: Path
) -> None:
    layout = tmp_path / "layout"
    for tag in ("v1", "v2"):
        skopeo("copy", f"docker-archive:{busybox}", f"oci:{layout}:{tag}")
    before = [skopeo("inspect", "--raw", f"oci:{layout}:{tag}") for tag in ("v1", "v2")]
    words = ("write", apps["redis"].path, "-o", layout, "--format", "oci", "--max-layers", "5", "--json")
    for name, tags in (("shop:new", ("v1", "v2")), ("shop:v2", ("v1",))):
        document = json.loads(nixdive(*words, "--name", name))
        seen = json.loads(skopeo("inspect", f"oci:{layout}:{document['reference']}"))
        assert seen["Digest"] == document["manifest_digest"]
        assert [skopeo("inspect", "--raw", f"oci:{layout}:{tag}") for tag in tags] == before[: len(tags)]


@pytest.mark.parametrize("client", ["docker", "podman", "containerd"])
def test_contents_are_linked_into_the_root(
    client: str, apps: Mapping[str, Any], nixdive: Run, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    app = apps["redis"]
    file = tmp_path / "image.tar"
    words = (
        "--contents",
        app.path,
        "--cmd",
        "/bin/redis --version",
        "--name",
        "linked:1",
        "--max-layers",
        "8",
    )
    nixdive("write", app.path, "-o", file, *words)
    engine = request.getfixturevalue(client)
    engine.load(file)
    assert app.says in engine.run("linked:1", "/bin/redis", "--version")
    if client != "containerd":  # ctr run wants a command
        assert app.says in engine.run("linked:1")
    engine.remove("linked:1")


@pytest.mark.parametrize("client", ["docker", "podman", "containerd"])
def test_base_image_is_below(
    client: str,
    apps: Mapping[str, Any],
    nixdive: Run,
    busybox: Path,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    app = apps["redis"]
    file = tmp_path / "image.tar"
    words = ("--from", busybox, "--name", "based:1", "--max-layers", "8", "--env", "OURS=too")
    nixdive("write", app.path, "-o", file, *words)
    engine = request.getfixturevalue(client)
    engine.load(file)
    told = engine.run("based:1", "/bin/sh", "-c", f"echo $FROM_BASE $OURS; {' '.join(app.command)}")
    assert told.startswith("yes too\n")
    assert app.says in told
    engine.remove("based:1")


@pytest.mark.parametrize("client", ["docker", "podman", "containerd"])
def test_links_at_the_root_hide_nothing_of_a_base_whose_bin_is_a_link(
    client: str,
    apps: Mapping[str, Any],
    nixdive: Run,
    merged_busybox: Path,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    app = apps["redis"]
    file = tmp_path / "image.tar"
    words = ("--from", merged_busybox, "--contents", app.path, "--name", "merged:1", "--max-layers", "8")
    nixdive("write", app.path, "-o", file, *words)
    engine = request.getfixturevalue(client)
    engine.load(file)
    program = Path(app.command[0]).name
    command = f"/bin/{program} --version; busybox stat -c %a /usr/bin"
    told = engine.run("merged:1", "/bin/sh", "-c", command)
    assert app.says in told
    assert told.splitlines()[-1] == "711", "the directory is that of the base"
    engine.remove("merged:1")


def test_registry_takes_it_and_gives_the_same_back(
    apps: Mapping[str, Any], nixdive: Run, skopeo: Run, registry: str, tmp_path: Path
) -> None:
    file = tmp_path / "image.tar"
    document = json.loads(nixdive("write", apps["redis"].path, "-o", file, "--max-layers", "25", "--json"))
    place = f"docker://{registry}/redis:v1"
    skopeo("copy", "--preserve-digests", "--dest-tls-verify=false", f"oci-archive:{file}", place)
    seen = json.loads(skopeo("inspect", "--tls-verify=false", place))
    assert seen["Digest"] == document["manifest_digest"]


def test_it_is_written_into_a_registry(
    apps: Mapping[str, Any], nixdive: Run, skopeo: Run, refused: Run, registry: str
) -> None:
    place = f"docker://{registry}/straight:v1"
    words = ("write", apps["redis"].path, "--max-layers", "25", "--json", "-q", "-o")
    document = json.loads(nixdive(*words, place))
    assert document["target"] == place
    seen = json.loads(skopeo("inspect", "--tls-verify=false", place))
    assert seen["Digest"] == document["manifest_digest"]
    assert seen["Layers"] == [layer["digest"] for layer in document["layers"]]
    assert document["pushed"] == {"sent": len(seen["Layers"]), "mounted": 0, "there": 0}
    assert json.loads(nixdive(*words, place))["pushed"] == {
        "sent": 0,
        "mounted": 0,
        "there": len(seen["Layers"]),
    }
    assert "localhost:1 refuses connections" in refused(*words, "docker://localhost:1/redis:v1")


def test_it_is_written_into_a_daemon(apps: Mapping[str, Any], nixdive: Run, docker: Any) -> None:
    need("skopeo")
    app = apps["redis"]
    words = ("write", app.path, "--max-layers", "25", "-o", "docker-daemon:straight:v2", "-q")
    told = nixdive(*words, env=docker.env)
    assert "load it" not in told
    assert app.says in docker.run("straight:v2", *app.command)
    docker.remove("straight:v2")


def test_125_layers_load_and_126_are_refused(
    debstore: Mapping[str, Any], nixdive: Run, refused: Run, docker: Any, podman: Any, tmp_path: Path
) -> None:
    path = debstore["apps"]["toolbox"]["v1"]
    file = tmp_path / "image.tar"
    words = ("write", path, "-o", file, "--strategy", "each", "--name", "deep:125", "--json", "--max-layers")
    assert len(json.loads(nixdive(*words, "125"))["layers"]) == 125
    for engine in (docker, podman):
        engine.load(file)
        assert "GNU bash" in engine.run("deep:125", f"{_bash(path)}", "--version")
        engine.remove("deep:125")
    assert "Docker's overlay2 store takes at most 125 layers" in refused(*words, "126", status=2)


def _bash(path: str) -> str:
    script = next(Path(path, "bin").iterdir())
    return script.read_text().splitlines()[0].removeprefix("#!")


@pytest.mark.parametrize("image_format", ["hybrid", "docker-archive", "oci"])
@pytest.mark.parametrize("called", ["plain", "a b", "c:d"])
def test_the_commands_that_are_printed_work(
    called: str,
    image_format: str,
    apps: Mapping[str, Any],
    nixdive: Run,
    podman: Any,
    containerd: Any,
    registry: str,
    tmp_path: Path,
) -> None:
    target = f"{tmp_path}/{called}" if image_format == "oci" else f"{tmp_path}/{called}.tar"
    told = nixdive("write", apps["redis"].path, "-o", target, "--format", image_format, "--name", "told:1")
    lines = [line.partition(":  ")[2] or line.strip() for line in told.splitlines()[3:]]
    own = shlex.join(podman.load_words[:-3])
    store = "[overlay@{}+{}]".format(
        *(podman.load_words[podman.load_words.index(o) + 1] for o in ("--root", "--runroot"))
    )
    for line in lines:
        command = line.replace("podman load", f"{own} load").replace("HOST", registry)
        command = command.replace("containers-storage:", f"containers-storage:{store}")
        if "docker://" in command:
            command = command.replace("copy", "copy --dest-tls-verify=false")
        command = command.replace("ctr images push", "ctr images push --plain-http")
        if not command.startswith("docker"):
            run("sh", "-c", command, env=podman.env | containerd.env)
    assert "told" in run(*podman.load_words[:-3], "images", env=podman.env)
    place = f"docker://{registry}/told:1"
    digest = json.loads(run("skopeo", "inspect", "--tls-verify=false", place, env=podman.env))["Digest"]
    if image_format == "oci" or (image_format == "hybrid" and not shutil.which("crane")):
        assert f"manifest  {digest}" in told
    elif image_format == "hybrid":  # crane pushed last: the same layers, by the documents that docker reads
        raw = json.loads(run("skopeo", "inspect", "--raw", "--tls-verify=false", place, env=podman.env))
        words = ("write", apps["redis"].path, "-o", f"{target}.again", "--name", "told:1", "--json")
        written = json.loads(nixdive(*words))["layers"]
        assert [one["digest"] for one in raw["layers"]] == [one["digest"] for one in written]
    run(*podman.load_words[:-3], "rmi", "-af", env=podman.env)
