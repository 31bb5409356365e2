"""The folder of what is compiled: nobody else may write to it, and only what numba wrote is removed."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from nixdive.cache.compiled import Compiled
from nixdive.errors import CacheError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


SOURCES = (b"def one(): ...", b"def two(): ...")


def kept(cache: Path, name: str, size: int, sources: Sequence[bytes] = SOURCES) -> Path:
    place = Compiled(cache).made(sources) / name
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(bytes(size))
    return place


def test_it_is_the_users_alone(tmp_path: Path) -> None:
    folder = Compiled(tmp_path / "a/b").made(SOURCES)
    assert folder.parent == tmp_path / "a/b/compiled"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "a/b/compiled").stat().st_mode) == 0o700
    (tmp_path / "a/b/compiled").chmod(0o755)  # others may read what an earlier run has left
    Compiled(tmp_path / "a/b").made(SOURCES)
    assert stat.S_IMODE((tmp_path / "a/b/compiled").stat().st_mode) == 0o700


@pytest.mark.parametrize("place", ["cache", "cache/compiled"])
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_where_others_can_write_it_is_refused(tmp_path: Path, place: str, mode: int) -> None:
    (tmp_path / place).mkdir(parents=True)
    (tmp_path / place).chmod(mode)
    with pytest.raises(CacheError, match="other users may write to it"):
        Compiled(tmp_path / "cache").made(SOURCES)


def test_a_link_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "compiled").symlink_to("elsewhere")
    with pytest.raises(CacheError, match="it is a link"):
        Compiled(tmp_path).made(SOURCES)
    kept_there = tmp_path / "elsewhere/churn_0"
    kept_there.mkdir()
    (kept_there / "x.nbi").touch()
    (tmp_path / "compiled").unlink()
    Compiled(tmp_path).made(SOURCES)
    (tmp_path / "compiled/churn_0").symlink_to(kept_there)
    assert Compiled(tmp_path).clear() == 0
    assert (kept_there / "x.nbi").exists()


def test_what_numba_has_written_is_counted_and_removed(tmp_path: Path) -> None:
    assert (Compiled(tmp_path).size(), Compiled(tmp_path).clear()) == (0, 0)
    assert not (tmp_path / "compiled").exists()
    kept(tmp_path, "churn_0/a.nbi", 10)
    kept(tmp_path, "churn_0/a.1.nbc", 100)
    mine = kept(tmp_path, "churn_1/mine", 1000)
    kept(tmp_path, "churn_1/b.nbi", 1)
    kept(tmp_path, "churn_1/b.nbi.tmp.0123456789abcdef", 2000)  # of a run that was killed
    kept(tmp_path, "churn_0/a.nbi", 100_000, SOURCES[::-1])
    older = tmp_path / "compiled/churn_0/a.nbi"
    older.parent.mkdir()
    older.write_bytes(bytes(1_000_000))
    assert Compiled(tmp_path).size() == 1_102_111
    assert Compiled(tmp_path).clear() == 1_102_111
    assert Compiled(tmp_path).size() == 0
    left = {*(tmp_path / "compiled").rglob("*")}
    assert left == {tmp_path / "compiled/CACHEDIR.TAG", mine, mine.parent, mine.parent.parent}


def test_what_is_half_written_is_swept_away(tmp_path: Path) -> None:
    Compiled(tmp_path / "not there").sweep()
    whole = kept(tmp_path, "churn_0/a.nbi", 10)
    mine = kept(tmp_path, "churn_0/mine.tmp.0123", 10)
    kept(tmp_path, "churn_0/a.1.nbc.tmp.0123456789abcdef", 100)
    Compiled(tmp_path).sweep()
    assert {*(tmp_path / "compiled").glob("*/*/*")} == {whole, mine}


def test_what_comes_of_other_sources_is_elsewhere(tmp_path: Path) -> None:
    compiled = Compiled(tmp_path)
    changes = [SOURCES, (b"def one(): 1", SOURCES[1]), (SOURCES[0], b"def two(): 2"), (b"".join(SOURCES),)]
    assert len({compiled.made(sources) for sources in changes}) == len(changes)
    assert compiled.made(list(SOURCES)) == compiled.made(SOURCES)


def test_what_comes_of_older_sources_does_not_pile_up(tmp_path: Path) -> None:
    def used(number: int) -> Path:
        file = kept(tmp_path, "churn_0/a.nbi", 10, (b"%d" % number,))
        os.utime(file.parent.parent, (number, number))
        return file

    files = [used(number) for number in range(3)]
    (tmp_path / "compiled/mine").touch()
    Compiled(tmp_path).made((b"0",))
    assert all(file.exists() for file in files), "those that are used by turns stay"
    files += [used(number) for number in (3, 4)]
    assert [file.exists() for file in files] == [True, False, False, True, True]
    assert Compiled(tmp_path).size() == 30
    assert not files[1].parent.parent.exists()
    assert (tmp_path / "compiled/mine").exists()
