"""Archives that GNU tar makes, for tests; where there is none, they are skipped."""

from __future__ import annotations

import subprocess
from functools import cache
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# where data begin and end, in a file that is mostly holes
_STRETCHES = ((1 << 20, b"data" * 3000), (3 << 20, b"more" * 2000))
_SIZE = 4 << 20


def gnu_tar(folder: Path, *options: str, names: Sequence[str] = (".",)) -> bytes:
    """Return the archive of files of a folder."""
    if not _is_there():
        pytest.skip("there is no GNU tar")
    words = ["tar", "--create", "--sort=name", *options, "-C", str(folder), *names]
    return subprocess.run(words, check=True, capture_output=True).stdout


def with_holes(place: Path) -> bytes:
    """Write a file of 4 MiB with holes at its beginning, between and at its end, and return its bytes."""
    with place.open("wb") as file:
        for at, data in _STRETCHES:
            file.seek(at)
            file.write(data)
        file.truncate(_SIZE)
    return place.read_bytes()


@cache
def _is_there() -> bool:
    try:
        done = subprocess.run(["tar", "--version"], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return b"GNU tar" in done.stdout
