"""--verify of the commands that write images: what was written is read again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.image import pack, write_images
from tests.opening.images import docker_archive, store_layer, store_name
from tests.program import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIB, APP, WEB = store_name("a", "lib-1"), store_name("b", "app-2"), store_name("c", "web-3")
LOW = store_layer((LIB, {"x": b"1" * 1000}))


def images(folder: Path) -> list[Path]:
    made = []
    for path in (APP, WEB):
        top = store_layer((path, {"y": f"/nix/store/{LIB}".encode()}))
        made.append(docker_archive(folder / f"{path[33:36]}.tar", {f"{path[33:36]}:v1": [LOW, top]}))
    return made


def damaging(real: Callable[..., Any], file: Callable[[], Path]) -> Callable[..., Any]:
    def damaged(*words: Any, **more: Any) -> Any:
        written = real(*words, **more)
        data = bytearray(file().read_bytes())
        data[len(data) // 2] ^= 1
        file().write_bytes(data)
        return written

    return damaged


@pytest.mark.parametrize("form", ["hybrid", "docker-archive", "oci-archive", "oci"])
def test_all_images_of_a_fleet_are_read_again(tmp_path: Path, form: str) -> None:
    done = run("fleet", *images(tmp_path), "--write", tmp_path / "new", "--format", form, "--verify")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("verifying") >= (2 if form == "oci" else 1)


@pytest.mark.parametrize("form", ["hybrid", "oci"])
def test_a_fleet_that_was_written_wrong_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    target = tmp_path / "new"

    def last() -> Path:
        if form != "oci":
            return target
        web = json.loads((target / "index.json").read_text())["manifests"][1]["digest"][7:]
        layers = json.loads((target / "blobs/sha256" / web).read_text())["layers"]
        return target.joinpath("blobs/sha256", layers[-1]["digest"][7:])

    monkeypatch.setattr(write_images, "write_images", damaging(write_images.write_images, last))
    words: tuple[str | Path, ...] = ("fleet", *images(tmp_path), "--write", target, "--format", form, "-q")
    assert run(*words).returncode == 0
    done = run(*words, "--verify", *(["--no-cache"] if form == "hybrid" else []))
    assert done.returncode == 1
    assert "new: it was written, and is not what it says: " in done.stderr


def test_a_fleet_that_is_not_written_cannot_be_read_again(tmp_path: Path) -> None:
    done = run("fleet", *images(tmp_path), "--verify")
    assert (done.returncode, "--verify reads again what --write has written" in done.stderr) == (2, True)


def _packed(folder: Path) -> Path:
    (blob,) = (folder / "packed/blobs/sha256").iterdir()
    return blob


@pytest.mark.parametrize("method", ["none", "gzip", "zstd"])
def test_a_packed_layer_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    files = tmp_path / "nix/store" / LIB
    files.mkdir(parents=True)
    (files / "x").write_bytes(bytes(range(256)) * 20)
    words = ("pack", files, "--compression", method, "--verify", "-o")
    done = run(*words, tmp_path / "good")
    assert done.returncode == 0, done.stderr
    assert "verifying" in done.stderr
    monkeypatch.setattr(pack, "pack_layer", damaging(pack.pack_layer, lambda: _packed(tmp_path)))
    done = run(*words, tmp_path / "packed", "-q")
    assert done.returncode == 1
    assert f"{tmp_path}/packed: it was written, and is not what it says: blobs/sha256/" in done.stderr
