"""`nixdive cache`, and what the commands that write do with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import nixdive
from nixdive.contents import disk
from tests.program import run

if TYPE_CHECKING:
    from pathlib import Path

PATHS = [f"/nix/store/{digit * 32}-path-{digit}" for digit in "012"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the cache is to be."""
    monkeypatch.setattr(disk, "_LATELY", 0)
    monkeypatch.setenv("NIXDIVE_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def closure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A closure file of three paths, whose files lie below a root."""
    monkeypatch.setenv("NIX_REMOTE", str(tmp_path / "root"))
    for path in PATHS:
        (tmp_path / "root" / path[1:]).mkdir(parents=True)
        (tmp_path / "root" / path[1:] / "file").write_bytes(path.encode() * 50)
    infos = {path: {"narSize": 1000, "narHash": "x", "references": PATHS[:i]} for i, path in enumerate(PATHS)}
    (tmp_path / "closure.json").write_text(json.dumps(infos))
    return str(tmp_path / "closure.json")


def document(*words: str | Path) -> Any:
    done = run(*words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_before_there_is_one_nothing_is_made(folder: Path) -> None:
    assert run("cache", "show").stdout == (
        f"cache     {folder}\nlayers    0 known by their digests, 0 blobs of 0 B, at most 1.86 GiB\n"
    )
    assert run("cache").stdout == run("cache", "show").stdout
    assert run("cache", "prune").returncode == run("cache", "clear").returncode == 0
    assert not folder.exists()


def test_what_is_written_is_kept_until_it_is_cleared(folder: Path, closure: str, tmp_path: Path) -> None:
    write = ("write", closure, "-o", tmp_path / "x.tar")
    assert document(*write)["cache"] == {"hits": 0, "misses": 3, "bytes": 0}
    again = document(*write)
    size = sum(layer["size"] for layer in again["layers"])
    assert again["cache"] == {"hits": 3, "misses": 0, "bytes": size}
    shown = document("cache", "show")
    assert (shown["folder"], shown["layers"], shown["blobs"], shown["bytes"]) == (str(folder), 3, 3, size)
    assert shown["removed"] is None
    assert document(*write, "--no-cache")["cache"] is None
    pruned = document("cache", "prune", "--to", f"{size - 1}")
    assert (pruned["blobs"], pruned["removed"]["blobs"], pruned["removed"]["damaged"]) == (2, 1, 0)
    assert document(*write)["cache"]["hits"] == 2
    assert "cache     3 of 3 layers, " in run(*write).stdout
    assert document("cache", "clear")["removed"]["blobs"] == 3
    assert document(*write)["cache"]["hits"] == 0
    assert run("cache", "clear").stdout.splitlines()[-1].startswith("removed   3 blobs, ")


def test_a_damaged_blob_is_made_again_and_told(folder: Path, closure: str, tmp_path: Path) -> None:
    write = ("write", closure, "-o", tmp_path / "x.tar")
    document(*write)
    before = (tmp_path / "x.tar").read_bytes()
    for blob in (folder / "layers").glob("*.blob"):
        blob.write_bytes(b"damaged")
    done = run(*write)
    assert done.stderr.count("a layer in the cache was damaged; it is made again") == 1
    assert (tmp_path / "x.tar").read_bytes() == before
    assert document("cache", "prune")["removed"] == {"blobs": 0, "bytes": 0, "damaged": 0}


def test_fleets_and_the_library_use_it_too(folder: Path, closure: str, tmp_path: Path) -> None:
    fleet = ("fleet", closure, "--write", tmp_path / "x.tar")
    assert run(*fleet, "--no-cache").returncode == 0
    assert not folder.exists()
    assert run(*fleet).returncode == 0
    assert document("cache", "show")["blobs"] == 3
    workspace = nixdive.open(closure)
    written = nixdive.write(workspace, tmp_path / "y.tar")
    assert written.cache is not None
    assert written.cache.hits == 3
    assert nixdive.write(workspace, tmp_path / "y.tar", cache=False).cache is None


def test_where_it_cannot_be_the_image_is_written_all_the_same(
    folder: Path, closure: str, tmp_path: Path
) -> None:
    folder.write_text("a file")
    assert run("cache", "show").returncode == 0  # there is none
    done = run("write", closure, "-o", tmp_path / "x.tar")
    assert done.returncode == 0
    assert done.stderr.count(f"no cache: {folder}/layers: File exists") == 1
    assert document("write", closure, "-o", tmp_path / "x.tar")["cache"] is None


def test_one_that_others_can_write_is_an_error_of_its_commands(folder: Path) -> None:
    (folder / "layers").mkdir(parents=True)
    (folder / "layers").chmod(0o777)
    for words in (("show",), ("prune",), ("clear",)):
        done = run("cache", *words)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(f"nixdive: {folder}/layers: other users may write to it")


@pytest.mark.parametrize("size", ["much", "-1", ""])
def test_a_size_that_is_none_is_refused(folder: Path, size: str) -> None:
    assert run("cache", "prune", "--to", size).returncode == 2
