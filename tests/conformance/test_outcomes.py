"""What clients made of images is kept, and what they said is printed once."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.conformance.outcomes import Messages, Outcome, Results, failed

if TYPE_CHECKING:
    from pathlib import Path


GZIP, ZSTD, NONE = ("gzip", "sha256:1"), ("zstd", "sha256:2"), ("none", "sha256:3")
RUNS, FAILS = Outcome("runs"), Outcome("no", "invalid tar header")


def _not_asked(_number: int) -> Outcome:
    raise AssertionError("it was tried already")


def _found(results: Results) -> dict[str, list[Outcome | None]]:
    return {
        one.client: [None if trial is None else trial.outcome for trial in one.trials]
        for one in results.records()
    }


def test_what_a_client_made_of_an_image_is_not_asked_again(tmp_path: Path) -> None:
    results = Results(tmp_path / "kept", (GZIP, ZSTD))
    results.find("docker 1.2, overlay2", "engine", [RUNS, FAILS].__getitem__)
    results.find("docker 1.2, overlay2", "engine", _not_asked)
    results.find("docker 1.2, containerd store", "engine", lambda _: RUNS)
    found = {"docker 1.2, containerd store": [RUNS, RUNS], "docker 1.2, overlay2": [RUNS, FAILS]}
    assert _found(results) == found
    record = next(results.records())
    assert record.kind == "engine"
    assert [(one.image, one.digest) for one in record.trials if one is not None] == [GZIP, ZSTD]


def test_an_image_of_other_bytes_is_tried_and_no_other(tmp_path: Path) -> None:
    Results(tmp_path, (GZIP, ZSTD)).find("podman 1", "engine", lambda _: RUNS)
    now = Results(tmp_path, (GZIP, ("zstd", "sha256:4")))
    assert _found(now) == {"podman 1": [RUNS, None]}
    tried: list[int] = []

    def fails(number: int) -> Outcome:
        tried.append(number)
        return FAILS

    now.find("podman 1", "engine", fails)
    assert tried == [1]
    assert _found(now) == {"podman 1": [RUNS, FAILS]}


def test_the_same_bytes_under_another_heading_are_tried(tmp_path: Path) -> None:
    # what runs in an image depends on how it was written
    Results(tmp_path, (GZIP,)).find("podman 1", "engine", lambda _: RUNS)
    assert _found(Results(tmp_path, (("zstd", GZIP[1]),))) == {"podman 1": [None]}


def test_another_version_of_a_client_is_tried(tmp_path: Path) -> None:
    results = Results(tmp_path, (GZIP,))
    results.find("podman 1", "engine", lambda _: RUNS)
    results.find("podman 2", "engine", lambda _: FAILS)
    assert _found(results) == {"podman 1": [RUNS], "podman 2": [FAILS]}


def test_what_did_not_end_in_time_is_tried_again(tmp_path: Path) -> None:
    results = Results(tmp_path, (GZIP,))
    late = failed("no", subprocess.TimeoutExpired("podman", 1))
    results.find("podman 1", "engine", lambda _: late)
    assert _found(results) == {"podman 1": [late]}
    results.find("podman 1", "engine", lambda _: RUNS)
    assert _found(results) == {"podman 1": [RUNS]}


def test_a_run_that_ends_early_loses_what_was_made_of_one_image(tmp_path: Path) -> None:
    def broken_off(number: int) -> Outcome:
        if number == 2:
            raise KeyboardInterrupt
        return Outcome("runs", str(number))

    results = Results(tmp_path, (GZIP, ZSTD, NONE))
    with pytest.raises(KeyboardInterrupt):
        results.find("podman 1", "engine", broken_off)
    results.find("podman 1", "engine", lambda number: Outcome("reads", str(number)))
    assert _found(results) == {
        "podman 1": [Outcome("runs", "0"), Outcome("runs", "1"), Outcome("reads", "2")]
    }


def test_folders_of_one_run_are_not_in_what_was_said() -> None:
    said = "ctr: failed to mount /var/tmp/some.where/containerd-mount3064922224: mount options is too long"
    outcome = failed("loads only", AssertionError(said))
    assert outcome.said == "ctr: failed to mount PATH: mount options is too long"


def test_the_same_words_have_the_same_number() -> None:
    messages = Messages()
    refused = [
        failed("no", AssertionError(f"('podman',): exit 125\nError: written{number}:v1: 127.0.0.1:{number}"))
        for number in (7, 8)
    ]
    assert [messages.shown(one) for one in refused] == ["no (1)", "no (1)"]
    assert messages.shown(Outcome("runs")) == "runs"
    assert list(messages.lines()) == ["1. `Error: written:v1: HOST`"]
    assert list(messages.lines(str.upper)) == ["1. `Error: written:v1: HOST`: ERROR: WRITTEN:V1: HOST"]
