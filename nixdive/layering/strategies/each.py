"""`each`: one layer per path, as far as the budget goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.layering.strategies import Group, Task, alone_then_rest

if TYPE_CHECKING:
    from collections.abc import Sequence


def each(task: Task) -> Sequence[Group]:
    """Give every path its own layer, each above all that it refers to; over the limit the last share one."""
    free = frozenset(task.free)
    ranked = [i for i in task.closure.topological if i in free]
    return alone_then_rest(task, ranked, lambda _: "alone")
