"""Where the cache of a user is, and how big it may be."""

from __future__ import annotations

from pathlib import Path

import pytest

from nixdive.cache.user import USUAL_LIMIT, cache_place, user_cache


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture(autouse=True)
def _no_variable(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NIXDIVE_CACHE_DIR")


def test_the_variables_say_where(monkeypatch: pytest.MonkeyPatch, notes: list[str]) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    assert cache_place(notes.append) == (Path("/x/nixdive"), USUAL_LIMIT)
    monkeypatch.setenv("NIXDIVE_CACHE_DIR", "/y/z")
    assert cache_place(notes.append) == (Path("/y/z"), USUAL_LIMIT)
    monkeypatch.chdir("/usr")
    monkeypatch.setenv("NIXDIVE_CACHE_DIR", "lib")
    assert cache_place(notes.append).folder == Path("/usr/lib")
    assert not notes


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("", 2_000_000_000),
        ('cache-size = "500 MB"', 500_000_000),
        ('cache-size = "1GiB"', 1 << 30),
        ("cache-size = 1000", 1000),
        ("cache-size = 0", 0),
        ('theme = "nord"', 2_000_000_000),
        ("# cache-size\n[", 2_000_000_000),
        ("[keys]\ncache-size = 5", 2_000_000_000),
    ],
)
def test_the_configuration_says_how_big(config: Path, notes: list[str], text: str, limit: int) -> None:
    config.write_text(text)
    assert cache_place(notes.append).limit == limit
    assert not notes


@pytest.mark.parametrize("value", ['"much"', "-1", "true", "[1]", "1.5"])
def test_a_size_that_is_none_is_told(config: Path, notes: list[str], value: str) -> None:
    config.write_text(f"cache-size = {value}")
    assert cache_place(notes.append).limit == USUAL_LIMIT
    assert notes == [f'{config}: cache-size must be a size like "2 GB", or 0']


def test_none_is_made_where_there_is_to_be_none(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, notes: list[str]
) -> None:
    monkeypatch.setenv("NIXDIVE_CACHE_DIR", str(tmp_path / "cache"))
    config.write_text("cache-size = 0")
    assert user_cache(notes.append) is None
    assert not (tmp_path / "cache").exists()
    config.unlink()
    assert user_cache(notes.append) is not None


def test_one_that_cannot_be_used_is_told_and_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, notes: list[str]
) -> None:
    (tmp_path / "cache").touch()
    monkeypatch.setenv("NIXDIVE_CACHE_DIR", str(tmp_path / "cache"))
    assert user_cache(notes.append) is None
    assert notes == [f"no cache: {tmp_path}/cache/layers: File exists"]
