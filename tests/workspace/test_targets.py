from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.image.forecast import Forecast
from nixdive.ui.dialogs.forecast import foreseen, no_room
from nixdive.ui.draw.line import plain
from nixdive.workspace.targets import Place, look

if TYPE_CHECKING:
    from pathlib import Path

MEBI = 1 << 20


pytestmark = pytest.mark.usefixtures("in_folder")


def test_what_stands_there_is_told_with_its_size_and_when_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "x.tar"
    file.write_bytes(bytes(2 * MEBI))
    os.utime(file, (1e9, 1e9))
    assert look("x.tar", "hybrid")[:2] == ("replaces 2.00 MiB", False)
    assert look("x.tar", "hybrid").moment == 1e9
    assert look("x.tar", "plan file").words == "updates 2.00 MiB"
    assert look("x.tar", "oci").wrong
    assert look("new.tar", "hybrid")[:2] == ("new file", False)
    assert look("new", "oci")[:2] == ("new folder", False)


def test_images_go_into_layouts_only(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter").touch()
    (tmp_path / "layout").mkdir()
    (tmp_path / "layout" / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    assert look("empty", "oci")[:2] == ("an empty folder", False)
    assert look("other", "oci")[:2] == ("a folder of other things", True)
    assert look("layout", "oci")[:2] == ("goes into the layout", False)
    assert look("layout", "hybrid")[:2] == ("a folder", True)


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.tar").write_bytes(b"x")
    (tmp_path / "link.tar").symlink_to("real.tar")
    assert look("link.tar", "hybrid").words.startswith("replaces 1 B")


def test_a_pipe_takes_an_image_and_no_plan(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert look("pipe", "hybrid")[:2] == ("a pipe or device", False)
    assert look("pipe", "hybrid").free is None, "nothing is kept there"
    assert look("pipe", "JSON").wrong


def test_a_folder_that_is_missing_can_be_made(tmp_path: Path) -> None:
    place = look("a/b/x.tar", "hybrid")
    assert (place.words, place.wrong, place.folder) == ("no such folder", True, tmp_path / "a/b")
    (tmp_path / "file").touch()
    assert look("file/x.tar", "hybrid").folder is None


def test_where_nothing_may_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert look("x.tar", "hybrid")[:2] == ("no permission to write there", True)
    assert look("a/x.tar", "hybrid").folder is None


def test_the_disk_is_named_and_has_room(tmp_path: Path) -> None:
    place = look("x.tar", "hybrid")
    status = os.statvfs(tmp_path)
    assert place.free is not None
    assert abs(place.free - status.f_bavail * status.f_frsize) < 1 << 30
    assert os.path.ismount(place.disk)


def forecast(size: int, *, exact: bool) -> Forecast:
    return Forecast(size, exact, 264 * MEBI, (), 2.2)


def test_no_room_is_told_with_both_numbers() -> None:
    place = Place("new file", disk="/data", free=61 * MEBI)
    assert no_room(forecast(104 * MEBI, exact=True), place) == (
        "No space on /data: 104 MiB needed, 61.0 MiB free"
    )
    assert "~104 MiB needed" in no_room(forecast(104 * MEBI, exact=False), place)
    assert no_room(forecast(62 * MEBI, exact=True), place)
    assert not no_room(forecast(62 * MEBI, exact=False), place), "an estimate may be too high by so much"
    assert not no_room(forecast(104 * MEBI, exact=True), place._replace(free=None))
    assert not no_room(None, place)


def test_the_line_marks_what_was_not_measured() -> None:
    plan: Any = type("Plan", (), {"layers": range(28), "sized": True, "nar_size": 264 * MEBI})
    place = Place("new file", free=MEBI * 1024)
    line = plain(foreseen(plan, forecast(104 * MEBI, exact=False), "zstd:19", place, 74))
    assert line.startswith("28 layers of 264 MiB   ~104 MiB in zstd   2 seconds")
    assert line.endswith("1.00 GiB free")
    assert len(line) == 74
    known = plain(foreseen(plan, forecast(104 * MEBI, exact=True), "none", place, 74))
    assert "   104 MiB   2 seconds" in known
    assert "…" in plain(foreseen(plan, None, "gzip", place, 74))
