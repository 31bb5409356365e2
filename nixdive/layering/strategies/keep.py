"""`keep`: the layers as they were found."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from nixdive.errors import PlanError
from nixdive.layering.strategies import STRATEGIES, Group, Task
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence


def keep(task: Task) -> Sequence[Group]:
    """Keep each path in the layer it was found in, in the order it had there.

    A path that was found twice stays where it was found first. Paths that were found in no layer get one
    more, on top. Where that makes more layers than the limit, the highest ones are merged into one.

    Raises:
        PlanError: no layers were found, because the input is not an image.
    """
    if not task.found:
        others = ", ".join(name for name in STRATEGIES.names() if name != "keep")
        raise PlanError(
            "the strategy keep needs layers to keep, and the input has none", hint=f"choose another: {others}"
        )
    left = set(task.free)
    groups = []
    for layer in task.found:
        kept = tuple(i for i in dict.fromkeys(layer) if i in left)
        left.difference_update(kept)
        if kept:
            groups.append(Group(kept, "as it was found"))
    if left:
        groups.append(Group(task.closure.ordered(left), f"in no layer before: {counted(len(left), 'path')}"))
    if len(groups) <= task.limit:
        return groups
    merged = groups[task.limit - 1 :]
    together = tuple(chain.from_iterable(group.members for group in merged))
    return [*groups[: task.limit - 1], Group(together, f"the {len(merged)} highest layers")]
