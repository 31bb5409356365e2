from __future__ import annotations

import os
import resource
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.attack import COMMANDS, WRITE, Field, made_image, state

if TYPE_CHECKING:
    from collections.abc import Mapping


@pytest.fixture(scope="session")
def field(tmp_path_factory: pytest.TempPathFactory) -> Field:
    """Images, and a result of every command that writes: of the other image, so that it differs."""
    top = tmp_path_factory.mktemp("faults")
    for name in ("work", "old", "home", "tmp"):
        (top / name).mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(top / "home"),
        "TMPDIR": str(top / "tmp"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    image, other = made_image(top / "image.tar", 1), made_image(top / "other.tar", 2)
    made = Field(top / "work", other, image, top / "old", environment)
    for name in WRITE:
        done = made.run(*made.words(name))
        assert done.status == 0, done.err
        (made.folder / COMMANDS[name].target).rename(made.old / name)
    made.image, made.other = image, other
    return made


@pytest.fixture(scope="session")
def whole(field: Field) -> Mapping[str, Mapping[str, str]]:
    """What each command that writes leaves, if nothing disturbs it."""
    found = {}
    for name in WRITE:
        target = field.prepared(name)
        before = _processor_seconds()
        done = field.run(*field.words(name))
        assert done.status == 0, done.err
        field.seconds[name] = _processor_seconds() - before
        found[name] = state(target)
    subprocess.run(["rm", "-rf", "--", *field.folder.iterdir()], check=True)
    return found


def _processor_seconds() -> float:
    """Return what all programs that were started here and have ended took of the processor."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
