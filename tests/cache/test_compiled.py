"""The folder of what is compiled: nobody else may write to it, and only what numba wrote is removed."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from nixdive.cache.compiled import Compiled
from nixdive.errors import CacheError

if TYPE_CHECKING:
    from pathlib import Path


def kept(cache: Path, name: str, size: int) -> Path:
    place = Compiled(cache).made() / name
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(bytes(size))
    return place


def test_it_is_the_users_alone(tmp_path: Path) -> None:
    assert Compiled(tmp_path / "a/b").made() == tmp_path / "a/b/compiled"
    assert stat.S_IMODE((tmp_path / "a/b/compiled").stat().st_mode) == 0o700
    (tmp_path / "a/b/compiled").chmod(0o755)  # others may read what an earlier run has left
    Compiled(tmp_path / "a/b").made()
    assert stat.S_IMODE((tmp_path / "a/b/compiled").stat().st_mode) == 0o700


@pytest.mark.parametrize("place", ["cache", "cache/compiled"])
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_where_others_can_write_it_is_refused(tmp_path: Path, place: str, mode: int) -> None:
    (tmp_path / place).mkdir(parents=True)
    (tmp_path / place).chmod(mode)
    with pytest.raises(CacheError, match="other users may write to it"):
        Compiled(tmp_path / "cache").made()


def test_a_link_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "compiled").symlink_to("elsewhere")
    with pytest.raises(CacheError, match="it is a link"):
        Compiled(tmp_path).made()
    kept_there = tmp_path / "elsewhere/churn_0"
    kept_there.mkdir()
    (kept_there / "x.nbi").touch()
    (tmp_path / "compiled").unlink()
    Compiled(tmp_path).made()
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
    assert Compiled(tmp_path).size() == 2111
    assert Compiled(tmp_path).clear() == 2111
    assert Compiled(tmp_path).size() == 0
    assert [*(tmp_path / "compiled").glob("*/*")] == [mine]
    assert not (tmp_path / "compiled/churn_0").exists()


def test_what_is_half_written_is_swept_away(tmp_path: Path) -> None:
    Compiled(tmp_path / "not there").sweep()
    whole = kept(tmp_path, "churn_0/a.nbi", 10)
    mine = kept(tmp_path, "churn_0/mine.tmp.0123", 10)
    kept(tmp_path, "churn_0/a.1.nbc.tmp.0123456789abcdef", 100)
    Compiled(tmp_path).sweep()
    assert {*(tmp_path / "compiled").glob("*/*")} == {whole, mine}
