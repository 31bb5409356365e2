"""Each image laid out alone, as if there were no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.layering.fleet.share import Share, shared
from nixdive.layering.strategies import STRATEGIES, Group, Task

if TYPE_CHECKING:
    from nixdive.layering.change.model import ChangeModel
    from nixdive.layering.fleet.ground import Ground


def alone(ground: Ground, strategy: str, model: ChangeModel) -> list[Share]:
    """Return the layers that a strategy makes of the free paths of each image alone.

    It is for `churn` and `nixpkgs`, which look at nothing but what an image's paths need, and that is the
    same in the union.
    """
    lay_out = STRATEGIES.get(strategy)
    done: dict[tuple[tuple[int, ...], int], list[Group]] = {}
    layouts = []
    for image, (free, limit, held) in enumerate(zip(ground.free, ground.limits, ground.held, strict=True)):
        if not free:
            continue
        if (free, limit) not in done:
            excluded = ground.excluded.intersection(held)
            task = Task(ground.union, free, excluded, limit, model=model)
            done[free, limit] = [group for group in lay_out(task) if not group.left_out]
        layouts.append((image, done[free, limit]))
    return shared(layouts)
