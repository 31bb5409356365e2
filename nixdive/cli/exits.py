"""The exit statuses, which scripts rely on."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """How a run ended."""

    DONE = 0
    ERROR = 1
    USAGE = 2
    CHECK_SAID_NO = 3
    INTERRUPTED = 130
