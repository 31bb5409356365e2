"""Long tables on a terminal go through $PAGER, and nothing else does."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.patience import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.usefixtures("_pseudo_terminals")
REDIS = Path(__file__).parents[1] / "data/closures/debstore-redis-v1.path-info.json.gz"


def printed(*words: str, **variables: str) -> tuple[int, str]:
    """What the program shows on a terminal of 24 lines, and its exit status."""
    mine, its = pty.openpty()
    os.set_blocking(mine, True)
    env: Mapping[str, str] = {**os.environ, "TERM": "xterm", "LINES": "24", "COLUMNS": "200", **variables}
    with subprocess.Popen(
        [sys.executable, "-m", "nixdive", *words], stdin=its, stdout=its, stderr=subprocess.PIPE, env=env
    ) as program:
        os.close(its)
        seen = b""
        while True:
            try:
                data = os.read(mine, 1 << 16)
            except OSError:
                break
            if not data:
                break
            seen += data
        status = program.wait(PATIENCE)
    os.close(mine)
    return status, seen.decode().replace("\r\n", "\n")


def plan(*words: str, **variables: str) -> tuple[int, str]:
    return printed("plan", str(REDIS), "-q", *words, **variables)


@pytest.fixture
def pager(tmp_path: Path) -> str:
    """A pager that says that it was started, with the lines that it got and what less is told."""
    program = tmp_path / "pager"
    program.write_text('#!/bin/sh\necho "paged $1 LESS=$LESS"\ncat\n')
    program.chmod(0o755)
    return f"{program} 'an argument'"


def test_a_long_table_is_shown_by_the_pager(pager: str) -> None:
    status, without = plan(PAGER="")
    assert (status, without.count("\n") > 24) == (0, True)
    assert plan(PAGER=pager) == (0, f"paged an argument LESS=FRX\n{without}")
    assert plan(PAGER=pager, LESS="S") == (0, f"paged an argument LESS=S\n{without}")


def test_a_short_one_is_not(pager: str) -> None:
    status, shown = plan("--max-layers", "3", PAGER=pager)
    assert (status, "paged" in shown) == (0, False)


@pytest.mark.parametrize("name", ["cat", "/no/such/pager", "'unbalanced", "", " "])
def test_what_is_no_pager_is_passed_over(name: str) -> None:
    assert plan(PAGER=name) == plan(PAGER="")


def test_a_simple_terminal_has_none(pager: str) -> None:
    assert "paged" not in plan(PAGER=pager, TERM="dumb")[1]


def test_documents_are_never_paged(pager: str) -> None:
    status, shown = plan("--json", PAGER=pager)
    assert (status, shown[0]) == (0, "{")


def test_leaving_it_early_is_no_error(tmp_path: Path) -> None:
    program = tmp_path / "pager"
    program.write_text("#!/bin/sh\nhead -n 1\n")
    program.chmod(0o755)
    status, shown = plan(PAGER=str(program))
    assert (status, shown.count("\n")) == (0, 1)
