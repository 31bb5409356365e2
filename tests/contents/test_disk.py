from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from nixdive.contents.disk import DiskContents
from nixdive.contents.entry import Kind
from nixdive.errors import UnreadablePathError
from nixdive.store.path import StorePath

TOP = StorePath("/nix/store/" + "0" * 32 + "-top")
OTHER = StorePath("/nix/store/" + "0" * 32 + "-top2")


@pytest.fixture
def root(tmp_path: Path) -> Any:
    top = tmp_path / TOP[1:]
    for name in (b"a/z", b"a-b", b"a.c", b"Z", "é".encode(), "\U0001f600".encode(), b"\xff", b"x" * 150):
        path = top / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name)
    (top / "link").symlink_to("a/z")
    (top / "hard").hardlink_to(top / "Z")
    (tmp_path / OTHER[1:]).symlink_to("nowhere")
    return tmp_path


def test_the_order_is_that_of_path_components(root: Path) -> None:
    names = [os.fsdecode(entry.name) for entry in DiskContents(root).entries(TOP)]
    below = [
        Path(TOP),
        *sorted(Path(TOP) / path.relative_to(root / TOP[1:]) for path in (root / TOP[1:]).rglob("*")),
    ]
    assert names == [str(path) for path in below]


def test_a_path_may_be_a_dangling_link(root: Path) -> None:
    contents = DiskContents(root)
    assert contents.has(OTHER)
    assert [(entry.kind, entry.target) for entry in contents.entries(OTHER)] == [(Kind.SYMLINK, b"nowhere")]


def test_deep_trees_need_no_recursion(tmp_path: Path) -> None:
    deep = tmp_path / TOP[1:] / "/".join("d" * 400)
    deep.mkdir(parents=True)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(300)
    try:
        assert len(DiskContents(tmp_path).entries(TOP)) == 401
    finally:
        sys.setrecursionlimit(limit)


def test_what_is_missing_or_special_is_told(root: Path) -> None:
    with pytest.raises(UnreadablePathError, match="No such file"):
        DiskContents(root).entries(StorePath("/nix/store/" + "1" * 32 + "-no"))
    os.mkfifo(root / TOP[1:] / "pipe")
    with pytest.raises(UnreadablePathError, match="pipe"):
        DiskContents(root).entries(TOP)
