"""Signals at random moments: there is the old target or the whole new one, and the next run cleans up."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults.attack import PROGRAM, ROUNDS, WRITE, Ended, Field, left, one_line, state

if TYPE_CHECKING:
    from collections.abc import Mapping

_SIGNALS = {"INT": 130, "TERM": 130, "HUP": 130, "KILL": -signal.SIGKILL}


@pytest.mark.parametrize("number", _SIGNALS)
@pytest.mark.parametrize("name", WRITE)
def test_a_signal_leaves_the_old_target_or_the_whole_new_one(
    field: Field, whole: Mapping[str, Mapping[str, str]], name: str, number: str
) -> None:
    chance = random.Random(f"{name} {number}")
    for _ in range(ROUNDS):
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
            time.sleep(chance.uniform(0.2, 1.0) * field.seconds[name])
            run.send_signal(signal.Signals[f"SIG{number}"])
            out, err = run.communicate(timeout=60)
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
