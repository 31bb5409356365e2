"""What clients made of images is kept, and what they said is printed once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conformance.outcomes import Messages, Outcome, Results, failed

if TYPE_CHECKING:
    from pathlib import Path


def _not_asked(_number: int) -> Outcome:
    raise AssertionError("it was tried already")


def test_what_a_client_made_of_images_is_not_asked_again(tmp_path: Path) -> None:
    found = [Outcome("runs"), Outcome("no", "invalid tar header")]
    results = Results(tmp_path / "kept", ("gzip", "zstd"))
    day, outcomes = results.of("docker 1.2, overlay2", found.__getitem__)
    assert outcomes == found
    assert results.of("docker 1.2, overlay2", _not_asked) == (day, found)
    other = [Outcome("reads"), Outcome("reads")]
    assert results.of("docker 1.2, containerd store", other.__getitem__)[1] == other


def test_what_it_made_of_other_images_is_asked_again(tmp_path: Path) -> None:
    Results(tmp_path, ("gzip",)).of("podman 1", lambda _: Outcome("runs"))
    found = Results(tmp_path, ("zstd",)).of("podman 1", lambda _: Outcome("reads"))
    assert found[1] == [Outcome("reads")]


def test_a_run_that_ends_early_loses_what_was_made_of_one_image(tmp_path: Path) -> None:
    def broken_off(number: int) -> Outcome:
        if number == 2:
            raise KeyboardInterrupt
        return Outcome("runs", str(number))

    results = Results(tmp_path, ("gzip", "zstd", "none"))
    with pytest.raises(KeyboardInterrupt):
        results.of("podman 1", broken_off)
    _, outcomes = results.of("podman 1", lambda number: Outcome("reads", str(number)))
    assert outcomes == [Outcome("runs", "0"), Outcome("runs", "1"), Outcome("reads", "2")]


def test_the_same_words_have_the_same_number() -> None:
    messages = Messages()
    refused = [
        failed("no", AssertionError(f"('podman',): exit 125\nError: written{number}:v1: 127.0.0.1:{number}"))
        for number in (7, 8)
    ]
    assert [messages.shown(one) for one in refused] == ["no (1)", "no (1)"]
    assert messages.shown(Outcome("runs")) == "runs"
    assert list(messages.lines()) == ["1. `Error: written:v1: HOST`"]
