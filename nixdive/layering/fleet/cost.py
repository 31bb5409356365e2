"""What the layout of a fleet costs, and what every layout of it within its budgets costs at least."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering.cost import lower_bound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nixdive.layering.change.model import ChangeModel
    from nixdive.layering.change.scenarios import Costs
    from nixdive.layering.fleet.ground import Ground, Share

_BOUNDS = 12  # images whose bounds are worked out; each holds for the fleet


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


def _in_ranks(chances: Costs, sizes: Costs, count: int) -> float:
    """Return what one layout of paths costs if layers change as often as the member that changes most.

    The bound of `lower_bound` is no larger.
    """
    if len(chances) <= count:
        return float(chances @ sizes)
    order = np.argsort(chances)
    ranked = chances[order]
    # small where many bytes change a little more often than those before them
    far = np.cumsum(np.sqrt(np.diff(ranked, prepend=0.0) * sizes[order]))
    rank = np.minimum((far / max(far[-1], 1e-300) * count).astype(np.int64), count - 1)
    starts = np.flatnonzero(np.diff(rank, prepend=-1))
    tops = ranked[np.append(starts[1:], len(ranked)) - 1]
    return float(np.add.reduceat(sizes[order], starts) @ tops)


def floor(ground: Ground, model: ChangeModel) -> float:
    """Return bytes that every layout of the fleet within its budgets is expected to push.

    The layers of one image are a layout of its paths and hold no others; all other paths lie in other layers,
    of which there are at most as many as the other images may have. Every image gives such a bound.
    """
    chances = model.scenarios.chances
    sizes = np.array(ground.union.nar_sizes, dtype=np.float64)
    everything = np.unique(np.concatenate([np.array(free, dtype=np.int64) for free in ground.free]))
    both = []
    for free, limit in zip(ground.free, ground.limits, strict=True):
        mine = np.array(free, dtype=np.int64)
        rest = np.setdiff1d(everything, mine, assume_unique=True)
        both.append(((mine, limit), (rest, sum(ground.limits) - limit)))
    most = [fsum(_in_ranks(chances[paths], sizes[paths], limit) for paths, limit in parts) for parts in both]
    best: float = 0.0
    for image in sorted(range(len(both)), key=lambda image: -most[image])[:_BOUNDS]:
        if most[image] > best:
            parts = [(chances[paths], sizes[paths].tolist(), limit) for paths, limit in both[image]]
            best = max(best, fsum(lower_bound(*part) for part in parts if len(part[1])))
    pinned = fsum(
        float(sizes[list(share.members)].sum()) * model.scenarios.probability(share.members)
        for share in ground.pinned
    )
    return best + pinned
