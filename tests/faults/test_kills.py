"""Signals at random moments: there is the old target or the whole new one, and the next run cleans up."""

from __future__ import annotations

import random
import re
import shutil
import signal
import subprocess
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.faults.attack import (
    LONGEST,
    PROGRAM,
    ROUNDS,
    WRITE,
    Ended,
    Field,
    left,
    one_line,
    state,
    wait_in_the_middle,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_SAMPLE = 12
_CALL = re.compile(r"(\d+) +(\w+)\((.*)")
_SIGNALS = {"INT": 130, "TERM": 130, "HUP": 130, "KILL": -signal.SIGKILL}


@pytest.mark.parametrize("number", _SIGNALS)
@pytest.mark.parametrize("name", WRITE)
def test_a_signal_leaves_the_old_target_or_the_whole_new_one(
    field: Field, whole: Mapping[str, Mapping[str, str]], name: str, number: str, trial: Callable[[], int]
) -> None:
    chance = random.Random(f"{name} {number}")
    for _ in range(ROUNDS):
        trial()
        target = field.prepared(name)
        before = state(target)
        with subprocess.Popen(
            [*PROGRAM, *field.words(name)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=field.environment,
            cwd=field.folder,
        ) as run:
            wait_in_the_middle(run, chance.random(), field.seconds[name])
            run.send_signal(signal.Signals[f"SIG{number}"])
            out, err = run.communicate(timeout=LONGEST)
        ended = Ended(run.returncode, out.decode(), err.decode(errors="replace"))
        assert ended.status in {0, _SIGNALS[number], -signal.Signals[f"SIG{number}"]}, ended.err
        one_line(Ended(0, ended.out, ended.err))
        after = state(target)
        if name == "extract":
            assert set(before) <= set(after) <= set(before) | set(whole[name])
        elif name == "write-layout" and after != whole[name]:
            assert before.items() <= after.items()  # blobs may have come that the index does not name
        else:
            assert after in (before, whole[name])
        if number != "KILL":
            assert left(field.folder) == []
        assert field.run(*field.words(name)).status == 0
        assert left(field.folder) == [], "the next run removes what a killed one left"
        assert state(target) == whole[name] or name in {"extract", "write-layout", "plan"}


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace sends the signals")
@pytest.mark.parametrize("name", WRITE)
def test_an_interrupt_at_one_system_call_leaves_nothing(
    field: Field, whole: Mapping[str, Mapping[str, str]], tmp_path: Path, name: str, trial: Callable[[], int]
) -> None:
    calls = _calls(field, name, tmp_path / "log")
    for call, when in random.Random(name).sample(calls, min(_SAMPLE * ROUNDS, len(calls))):
        trial()
        target = field.prepared(name)
        before = state(target)
        tracer = ["strace", "-f", "-qq", "-o", str(tmp_path / "log"), "-e", "signal=none"]
        tracer += ["-e", f"trace={call}", "-e", f"inject={call}:signal=INT:when={when}"]
        ended = field.run(*field.words(name), before=tuple(tracer))
        case = f"{call} {when}: {ended.err}"
        assert ended.status in {0, 130}, case
        one_line(Ended(0, ended.out, ended.err))
        assert left(field.folder) == [], case
        after = state(target)
        if name == "extract":
            assert set(before) <= set(after) <= set(before) | set(whole[name]), case
        elif name == "write-layout" and after != whole[name]:
            assert before.items() <= after.items(), case
        else:
            assert after in (before, whole[name]), case


def _calls(field: Field, name: str, log: Path) -> list[tuple[str, int]]:
    """Return the system calls of the first thread inside the folder of the target, and which of its kind."""
    field.prepared(name)
    tracer = ["strace", "-f", "-y", "-s", "999", "-qq", "-o", str(log)]
    tracer += ["-e", "trace=%file,%desc", "-e", "signal=none"]
    assert field.run(*field.words(name), before=tuple(tracer)).status == 0
    found, counts = [], Counter[str]()
    lines = log.read_text().splitlines()
    for line in lines:
        match = _CALL.match(line)
        if match is None or match[1] != lines[0].split()[0]:
            continue
        counts[match[2]] += 1
        if f"{field.folder}/" in match[3]:  # without a slash it is the working directory
            found.append((match[2], counts[match[2]]))
    assert found
    return found
