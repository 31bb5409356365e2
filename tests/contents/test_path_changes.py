from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nixdive.contents.disk import DiskContents
from nixdive.contents.path_changes import PathChanges, Tally, path_changes
from nixdive.errors import Cancelled
from nixdive.progress import NullProgress
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from pathlib import Path

OLD = StorePath(f"/nix/store/{'a' * 32}-thing-1")
NEW = StorePath(f"/nix/store/{'b' * 32}-thing-2")


def put(root: Path, path: StorePath, files: dict[str, str | bytes]) -> None:
    for name, data in files.items():
        place = root / path[1:] / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(data, bytes):
            place.write_bytes(data)
        else:
            place.symlink_to(data)


class Stopped(NullProgress):
    def cancelled(self) -> bool:
        return True


@pytest.fixture
def contents(tmp_path: Path) -> DiskContents:
    """Two versions of a store path."""
    put(
        tmp_path,
        OLD,
        {
            "same": b"x" * 3_000_000,
            "bin/tool": b"1234",
            "gone": b"12",
            "link": "a",
            "kind": b"",
            "mode": b"m",
        },
    )
    put(
        tmp_path,
        NEW,
        {
            "same": b"x" * 3_000_000,
            "bin/tool": b"1235",
            "new/file": b"123",
            "link": "b",
            "kind": "x",
            "mode": b"m",
        },
    )
    (tmp_path / NEW[1:] / "mode").chmod(0o755)
    return DiskContents(tmp_path)


def test_files_are_compared_by_what_they_hold(contents: DiskContents) -> None:
    # bin/tool has the same size, link another target, kind is not a file any longer, mode is executable now
    assert path_changes(contents, OLD, NEW) == PathChanges(Tally(1, 3), Tally(1, 2), Tally(4, 5))
    assert path_changes(contents, OLD, OLD) == PathChanges(Tally(), Tally(), Tally())


def test_what_came_and_went_counts_whole(contents: DiskContents) -> None:
    assert path_changes(contents, None, NEW) == PathChanges(Tally(6, 3_000_008), Tally(), Tally())
    assert path_changes(contents, OLD, None) == PathChanges(Tally(), Tally(6, 3_000_007), Tally())


def test_files_that_are_not_here_are_no_difference(contents: DiskContents) -> None:
    assert path_changes(contents, StorePath(f"/nix/store/{'c' * 32}-thing-0"), NEW) is None


def test_it_stops_when_it_is_told_to(contents: DiskContents) -> None:
    with pytest.raises(Cancelled):
        path_changes(contents, OLD, NEW, Stopped())
