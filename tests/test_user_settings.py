"""What of config.toml nobody looks at is said by every command, in one line."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from nixdive import bounds
from nixdive.cache import user as cache
from nixdive.clients import user as clients
from nixdive.user_settings import KNOWN, remarks
from tests.program import run

REDIS = Path(__file__).parent / "data/closures/debstore-redis-v1.path-info.json.gz"


def test_without_a_file_or_with_settings_that_there_are_nothing_is_said(config: Path) -> None:
    assert remarks() == ()
    config.write_text('theme = "x"\nclient = "podman"\n[keys]\nquit = "x"\n[bounds]\ntar-entries = 5\n')
    assert remarks() == ()
    assert {cache.SETTING, bounds.SETTING, clients.CLIENT, clients.LINK} < set(KNOWN)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b'\nclients = "podman"', ":2: there is no setting 'clients'; did you mean client?"),
        (b'zzz = "podman"', ":1: there is no setting 'zzz'"),
        (b"[bound]\ntar-entries = 5", ":1: there is no setting 'bound'; did you mean bounds?"),
        (b'client = "podman', ":1: "),
        (b"client = '\xff'", ": it is not UTF-8 text; all of it is ignored"),
    ],
)
def test_what_nobody_looks_at_is_said_in_one_line(config: Path, text: bytes, told: str) -> None:
    config.write_bytes(text)
    (line,) = remarks()
    assert line.partition("config.toml")[2].startswith(told)
    assert "ignored" in line or line.endswith(told)


def test_each_unknown_setting_has_its_line(config: Path) -> None:
    config.write_text('clients = "podman"\nlinks = "1mbit/200ms"\n')
    assert [line.rpartition("; ")[2] for line in remarks()] == ["did you mean client?", "did you mean link?"]


@pytest.mark.parametrize("words", [("plan", REDIS, "--json", "-q"), ("cache",), (REDIS, "-q"), ("plan",)])
def test_every_command_says_it_once(config: Path, words: tuple[str | Path, ...]) -> None:
    config.write_text('clients = "podman"\n')
    done = run(*words)
    wrong = [
        line for line in done.stderr.splitlines() if "no setting 'clients'; did you mean client?" in line
    ]
    assert len(wrong) == (words != ("plan",))  # a command that does not begin does not read it
    if "--json" in words:
        assert json.loads(done.stdout)["format"] == "nixdive.plan/1"


def test_help_does_not_say_it(config: Path) -> None:
    config.write_text('clients = "podman"\n')
    assert run("plan", "--help").stderr == ""
    assert run("schema", "plan").stderr == ""


def test_a_file_that_may_not_be_read_is_said_and_one_that_cannot_be_reached_is_none(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may read all, so the refusal is made up."""
    config.write_text("")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("nixdive.there.opened", refuse)
    (line,) = remarks()
    assert line.endswith("config.toml: Permission denied; all of it is ignored")
    config.unlink()
    assert remarks() == ()


def test_no_pipe_is_waited_for(config: Path) -> None:
    os.mkfifo(config)
    (line,) = remarks()
    assert line.endswith("all of it is ignored")
