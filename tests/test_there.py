"""Places on the disk: what is there, and why that cannot be told; the words are those of every Python."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from nixdive.errors import SourceError
from nixdive.there import creatable, exists, is_file, is_folder, is_other, reading, resolved, status
from tests.nobody import nobody, public_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOOKS = (status, exists, is_folder, is_file, is_other)


def test_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "dangling").symlink_to("nothing")
    os.mkfifo(tmp_path / "pipe")
    for name, found in (
        ("file", (True, False, True, False)),
        ("link", (True, False, True, False)),
        ("", (True, True, False, True)),
        ("pipe", (True, False, False, True)),
        ("dangling", (False, False, False, False)),
        ("nothing", (False, False, False, False)),
        ("file/below", (False, False, False, False)),
    ):
        place = tmp_path / name
        assert tuple(look(place, SourceError) for look in LOOKS[1:]) == found, name
        assert (status(place, SourceError) is not None) == found[0]
    assert exists(tmp_path / "dangling", SourceError, follow=False)
    assert resolved(tmp_path / "link", SourceError) == str(tmp_path / "file")


@pytest.mark.parametrize("look", LOOKS)
def test_what_cannot_be_told_is_an_error(look: Callable[..., object]) -> None:
    with public_folder() as folder:
        (folder / "closed").mkdir(mode=0)
        (folder / "way").symlink_to("closed/deep")
        (folder / "round").symlink_to("round")
        for place, cause in (
            ("closed/x", f"Permission denied: the folder {folder}/closed cannot be entered"),
            ("way/x", f"Permission denied: the folder {folder}/closed cannot be entered"),
            ("x" * 300, "File name too long: 300 bytes"),
            ("x/" * 3000, "the path is too long"),
            ("round", "its symbolic links form a loop"),
            ("round/x", "its symbolic links form a loop"),
            ("a\0b", "a file name cannot contain a NUL character"),
        ):
            with nobody(), pytest.raises(SourceError) as caught:
                look(f"{folder}/{place}", SourceError, "it")
            assert str(caught.value) == f"it: {cause}"


def test_reading_has_the_same_words(tmp_path: Path) -> None:
    with public_folder() as folder:
        (folder / "secret").touch(0)
        with (
            nobody(),
            pytest.raises(SourceError, match=r"secret: Permission denied$"),
            reading(folder / "secret", SourceError),
        ):
            (folder / "secret").read_bytes()
    with (
        pytest.raises(SourceError, match=r": it is a directory, not a file$"),
        reading(tmp_path, SourceError),
    ):
        tmp_path.read_bytes()
    with pytest.raises(SourceError, match="NUL"):
        resolved("a\0b", SourceError)


def test_where_nothing_can_be_created(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    creatable(tmp_path, SourceError, "it")
    with public_folder() as folder:
        for mode, cause in ((0o555, "cannot be written to"), (0o666, "cannot be entered")):
            folder.chmod(mode)
            with nobody(), pytest.raises(SourceError) as caught:
                creatable(folder, SourceError, "it")
            assert str(caught.value) == f"it: Permission denied: the folder {folder} {cause}"
    found = list(os.statvfs(tmp_path))
    found[8] |= os.ST_RDONLY
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(found))
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    with pytest.raises(SourceError, match=r"it: Read-only file system: the folder .* cannot be written to"):
        creatable(tmp_path, SourceError, "it")
