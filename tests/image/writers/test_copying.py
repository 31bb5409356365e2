"""Parts of files copied inside the kernel, or where it does not, by hand."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.errors import Cancelled
from nixdive.image.writers.copying import clone, copy_range
from nixdive.progress import NullProgress

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATA = os.urandom(1 << 20) * 40


@pytest.fixture
def files(tmp_path: Path) -> Iterator[tuple[int, int]]:
    (tmp_path / "source").write_bytes(DATA)
    source = os.open(tmp_path / "source", os.O_RDONLY)
    target = os.open(tmp_path / "target", os.O_RDWR | os.O_CREAT)
    yield source, target
    os.close(source)
    os.close(target)


@pytest.fixture(params=["kernel", "kernel that cannot", "no such call"])
def how(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> int:
        raise OSError(18, "Invalid cross-device link")

    if request.param == "kernel that cannot":
        monkeypatch.setattr(os, "copy_file_range", refuse, raising=False)
    elif request.param == "no such call":
        monkeypatch.delattr(os, "copy_file_range", raising=False)


@pytest.mark.usefixtures("how")
def test_a_part_goes_where_it_should(files: tuple[int, int], tmp_path: Path) -> None:
    source, target = files
    copy_range(source, target, len(DATA) - 700, offset=512)
    assert (tmp_path / "target").read_bytes() == bytes(512) + DATA[:-700]


@pytest.mark.usefixtures("how")
def test_a_file_that_is_too_short_is_an_error(files: tuple[int, int]) -> None:
    with pytest.raises(OSError, match="shorter"):
        copy_range(*files, len(DATA) + 1)


def test_it_can_be_stopped(files: tuple[int, int], tmp_path: Path) -> None:
    class Third(NullProgress):
        asked = 0

        def cancelled(self) -> bool:
            self.asked += 1
            return self.asked > 2

    with pytest.raises(Cancelled):
        copy_range(*files, len(DATA), progress=Third())
    assert 0 < (tmp_path / "target").stat().st_size < len(DATA)


def test_a_clone_is_the_file_or_nothing(files: tuple[int, int], tmp_path: Path) -> None:
    done = clone(*files)
    assert (tmp_path / "target").read_bytes() == (DATA if done else b"")
