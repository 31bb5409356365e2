"""The members of an archive: files with holes, links, what is not a file, and tars that are damaged."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from typing import TYPE_CHECKING

import pytest

from nixdive.errors import ImageError, MalformedImageError
from nixdive.image.readers.archive import TarFiles, files_of
from nixdive.image.readers.spool import spooled
from nixdive.progress import NullProgress
from tests.gnu_tar import gnu_tar, with_holes

if TYPE_CHECKING:
    from pathlib import Path


def archive(target: Path, *members: tuple[str, bytes | str, bytes]) -> Path:
    """Write a tar of names with data, or with the targets of links, and their types."""
    with tarfile.open(target, "w") as tar:
        for name, what, kind in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            if isinstance(what, str):
                info.linkname = what
                tar.addfile(info)
            else:
                info.size = len(what)
                tar.addfile(info, io.BytesIO(what))
    return target


FILE, LINK, HARD, FOLDER, PIPE = (
    tarfile.REGTYPE,
    tarfile.SYMTYPE,
    tarfile.LNKTYPE,
    tarfile.DIRTYPE,
    tarfile.FIFOTYPE,
)


def data(files: TarFiles, name: str) -> bytes:
    place = files.place(name)
    found = b"".join(files.chunks(name))
    assert os.pread(place.descriptor, place.size, place.offset) == found
    assert files.size(name) == len(found)
    return found


def test_links_lead_to_files_wherever_they_stand(tmp_path: Path) -> None:
    files = TarFiles(
        archive(
            tmp_path / "x",
            ("a/early", "../b/file", LINK),
            ("./b/file", b"data", FILE),
            ("late", "b/file", HARD),
            ("chain", "a/early", LINK),
            ("nowhere", "gone", LINK),
            ("round", "about", LINK),
            ("about", "round", LINK),
        ),
        NullProgress(),
    )
    assert files.names() == {"b/file", "a/early", "late", "chain"}
    for name in ("b/file", "./a/early", "late", "chain"):
        assert data(files, name) == b"data"
    for name in ("nowhere", "round"):
        with pytest.raises(MalformedImageError, match=f"x: {name} is a link to nothing, not a file"):
            files.size(name)


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    files = TarFiles(
        archive(
            tmp_path / "x",
            ("d/", b"", FOLDER),
            ("p", b"", PIPE),
            ("twice", b"1", FILE),
            ("twice", b"22", FILE),
        ),
        NullProgress(),
    )
    assert data(files, "twice") == b"22"
    for name, told in (("d", "is a directory"), ("p", "is a fifo"), ("q", "is missing")):
        with pytest.raises(MalformedImageError, match=f"x: {name} {told}"):
            next(files.chunks(name))


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_member_may_have_holes(tmp_path: Path, pack: type[bytes]) -> None:
    body = with_holes(tmp_path / "layer.tar")
    made = gnu_tar(tmp_path, "--sparse", names=["layer.tar"])
    assert len(made) < 50_000
    (tmp_path / "x").write_bytes(pack(made))
    assert data(TarFiles(tmp_path / "x", NullProgress()), "layer.tar") == body


def test_a_damaged_tar_is_taken_as_far_as_it_goes_when_that_is_asked_for(tmp_path: Path) -> None:
    place = archive(tmp_path / "x", ("one", b"1", FILE), ("two", b"2", FILE))
    made = bytearray(place.read_bytes())
    made[1024] ^= 1
    place.write_bytes(bytes(made))
    with pytest.raises(MalformedImageError, match="x: at byte 1024, behind one: the checksum") as caught:
        files_of(place)
    assert caught.value.hint is None
    files = files_of(place, damaged=True)
    assert files.names() == {"one"}
    assert isinstance(files, TarFiles)
    assert files.problems() == ["at byte 1024, behind one: the checksum of a header is wrong"]
    place.write_bytes(b"text" * 1000)
    for damaged in (True, False):
        with pytest.raises(MalformedImageError, match="it is not a tar") as caught:
            files_of(place, damaged=damaged)
        assert caught.value.hint is not None


def test_where_there_is_no_room_the_place_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    with pytest.raises(ImageError, match=r"x: it cannot be unpacked into .*: No space left"):
        spooled([b"data"], "x")
