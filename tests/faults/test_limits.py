"""Disks that are too small, and limits on the size of files: the old target or the whole new one."""

from __future__ import annotations

import gzip
import os
import resource
import subprocess
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.faults.attack import COMMANDS, WRITE, Field, left, one_line, state

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# those that write more than the small disk has
_FULL = ("write", "write-zstd", "write-new-layout", "extract")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    place = tmp_path / "small"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place)]
    if os.geteuid() or subprocess.run(words, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a disk")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.parametrize("name", _FULL)
def test_a_disk_that_is_too_small_for_the_target(field: Field, small: Path, name: str) -> None:
    here = replace(field, folder=small)
    target = small / COMMANDS[name].target
    done = here.run(*here.words(name))
    assert done.status == 1
    one_line(done)
    assert "the disk is full: " in done.err
    assert "MiB were free before" in done.err or "MiB are free" in done.err
    assert state(target) == {}
    assert left(small) == []


@pytest.mark.parametrize("name", WRITE)
def test_a_disk_without_any_room_leaves_what_was_there(field: Field, small: Path, name: str) -> None:
    here = replace(field, folder=small)
    target = small / COMMANDS[name].target
    if COMMANDS[name].old == "file":
        target.write_text('format = "nixdive.plan/1"\n')
    with suppress(OSError), (small / "fill").open("wb", buffering=0) as fill:
        while fill.write(bytes(1 << 12)):
            pass
    before = state(target)
    done = here.run(*here.words(name))
    assert done.status == 1
    one_line(done)
    assert "the disk is full: " in done.err
    assert state(target) == before
    assert left(small) == []


def test_a_full_place_for_temporary_files_is_named(field: Field, small: Path, tmp_path: Path) -> None:
    packed = tmp_path / "image.tar.gz"
    packed.write_bytes(gzip.compress(field.image.read_bytes(), 1))
    here = replace(field, environment={**field.environment, "TMPDIR": str(small)})
    for words in (("inspect", packed), ("write", packed, "-o", tmp_path / "new.tar")):
        done = here.run(*words)
        assert done.status == 1
        one_line(done)
        assert f"it cannot be unpacked into {small}: No space left on device" in done.err
        assert "TMPDIR" in done.err
    assert list(small.iterdir()) == []
    assert not (tmp_path / "new.tar").exists()


@pytest.mark.parametrize("name", WRITE)
def test_a_limit_on_files_leaves_the_old_target_or_the_new_one(
    field: Field, whole: Mapping[str, Mapping[str, str]], name: str
) -> None:
    target = field.prepared(name)
    before = state(target)
    done = field.run(*field.words(name), preexec_fn=_limited)
    assert done.status in {0, 1}
    one_line(done)
    if done.status:
        assert "it would be larger than files may be here (ulimit -f)" in done.err
        assert state(target) == before
    else:
        assert state(target) == whole[name]
    assert left(field.folder) == []


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
