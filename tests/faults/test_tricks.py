"""Archives that try to write outside the directory that they are extracted into, by one trick each."""

from __future__ import annotations

import io
import tarfile
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from tests.faults.attack import Ended, one_line
from tests.image.made import archive
from tests.program import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_FILE, _LINK, _HARD, _FOLDER = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE

# layers of (name, type, target of a link); OUT is a directory beside the one that is extracted into
_TRICKS: dict[str, tuple[tuple[tuple[str, bytes, str], ...], ...]] = {
    "an absolute name": ((("OUT/file", _FILE, ""),),),
    "an absolute name with two slashes": ((("//OUT/file", _FILE, ""),),),
    "a name that climbs": ((("../OUTSIDE/file", _FILE, ""),),),
    "a name that climbs from inside": ((("a/", _FOLDER, ""), ("a/../../OUTSIDE/file", _FILE, "")),),
    "a folder that climbs": ((("../OUTSIDE/new/", _FOLDER, ""),),),
    "a link and a file through it": ((("a", _LINK, "OUT"), ("a/file", _FILE, "")),),
    "a relative link and a file through it": ((("a", _LINK, "../OUTSIDE"), ("a/file", _FILE, "")),),
    "a link in one layer, a file through it in the next": (
        (("a", _LINK, "OUT"),),
        (("a/file", _FILE, ""),),
    ),
    "a link to a link, and a file through both": (
        (("a", _LINK, "b"), ("b", _LINK, "OUT"), ("a/file", _FILE, "")),
    ),
    "a link above, and a file through it": ((("a", _LINK, ".."), ("a/OUTSIDE/file", _FILE, "")),),
    "a folder that becomes a link": (
        (("a/", _FOLDER, ""), ("a/file", _FILE, "")),
        (("a", _LINK, "OUT"), ("a/file", _FILE, "")),
    ),
    "a link that becomes a folder": ((("a", _LINK, "OUT"),), (("a/", _FOLDER, ""), ("a/file", _FILE, ""))),
    "a link that becomes a file": ((("a", _LINK, "OUT/file"), ("a", _FILE, "")),),
    "a link and then a file, in two layers": ((("a", _LINK, "OUT/file"),), (("a", _FILE, ""),)),
    "a hard link to the outside": ((("a", _HARD, "OUT/file"),),),
    "a hard link that climbs": ((("a", _HARD, "../OUTSIDE/file"),),),
    "a hard link to the outside, then a file": ((("a", _HARD, "OUT/file"), ("a", _FILE, "")),),
    "a hard link through a link": ((("d", _LINK, "OUT"), ("a", _HARD, "d/file"), ("a", _FILE, "")),),
    "a hard link to a link, then a file": ((("l", _LINK, "OUT/file"), ("a", _HARD, "l"), ("a", _FILE, "")),),
    "a whiteout that climbs": ((("a/", _FOLDER, ""), ("a/.wh...", _FILE, "")),),
    "a whiteout outside": ((("../OUTSIDE/.wh.file", _FILE, ""),),),
    "a whiteout through a link": ((("a", _LINK, "OUT"),), (("a/.wh.file", _FILE, ""),)),
    "an opaque folder through a link": ((("a", _LINK, "OUT"),), (("a/.wh..wh..opq", _FILE, ""),)),
    "a name with a zero byte": ((("../OUTSIDE/file\0", _FILE, ""), ("a\0/../../OUTSIDE/x", _FILE, "")),),
    "a link with a zero byte": ((("a", _LINK, "OUT\0x"), ("a/file", _FILE, "")),),
    "a device": ((("a", tarfile.CHRTYPE, ""), ("b", tarfile.BLKTYPE, ""), ("c/x", _FILE, "")),),
    "a pipe": ((("a", tarfile.FIFOTYPE, ""), ("a", _FILE, "")),),
    "the folder itself as a link": ((("./", _LINK, "OUT"), ("file", _FILE, "")),),
    "the folder itself as a file": ((("./", _FILE, ""), (".", _FILE, ""), ("", _FILE, "")),),
    "a link named as a folder": ((("a/", _LINK, "OUT"), ("a/file", _FILE, "")),),
    "dots and slashes": ((("a/././/../OUTSIDE/file", _FILE, ""), ("././/./b", _FILE, "")),),
}


def _layer(members: tuple[tuple[str, bytes, str], ...], outside: Path) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, kind, target in members:
            info = tarfile.TarInfo()
            info.type, info.mode = kind, 0o6777
            meant = {"OUTSIDE": outside.name, "OUT": str(outside)}
            text, link = name, target
            for word, path in meant.items():
                text, link = text.replace(word, path), link.replace(word, path)
            info.name, info.linkname = text, link
            info.pax_headers = {"path": text} | ({"linkpath": link} if link else {})
            data = b"from the archive" if kind == _FILE else b""
            info.size, info.devmajor, info.devminor = len(data), 1, 3
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def _state(folder: Path) -> dict[str, tuple[object, ...]]:
    return {
        str(one): (one.lstat().st_mode, one.lstat().st_ino, one.lstat().st_nlink, one.lstat().st_mtime_ns, (
            sha256(one.read_bytes()).hexdigest() if one.is_file() else ""))
        for one in sorted([folder, *folder.rglob("*")])
    }  # fmt: skip


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "file").write_text("of somebody else")
    return folder


@pytest.mark.parametrize("force", [False, True], ids=["", "force"])
@pytest.mark.parametrize("name", _TRICKS)
def test_nothing_is_written_outside(
    name: str,
    force: bool,  # noqa: FBT001
    tmp_path: Path,
    outside: Path,
    trial: Callable[[], int],
) -> None:
    image = archive(tmp_path / "image.tar", [_layer(members, outside) for members in _TRICKS[name]])
    before, there = _state(outside), set(tmp_path.iterdir())
    for path in ("/", "/a", "/a/file", f"/..{outside}", str(outside), "a/../.."):
        trial()
        target = tmp_path / "target"
        done = run("extract", image, path, "-o", target, *(["--force"] if force else []))
        assert done.returncode in {0, 1}, done.stderr
        one_line(Ended(done.returncode, done.stdout, done.stderr))
        assert _state(outside) == before, path
        assert set(tmp_path.iterdir()) <= {*there, tmp_path / "target"}
        for one in target.rglob("*") if target.exists() else ():
            status = one.lstat()
            assert one.is_symlink() or one.is_dir() or one.is_file(), "no device, no pipe"
            assert one.is_symlink() or not status.st_mode & 0o7000, "no set-user-ID"
            assert status.st_ino != (outside / "file").lstat().st_ino


@pytest.mark.parametrize("force", [False, True], ids=["", "force"])
def test_links_of_the_target_are_not_followed(tmp_path: Path, outside: Path, force: bool) -> None:  # noqa: FBT001
    image = archive(
        tmp_path / "image.tar",
        [_layer((("a/", _FOLDER, ""), ("a/file", _FILE, ""), ("file", _FILE, "")), outside)],
    )
    target = tmp_path / "target"
    target.mkdir()
    (target / "a").symlink_to(outside)
    (target / "file").symlink_to(outside / "file")
    before = _state(outside)
    done = run("extract", image, "/", "-o", target, *(["--force"] if force else []))
    assert done.returncode == (0 if force else 1)
    assert _state(outside) == before
    assert (target / "a").is_symlink() is not force
