"""Writing that is stopped leaves nothing; writing to a pipe gives the same bytes."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.patience import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_the_target_as_it_was(
    number: signal.Signals, debstore: Mapping[str, Any], tmp_path: Path
) -> None:
    target = tmp_path / "image.tar"
    target.write_text("before")
    words = ["write", debstore["apps"]["toolbox"]["v1"], "-o", str(target), "--compression", "zstd:19"]
    program = [sys.executable, "-m", "nixdive", *words]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while not (line := process.stderr.readline()).startswith("writing"):
            assert line, "it ended before it wrote"
        time.sleep(0.5)
        process.send_signal(number)
        assert process.wait(PATIENCE) == 130
        assert process.stderr.read().split() == ["nixdive:", "stopped"]
    assert [file.name for file in tmp_path.iterdir()] == ["image.tar"]
    assert target.read_text() == "before"


def test_a_pipe_gets_the_same_bytes(
    apps: Mapping[str, Any], nixdive: Callable[..., str], docker: Any, tmp_path: Path
) -> None:
    app = apps["redis"]
    words = ("write", app.path, "--max-layers", "10", "-q", "-o")
    nixdive(*words, tmp_path / "image.tar")
    with (tmp_path / "piped.tar").open("wb") as out:
        subprocess.run(
            [sys.executable, "-m", "nixdive", *words, "-"], stdout=out, check=True, timeout=PATIENCE
        )
    assert (tmp_path / "piped.tar").read_bytes() == (tmp_path / "image.tar").read_bytes()
    docker.load(tmp_path / "piped.tar")
    assert app.says in docker.run(app.name, *app.command)
    docker.remove(app.name)
