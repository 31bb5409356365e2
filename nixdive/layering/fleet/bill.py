"""What a layout of a fleet is expected to cost, release after release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nixdive.layering.cost import lower_bound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nixdive.layering.change.model import ChangeModel
    from nixdive.layering.fleet.ground import Ground, Share


@dataclass(frozen=True, slots=True)
class Bill:
    """The cost of a layout, in NAR bytes of store layers.

    Attributes:
        push: what a release of the whole fleet is expected to push; a layer that several images use once.
        pulls: for each image what a release is expected to make a host pull that has the one before.
        registry: all layers, each once.
        layers: how many there are.
    """

    push: float
    pulls: tuple[float, ...]
    registry: int
    layers: int

    @classmethod
    def of(cls, shares: Iterable[Share], model: ChangeModel, images: int) -> Bill:
        """Return what a layout of so many images costs under a change model."""
        sizes = model.closure.nar_sizes
        push, registry, count = 0.0, 0, 0
        pulls = [0.0] * images
        for share in shares:
            size = sum(sizes[i] for i in share.members)
            expected = size * model.scenarios.probability(share.members)
            push += expected
            registry += size
            count += 1
            for image in share.images:
                pulls[image] += expected
        return cls(push, tuple(pulls), registry, count)


@dataclass(frozen=True, slots=True)
class FleetCost:
    """What a plan costs, beside others.

    Attributes:
        plan: the plan itself.
        separate: each image planned alone by `churn`.
        nixpkgs: each image laid out alone as dockerTools does.
        lower_bound: bytes that every plan in the budgets is expected to push.
    """

    plan: Bill
    separate: Bill
    nixpkgs: Bill
    lower_bound: float


def floor(ground: Ground, model: ChangeModel) -> float:
    """Return bytes that every layout of the fleet within its budgets is expected to push.

    The layers of one image are a layout of its paths and hold no others; all other paths lie in other layers,
    of which there are at most as many as the other images may have. Every image gives such a bound.
    """
    chances = model.scenarios.chances
    sizes = ground.union.nar_sizes
    everything = sorted({i for free in ground.free for i in free})

    def bound(paths: list[int], limit: int) -> float:
        return lower_bound(chances[paths], [sizes[i] for i in paths], limit) if paths else 0.0

    best = 0.0
    for free, limit in zip(ground.free, ground.limits, strict=True):
        inside = frozenset(free)
        others = [i for i in everything if i not in inside]
        best = max(best, bound(list(free), limit) + bound(others, sum(ground.limits) - limit))
    pinned = sum(
        sum(sizes[i] for i in share.members) * model.scenarios.probability(share.members)
        for share in ground.pinned
    )
    return best + pinned
