"""What is kept stays within its limit, and what was used through the same value stays."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from nixdive.cache.folder import Folder
from nixdive.cache.room import Room

if TYPE_CHECKING:
    from pathlib import Path


def filled(tmp_path: Path) -> Folder:
    folder = Folder.open(tmp_path)
    for age, name in enumerate(("new.x", "old.x", "oldest.x", "other.y")):
        folder.save(name, bytes(10))
        os.utime(folder.place / name, (1000 - age, 1000 - age))
    return folder


def names(folder: Folder) -> list[str]:
    return sorted(one.name for one in folder.files() if one.name.endswith((".x", ".y")))


def test_what_was_used_least_recently_goes_first(tmp_path: Path) -> None:
    folder = filled(tmp_path)
    assert Room(folder, ".x", 30).make("more.x", 5)
    assert names(folder) == ["new.x", "old.x", "other.y"]


def test_what_was_used_stays_and_then_there_is_no_room(tmp_path: Path) -> None:
    folder = filled(tmp_path)
    room = Room(folder, ".x", 30)
    room.use("oldest.x")
    assert not room.make("more.x", 25)
    assert names(folder) == ["oldest.x", "other.y"]


def test_looking_sees_to_the_limit_and_to_others_once(tmp_path: Path) -> None:
    folder = filled(tmp_path)
    room = Room(folder, ".x", 10, lambda found: [one for one in found if one.name == "other.y"])
    room.look()
    assert names(folder) == ["new.x"]
    folder.save("late.y", b"")
    room.look()
    assert names(folder) == ["late.y", "new.x"]
