from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from nixdive import unfinished
from nixdive.errors import WriteError
from nixdive.unfinished import (
    WorkingFolder,
    remove,
    sweep,
    temporary_folder,
    unfinished_file,
    unfinished_folder,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["nameless", "named"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "named":
        monkeypatch.setattr(unfinished, "_nameless", lambda _folder, _mode: None)
    return str(request.param)


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def _names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_appears_when_it_is_finished(tmp_path: Path, kind: str, umask: None) -> None:
    target = tmp_path / "image.tar"
    with unfinished_file(target) as new:
        os.write(new.descriptor, b"whole")
        assert not target.exists()
        assert len(_names(tmp_path)) == (kind == "named")
        new.finish()
        assert target.read_bytes() == b"whole"
    assert _names(tmp_path) == ["image.tar"]
    assert _mode(target) == 0o644


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_what_is_replaced_gives_its_permissions(tmp_path: Path, kind: str, umask: None, mode: int) -> None:
    target = tmp_path / "image.tar"
    target.write_text("old")
    target.chmod(mode)
    with unfinished_file(target) as new:
        os.write(new.descriptor, b"new")
        assert os.fstat(new.descriptor).st_mode & 0o077 == 0, "nobody else reads what is not finished"
        assert target.read_text() == "old"
        new.finish()
    assert (target.read_text(), _mode(target)) == ("new", mode)
    assert _names(tmp_path) == ["image.tar"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_is_replaced_gives_its_owner(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "image.tar"
    target.touch()
    os.chown(target, 1234, 1235)
    with unfinished_file(target) as new:
        new.finish()
    assert (target.stat().st_uid, target.stat().st_gid) == (1234, 1235)


def _interrupted(target: Path) -> None:
    with unfinished_file(target) as new:
        os.write(new.descriptor, b"half")
        raise KeyboardInterrupt


def test_nothing_is_left_of_what_is_not_finished(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "image.tar"
    target.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        _interrupted(target)
    assert _names(tmp_path) == ["image.tar"]
    assert target.read_text() == "old"


def test_what_must_not_be_replaced_is_not(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "image.tar"
    with unfinished_file(target) as new:
        target.write_text("came first")
        with pytest.raises(FileExistsError):
            new.finish(replace=False)
    assert target.read_text() == "came first"
    assert _names(tmp_path) == ["image.tar"]


def test_a_file_that_came_meanwhile_is_replaced(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "image.tar"
    with unfinished_file(target) as new:
        target.write_text("came first")
        os.write(new.descriptor, b"new")
        new.finish()
    assert target.read_text() == "new"
    assert _names(tmp_path) == ["image.tar"]


def test_names_may_be_as_long_as_the_file_system_has_them(tmp_path: Path, kind: str) -> None:
    for name in ("x" * 255, "é" * 127, "x" * 251 + ".tar"):
        with unfinished_file(tmp_path / name) as new:
            new.finish()
        assert (tmp_path / name).exists()
        with unfinished_folder(tmp_path / name):
            pass


_KILLED = """
import os, signal, sys
from pathlib import Path
from nixdive import unfinished
if sys.argv[2] == "named":
    unfinished._nameless = lambda folder, mode: None
with unfinished.unfinished_file(Path(sys.argv[1], "image.tar")) as new:
    os.write(new.descriptor, b"half")
    with unfinished.unfinished_folder(Path(sys.argv[1], "layout")) as folder:
        (folder / "blobs").mkdir()
        (folder / "blobs/half").write_text("half")
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_left_goes_with_the_next_one(tmp_path: Path, kind: str) -> None:
    done = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path), kind], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(_names(tmp_path)) == 1 + (kind == "named")
    with unfinished_file(tmp_path / "image.tar") as new, unfinished_folder(tmp_path / "layout"):
        new.finish()
    assert _names(tmp_path) == ["image.tar"]


def test_what_others_work_on_stays(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "image.tar"
    with unfinished_file(target) as first, unfinished_folder(target) as folder:
        with unfinished_file(target) as second:
            os.write(second.descriptor, b"second")
            second.finish()
        assert folder.exists()
        os.write(first.descriptor, b"first")
        first.finish()
    assert target.read_bytes() == b"first"
    assert _names(tmp_path) == ["image.tar"]


def test_only_what_has_our_names_is_swept(tmp_path: Path) -> None:
    names = [
        ".image.tar.part",
        ".image.tar.0123456789ab.part.txt",
        ".image.tar.0123456789aB.part",
        ".other.tar.0123456789ab.part",
        "image.tar.0123456789ab.part",
    ]
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / ".image.tar.0123456789ab.part").touch()
    os.mkfifo(tmp_path / ".image.tar.ba9876543210.part")
    (tmp_path / ".image.tar.000000000000.part").symlink_to(tmp_path / names[0])
    sweep(tmp_path, "image.tar")
    assert _names(tmp_path) == sorted(
        [*names, ".image.tar.ba9876543210.part", ".image.tar.000000000000.part"]
    )


def test_a_sweep_between_making_and_locking_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = fcntl.flock
    swept: list[int] = []

    def flock(descriptor: int, how: int) -> None:
        if not swept:
            swept.append(descriptor)
            for one in tmp_path.iterdir():
                remove(one)
        real(descriptor, how)

    monkeypatch.setattr(unfinished, "_nameless", lambda _folder, _mode: None)
    monkeypatch.setattr(fcntl, "flock", flock)
    with unfinished_file(tmp_path / "image.tar") as new:
        os.write(new.descriptor, b"whole")
        new.finish()
    assert swept
    assert (tmp_path / "image.tar").read_bytes() == b"whole"


def test_a_temporary_folder_is_private_and_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = temporary_folder(WriteError)
    (folder.path / "a/b").mkdir(parents=True)
    assert _mode(folder.path) == 0o700
    other = WorkingFolder(tmp_path)
    assert folder.path.exists()
    assert other.path != folder.path
    other.remove()
    del folder
    assert not _names(tmp_path)


def test_no_place_for_temporary_folders_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "absent"))
    with pytest.raises(WriteError, match=r"absent/.*: no temporary folder can be made: No such file"):
        temporary_folder(WriteError)


def test_errors_other_than_a_missing_ability_are_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def refused(path: Any, flags: int, *more: Any, **options: Any) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, flags, *more, **options)

    monkeypatch.setattr(os, "open", refused)
    with pytest.raises(OSError, match="No space"), unfinished_file(tmp_path / "image.tar"):
        pass
    assert not _names(tmp_path)


@pytest.mark.slow
def test_deep_folders_are_removed(tmp_path: Path) -> None:
    top = tmp_path / "top"
    top.mkdir()
    here = os.open(top, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    remove(top)
    assert not top.exists()
