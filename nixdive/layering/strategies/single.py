"""`single`: one layer for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.layering.strategies import Group, Task
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence


def single(task: Task) -> Sequence[Group]:
    """Put all paths into one layer, by name and hash."""
    if not task.free:
        return ()
    return (Group(task.closure.ordered(task.free), f"all: {counted(len(task.free), 'path')}"),)
