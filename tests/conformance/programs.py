"""Programs that are started: run to their end, or as daemons with folders of their own."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.patience import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


def run(*words: str | Path, env: Mapping[str, str] | None = None, timeout: float = PATIENCE) -> str:
    """Run a program and return its standard output; its standard error is part of a failure."""
    done = subprocess.run(
        [str(word) for word in words],
        env=None if env is None else {**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, f"{words}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def version_of(words: Sequence[str | Path], env: Mapping[str, str] | None = None) -> str:
    """Return the version in what a program prints, or nothing where the program is not there."""
    try:
        said = run(*words, env=env)
    except (AssertionError, FileNotFoundError):
        return ""
    found = re.search(r"\d+(\.\d+)+", said)  # without what a distribution has added
    return found[0] if found else said.strip()


def succeeds(*words: str, env: Mapping[str, str]) -> bool:
    done = subprocess.run(
        words, env={**os.environ, **env}, capture_output=True, timeout=PATIENCE, check=False
    )
    return done.returncode == 0


@contextlib.contextmanager
def daemon(*words: str | Path, log: Path, ready: Callable[[], bool]) -> Iterator[int]:
    """Run a daemon until the block ends, and give its process id; it is killed if it does not listen."""
    with log.open("wb") as told:
        process = subprocess.Popen(
            [str(word) for word in words],
            stdout=told,
            stderr=told,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        until = time.monotonic() + PATIENCE
        while not ready():
            if process.poll() is not None or time.monotonic() > until:
                tail = log.read_text(errors="replace")[-2000:]
                raise AssertionError(f"{words[0]} did not start:\n{tail}")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def own_folder(name: str) -> Iterator[Path]:
    """A short-named folder (sockets have short names) that is unmounted and removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix=f"nixdive-{name}-"))
    try:
        yield folder
    finally:
        mounts = Path("/proc/self/mounts").read_text().splitlines()
        for line in reversed(mounts):
            if (place := line.split(" ")[1]).startswith(f"{folder}/"):
                subprocess.run(["umount", "-l", place], check=False)
        shutil.rmtree(folder)


def isolated(folder: Path) -> dict[str, str]:
    """Variables that keep skopeo and podman away from the blob cache of the machine."""
    return {
        "HOME": str(folder),
        "XDG_DATA_HOME": f"{folder}/data",
        "XDG_RUNTIME_DIR": f"{folder}/runtime",
    }
