"""The program as a user runs it, within the process of the tests: words in, exit status and output out."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unittest import mock

from nixdive.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Done:
    """How a run ended: its exit status and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


def run(*words: str | Path, stdin: bytes = b"", **variables: str) -> Done:
    """Run the program with files for its streams, and with variables on top of those of this process."""
    with ExitStack() as stack:
        streams = [stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8")) for _ in range(3)]
        streams[0].buffer.write(stdin)
        streams[0].seek(0)
        for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
            stack.enter_context(mock.patch.object(sys, name, stream))
        stack.enter_context(mock.patch.dict(os.environ, variables))
        status: object = None
        try:
            main([str(word) for word in words])
        except SystemExit as stop:
            status = stop.code
        assert isinstance(status, int)
        for stream in streams[1:]:
            stream.seek(0)
        return Done(int(status), *(stream.read() for stream in streams[1:]))
