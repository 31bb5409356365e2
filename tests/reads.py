"""What this process reads from files and pipes."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_COUNTS = Path("/proc/self/io")


class Reads:
    """A count of bytes.

    Attributes:
        bytes: how many have been read; it is there once the counting is over.
    """

    def __init__(self) -> None:
        self.bytes = -1


@contextmanager
def counted_reads() -> Iterator[Reads]:
    """Count the bytes that are read by system calls, whichever of them, in all threads."""
    reads, start = Reads(), _read()
    yield reads
    reads.bytes = _read() - start


def _read() -> int:
    (line,) = (line for line in _COUNTS.read_text().splitlines() if line.startswith("rchar: "))
    return int(line.removeprefix("rchar: "))
