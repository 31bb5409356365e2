"""One word for an image means the same to every command."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from nixdive.errors import ImageError, NixdiveError
from nixdive.opening.open import open_subject
from nixdive.opening.stored import image_files
from nixdive.progress import NullProgress
from tests.image.layouts import NAME, Layout
from tests.image.made import archive, layer
from tests.program import run

if TYPE_CHECKING:
    from pathlib import Path

QUIET = NullProgress()


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    return archive(tmp_path / "saved.tar", [layer("a=1"), layer("b=2")])


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    made = Layout(tmp_path / "layout")
    return made.list(
        made.image(layer("a=1"), annotations={NAME: "v1"}), made.image(layer("a=2"), annotations={NAME: "v2"})
    )


def as_skopeo_dir(layout: Path, target: Path) -> Path:
    """Write the first image of a layout as `skopeo copy oci:… dir:…` does."""
    target.mkdir()
    first = json.loads((layout / "index.json").read_text())["manifests"][0]
    blobs = layout / "blobs/sha256"
    manifest = (blobs / first["digest"].removeprefix("sha256:")).read_bytes()
    (target / "manifest.json").write_bytes(manifest)
    (target / "version").write_text("Directory Transport Version: 1.1\n")
    stated = json.loads(manifest)
    for one in (stated["config"], *stated["layers"]):
        digits = one["digest"].removeprefix("sha256:")
        shutil.copy(blobs / digits, target / digits)
    return target


def commands(word: str, tmp_path: Path) -> list[list[str]]:
    return [
        ["inspect", word, "-q"],
        ["verify", word, "-q"],
        ["extract", word, "-q", "-o", str(tmp_path / "out"), "--force"],
        ["plan", word, "-q"],
    ]


def test_every_command_takes_every_form(saved: Path, layout: Path, tmp_path: Path) -> None:
    as_skopeo_dir(layout, tmp_path / "dir")
    words = (
        f"{saved}",
        f"{saved}:made:1",
        f"docker-archive:{saved}",
        f"docker-archive:{saved}:made:1",
        f"{layout}:v1",
        f"oci:{layout}:v2",
        f"dir:{tmp_path / 'dir'}",
        f"{tmp_path / 'dir'}",
    )
    for word in words:
        for command in commands(word, tmp_path):
            assert run(*command).returncode == 0, command


@pytest.mark.parametrize("number", range(4), ids=["inspect", "verify", "extract", "plan"])
def test_standard_input(saved: Path, tmp_path: Path, number: int) -> None:
    program = [sys.executable, "-m", "nixdive", *commands("-", tmp_path)[number]]
    done = subprocess.run(program, input=saved.read_bytes(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_pipe_is_read_once(saved: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(saved.read_bytes()))
    writer.start()
    assert [one.diff_id for one in image_files(str(pipe), None, QUIET).stored.layers] == [
        one.diff_id for one in image_files(str(saved), None, QUIET).stored.layers
    ]
    writer.join()


def test_a_directory_of_skopeo_may_hold_several_platforms(layout: Path, tmp_path: Path) -> None:
    target = as_skopeo_dir(layout, tmp_path / "dir")
    manifest = (target / "manifest.json").read_bytes()
    first = json.loads((layout / "index.json").read_text())["manifests"][0]
    name = first["digest"].removeprefix("sha256:")
    (target / f"{name}.manifest.json").write_bytes(manifest)
    index = {
        "schemaVersion": 2,
        "manifests": [{**first, "platform": {"os": "linux", "architecture": "amd64"}}],
    }
    (target / "manifest.json").write_text(json.dumps(index))
    assert len(image_files(str(target), None, QUIET).stored.layers) == 1


@pytest.mark.parametrize("manifest", ["[]", "{}", '{"schemaVersion": 3}', "{", '[{"name": "x"}]'])
def test_a_manifest_json_of_something_else_is_not_an_image(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(NixdiveError, match="a folder without an image"):
        open_subject([str(tmp_path)])


def test_of_a_named_and_a_nameless_image_the_named_one_is_meant(tmp_path: Path) -> None:
    made = Layout(tmp_path / "layout")
    old, new = made.image(layer("a=1")), made.image(layer("a=2"), annotations={NAME: "v1"})
    stored = image_files(str(made.list(old, new)), None, QUIET).stored
    assert stored.name == "v1"


def test_both_names_of_a_manifest_are_known(tmp_path: Path) -> None:
    made = Layout(tmp_path / "layout")
    notes = {"io.containerd.image.name": "docker.io/library/app:1", NAME: "latest"}
    made.list(made.image(layer("a=1"), annotations=notes), made.image(layer("a=2"), annotations={NAME: "v2"}))
    for name in ("app:1", "docker.io/library/app:1", "latest"):
        assert image_files(f"{made.path}:{name}", None, QUIET).stored.name == "docker.io/library/app:1"


@pytest.mark.parametrize("start", ["oci:", "image:", ""])
def test_an_image_is_named_after_its_file_however_the_word_begins(tmp_path: Path, start: str) -> None:
    made = Layout(tmp_path / "shop")
    made.list(made.image(layer("a=1"), annotations={NAME: "v7"}))
    assert open_subject([f"{start}{made.path}"]).name == "shop:v7"


@pytest.mark.parametrize("command", ["inspect", "verify", "extract"])
@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("", "an empty word does not name anything"),
        ("nowhere.tar", "nowhere.tar: no such file"),
        ("closure.json", "closure.json: it is a JSON document, which has no files of layers in it"),
        ("-", "-: it is not an image"),
    ],
)
def test_what_is_not_an_image_is_said_alike(tmp_path: Path, command: str, word: str, told: str) -> None:
    (tmp_path / "closure.json").write_text("{}")
    where = ["-o", "out"] if command == "extract" else []
    done = subprocess.run(
        [sys.executable, "-m", "nixdive", command, word, *where, "-q"],
        input=b"{}",
        capture_output=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 1
    lines = done.stderr.decode().splitlines()
    assert lines[0].startswith(f"nixdive: {told}")
    hint = (
        "the screen, plan and write open closures" if word == "closure.json" else "expected a docker-archive"
    )
    assert lines[1].startswith(f"hint: {hint}")
    assert len(lines) == 2


@pytest.mark.parametrize(
    ("word", "what"),
    [
        ("demo", "it is the demo"),
        ("flake.nix#app", "it is what Nix builds"),
        (f"/nix/store/{'a' * 32}-app", "it is a store path"),
    ],
)
def test_what_has_no_image_yet_is_told_how_to_get_one(
    word: str, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ImageError) as refused:
        image_files(word, None, QUIET)
    assert str(refused.value) == f"{word}: {what}, and not an image yet"
    assert f"write {shlex.quote(word)} -o image.tar" in (refused.value.hint or "")
