"""Files lie where the system and the XDG variables say."""

from __future__ import annotations

from pathlib import Path

import pytest

from nixdive.places import config_file, dive_files, session_file, short


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/h")
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CONFIG_DIRS"):
        monkeypatch.delenv(name, raising=False)


def test_below_the_home_without_variables() -> None:
    assert config_file() == Path("/h/.config/nixdive/config.toml")
    assert session_file() == Path("/h/.local/state/nixdive/session.json")


def test_where_the_variables_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/x")
    monkeypatch.setenv("XDG_STATE_HOME", "/s")
    assert config_file() == Path("/x/nixdive/config.toml")
    assert session_file() == Path("/s/nixdive/session.json")


def test_a_variable_that_is_not_absolute_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "rel")
    monkeypatch.setenv("XDG_STATE_HOME", "rel")
    assert config_file() in {Path("/h/.config/nixdive/config.toml"), None}
    assert session_file() in {Path("/h/.local/state/nixdive/session.json"), None}


def test_without_a_home_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_: object) -> object:
        raise KeyError

    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", nobody)
    assert config_file() is None
    assert session_file() is None
    assert list(dive_files()) == []


def test_paths_are_shown_as_people_write_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert short(Path("/h/.config/x")) == "~/.config/x"
    assert short(Path("/home/x")) == "/home/x"
    monkeypatch.setenv("HOME", "/")
    assert short(Path("/etc/x")) == "/etc/x"
