"""Files lie where the system and the XDG variables say."""

from __future__ import annotations

from pathlib import Path

import pytest

from nixdive.places import cache_folder, config_file, dive_files, session_file, short, state_folder


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_DIRS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_below_the_home_without_variables(home: Path) -> None:
    assert config_file() == home / ".config/nixdive/config.toml"
    assert session_file() == home / ".local/state/nixdive/session.json"
    assert cache_folder() == home / ".cache/nixdive"


def test_a_home_that_is_not_there_is_none(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("HOME", str(home / "missing"))
    assert (state_folder(), session_file(), cache_folder()) == (None, None, None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    assert cache_folder() == home / "cache/nixdive"


def test_where_the_variables_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/x")
    monkeypatch.setenv("XDG_STATE_HOME", "/s")
    assert config_file() == Path("/x/nixdive/config.toml")
    assert session_file() == Path("/s/nixdive/session.json")


def test_a_variable_that_is_not_absolute_does_not_count(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "rel")
    monkeypatch.setenv("XDG_STATE_HOME", "rel")
    assert config_file() in {home / ".config/nixdive/config.toml", None}
    assert session_file() in {home / ".local/state/nixdive/session.json", None}


def test_without_a_home_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_: object) -> object:
        raise KeyError

    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", nobody)
    assert config_file() is None
    assert session_file() is None
    assert list(dive_files()) == []


def test_paths_are_shown_as_people_write_them(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    assert short(home / ".config/x") == "~/.config/x"
    assert short(Path("/home/x")) == "/home/x"
    monkeypatch.setenv("HOME", "/")
    assert short(Path("/etc/x")) == "/etc/x"
