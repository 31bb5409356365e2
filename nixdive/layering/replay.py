"""A history, replayed: what every release would have pushed."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nixdive.layering.compare import push
from nixdive.layering.planner import Planner

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import LayerPlan
    from nixdive.layering.request import PlanRequest
    from nixdive.store.path import StorePath


@dataclass(frozen=True, slots=True)
class Replayed:
    """What releases pushed under one way of planning.

    Attributes:
        strategy: how they were laid out.
        max_layers: within which budget.
        carried: whether each plan was carried on to the next version, or each version laid out anew.
        push_bytes: bytes of each release after the first version.
        seconds: the time of all plans.
    """

    strategy: str
    max_layers: int
    carried: bool
    push_bytes: tuple[int, ...]
    seconds: float

    @property
    def total(self) -> int:
        """Bytes of all releases after the first version."""
        return sum(self.push_bytes)


def replay(versions: Sequence[Closure], request: PlanRequest, *, carried: bool) -> Replayed:
    """Plan each version, and push it to a registry that has those before it.

    Args:
        versions: oldest first.
        request: what is asked for each.
        carried: whether each plan is carried on to the next version, knowing all versions before it; else
            each version is laid out by itself, knowing none of them.

    Raises:
        PlanError: the request cannot be met.
    """
    began = time.perf_counter()
    plans: list[LayerPlan] = []
    pushed: list[int] = []
    for number, closure in enumerate(versions):
        if carried and plans:
            asked = replace(request, carried=_layers(plans[-1]))
            plan = Planner(closure, history=versions[:number], pushed=plans).solve(asked, chances=False)
        else:
            plan = Planner(closure).solve(request, chances=False)
        if plans:
            pushed.append(push(plan, *plans).push_bytes)
        plans.append(plan)
    seconds = time.perf_counter() - began
    return Replayed(request.strategy, request.max_layers, carried, tuple(pushed), seconds)


def unavoidable(versions: Iterable[Closure]) -> tuple[int, ...]:
    """Return NAR bytes of the paths that each version has and none before it had: no layout pushes less."""
    known: set[StorePath] = set()
    found = []
    for closure in versions:
        sizes = zip(closure.paths, closure.nar_sizes, strict=True)
        found.append(sum(size for path, size in sizes if path not in known))
        known.update(closure.paths)
    return tuple(found[1:])


def _layers(plan: LayerPlan) -> tuple[tuple[StorePath, ...], ...]:
    return tuple(layer.paths for layer in plan.layers if layer.paths)
