"""One system call fails: on the target's folder, the image, the home or the temporary folder."""

from __future__ import annotations

import itertools
import random
import re
import shutil
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.faults.attack import COMMANDS, ROUNDS, Field, left, one_line, state

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

# of one call several names: which one there is depends on the C library and the machine
_CALLS = (
    "openat", "?read,pread64", "?write,pwrite64", "?getdents64", "?fstat,?newfstatat,?statx,?stat,?lstat",
    "fsync", "?rename,?renameat,?renameat2", "?mkdir,?mkdirat", "?link,?linkat", "?unlink,?unlinkat,?rmdir",
    "ftruncate", "?chmod,?fchmod,?fchmodat", "copy_file_range", "fallocate", "?symlink,?symlinkat", "flock",
)  # fmt: skip
_ERRORS = ("EIO", "ENOSPC", "EACCES")
_SAMPLE = 24


def _cases() -> list[tuple[str, str, str, int]]:
    every = list(itertools.product(COMMANDS, _CALLS, _ERRORS, (1, 2, 3, 5, 8)))
    random.Random(1).shuffle(every)
    return every


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace makes calls fail")
def test_a_call_that_fails_is_one_line_and_leaves_the_old_target_or_the_new_one(
    field: Field, whole: Mapping[str, Mapping[str, str]], tmp_path: Path, trial: Callable[[], int]
) -> None:
    log = tmp_path / "log"
    places = (field.folder, field.image, field.environment["HOME"], field.environment["TMPDIR"])
    met, made = 0, dict[str, Counter[str]]()
    for name, call, error, when in _cases():
        if met == _SAMPLE * ROUNDS:
            break
        if name not in made:
            made[name] = _made_by(field, name, log, places)
        if max(made[name][one.lstrip("?")] for one in call.split(",")) < when:
            continue
        target = field.prepared(name)
        before = state(target)
        tracer = ["strace", "-f", "-qq", "-o", str(log), "-e", "signal=none", "-e", f"trace={call}"]
        tracer += [word for place in (*places, target) for word in ("-P", str(place))]
        tracer += ["-e", f"inject={call}:error={error}:when={when}"]
        done = field.run(*field.words(name), before=tuple(tracer))
        if "INJECTED" not in log.read_text():
            continue
        met += 1
        trial()
        case = f"{name}: {call} fails with {error} at {when}: {done.err}"
        one_line(done)
        # verify's verdict says what it could not read
        assert done.status in ({0, 1, 3} if name == "verify" else {0, 1}), case
        assert done.status == 0 or done.err.strip(), case
        if "unlink" not in call:  # what cannot be removed stays until the next run
            assert left(field.folder) == [], case
        after = state(target)
        if name == "extract":
            assert set(before) <= set(after), case
        elif name == "write-layout":
            assert before.items() <= after.items() or after == whole[name], case
        elif COMMANDS[name].target:
            assert after == whole[name] or (after == before and done.status == 1), case
    assert met


def _made_by(field: Field, name: str, log: Path, places: tuple[Path | str, ...]) -> Counter[str]:
    """Return how often a command makes each system call on one of the places."""
    target = field.prepared(name)
    tracer = ["strace", "-f", "-qq", "-o", str(log), "-e", "signal=none"]
    tracer += [word for place in (*places, target) for word in ("-P", str(place))]
    assert field.run(*field.words(name), before=tuple(tracer)).status in {0, 3}
    return Counter(re.findall(r"^\d+ +(\w+)\(", log.read_text(), re.MULTILINE))
