"""What changed between two images outside the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.contents.difference import Change
from nixdive.image.compare.file_changes import FileChange, FileChanges, file_changes
from nixdive.image.compare.pair import ReadImage
from nixdive.image.readers.found import read_image
from nixdive.image.stored.indexed import index_image
from tests.opening.images import docker_archive, layer, store_layer, store_name

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path, name: str, *layers: bytes) -> ReadImage:
    """Return an image of which only headers were read."""
    stored = read_image(docker_archive(folder / f"{name}.tar", {"app:1": layers}))
    return ReadImage(stored.layers, index_image(stored))


def test_files_outside_the_store(tmp_path: Path) -> None:
    base = layer(
        {
            "etc": None,
            "etc/a": b"1",
            "etc/b": b"22",
            "etc/c": b"3",
            "link": "old",
            "gone": None,
            "gone/x": b"4444",
        }
    )
    upper = layer({"etc/b": b"55555", "link": "new", ".wh.gone": b"", "new": None, "new/y": b"666"})
    store = store_layer((store_name("a", "lib"), {"x": b"7777777"}))
    old, new = read(tmp_path, "old", base), read(tmp_path, "new", base, store, upper)
    assert file_changes(old, new) == FileChanges(
        1,
        1,
        2,
        (
            FileChange("/etc/b", Change.MODIFIED, 2, 5),
            FileChange("/gone/x", Change.REMOVED, 4, 0),
            FileChange("/new/y", Change.ADDED, 0, 3),
            FileChange("/link", Change.MODIFIED, 0, 0),
        ),
    )
    assert file_changes(new, new) == FileChanges(0, 0, 0, ())


def test_a_file_that_becomes_a_directory_is_removed(tmp_path: Path) -> None:
    old, new = (
        read(tmp_path, name, layer(files))
        for name, files in (("old", {"a": b"123"}), ("new", {"a": None, "a/b": b"12"}))
    )
    assert file_changes(old, new).largest == (
        FileChange("/a", Change.REMOVED, 3, 0),
        FileChange("/a/b", Change.ADDED, 0, 2),
    )
