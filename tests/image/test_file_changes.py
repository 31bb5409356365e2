"""What changed between two images outside the store."""

from __future__ import annotations

from nixdive.contents.difference import Change
from nixdive.contents.layer_index import index_layer
from nixdive.image.file_changes import FileChange, FileChanges, file_changes
from tests.opening.images import layer, store_layer, store_name


def test_files_outside_the_store() -> None:
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
    old = [index_layer([one], "x") for one in (base,)]
    new = [index_layer([one], "x") for one in (base, store, upper)]
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


def test_a_file_that_becomes_a_directory_is_removed() -> None:
    old = index_layer([layer({"a": b"123"})], "x")
    new = index_layer([layer({"a": None, "a/b": b"12"})], "x")
    assert file_changes([old], [new]).largest == (
        FileChange("/a", Change.REMOVED, 3, 0),
        FileChange("/a/b", Change.ADDED, 0, 2),
    )
