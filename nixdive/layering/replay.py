"""A history, replayed: what every release would have pushed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from nixdive.layering.compare import push
from nixdive.layering.plan import Frame
from nixdive.layering.solve import needs_model, solve
from nixdive.processors import Spread, workers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.change.model import ChangeModel
    from nixdive.layering.plan import LayerPlan
    from nixdive.layering.request import PlanRequest
    from nixdive.store.path import StorePath

_ALONE = 3000  # paths in all plans, up to which it is not worth it to start processes
_USUAL = "nixpkgs"  # how images are laid out that nobody has planned


@dataclass(frozen=True, slots=True)
class Replayed:
    """What releases pushed under one way of planning.

    Attributes:
        strategy: how they were laid out.
        max_layers: within which budget.
        carried: whether each plan was carried on to the next version, or each version laid out anew.
        first: how the first version was laid out.
        push_bytes: bytes of each release after the first version.
        seconds: the time of all plans; what several of them need is counted for the one that came first.
        least: bytes of all releases that no plans push less than after that first version; None for images.
    """

    strategy: str
    max_layers: int
    carried: bool
    first: str
    push_bytes: tuple[int, ...]
    seconds: float
    least: int | None = None

    @property
    def total(self) -> int:
        """Bytes of all releases after the first version."""
        return sum(self.push_bytes)

    @property
    def adopted(self) -> bool:
        """Whether the strategy took over layers that another one had made."""
        return self.first != self.strategy


class _Timed(NamedTuple):
    plan: LayerPlan
    seconds: float


class _History:
    """Versions of a closure; what no request changes is worked out once.

    Args:
        versions: oldest first.
    """

    def __init__(self, versions: Sequence[Closure]) -> None:
        self.versions = versions
        self._models: dict[tuple[int, bool], ChangeModel] = {}

    def anew(self, number: int, request: PlanRequest) -> _Timed:
        """Return the plan of a version by itself."""
        return self._plan(number, request)

    def carried(self, request: PlanRequest, first: str) -> list[_Timed]:
        """Return the plans of all versions, each carried on from the one before, and knowing all before.

        Args:
            request: what is asked for.
            first: the strategy of the first version.
        """
        found = [self.anew(0, request if first == request.strategy else request.laid_out_by(first))]
        for number in range(1, len(self.versions)):
            plans = [one.plan for one in found]
            found.append(self._plan(number, request.carrying_on(plans[-1]), plans))
        return found

    def _plan(self, number: int, request: PlanRequest, pushed: Sequence[LayerPlan] = ()) -> _Timed:
        began = time.perf_counter()
        model = self._model(number, informed=bool(pushed)) if needs_model(request) else None
        plan = solve(self.versions[number], request, Frame(), pushed, model)
        return _Timed(plan, time.perf_counter() - began)

    def _model(self, number: int, *, informed: bool) -> ChangeModel:
        """Return what is believed of the releases after a version, knowing all before it or none."""
        if (number, informed) not in self._models:
            from nixdive.layering.change.model import ChangeModel  # noqa: PLC0415  not every plan needs one

            past = self.versions[:number] if informed else ()
            self._models[number, informed] = ChangeModel.of(self.versions[number], past)
        return self._models[number, informed]


class _Way(NamedTuple):
    """How a history is planned.

    Attributes:
        request: what is asked for.
        carried: whether each plan is carried on to the next version.
        first: the strategy of the first version.
    """

    request: PlanRequest
    carried: bool
    first: str


class _Piece(NamedTuple):
    """What one process does at a time.

    Attributes:
        ways: how it is planned.
        version: the version to lay out by itself; None for all, each carried on from the one before.
    """

    ways: tuple[_Way, ...]
    version: int | None


def _planned(history: _History, piece: _Piece) -> list[list[_Timed]]:
    if piece.version is None:
        return [history.carried(way.request, way.first) for way in piece.ways]
    return [[history.anew(piece.version, way.request)] for way in piece.ways]


def replays(
    versions: Sequence[Closure], requests: Sequence[PlanRequest], jobs: int | None = None
) -> list[Replayed]:
    """Plan each version, and push it to a registry that has those before it; for each request twice or more.

    First each version is laid out by itself, knowing none of the others; then each plan is carried on to the
    next version, knowing all versions before it. `churn` is carried on once more from a first version that
    nixpkgs laid out: what it brings where images are there already. Others leave those layers as they are.

    Args:
        versions: oldest first.
        requests: what is asked for each.
        jobs: processes; None means one for each processor where that pays. The result does not depend on it,
            but for the seconds.

    Raises:
        PlanError: a request cannot be met.
    """
    paths = sum(map(len, versions)) * len(requests)
    if jobs is None:
        jobs = workers() if paths > _ALONE else 1
    ways = [way for request in requests for way in _ways(request)]
    anew = tuple(way for way in ways if not way.carried)
    carried = [way for way in ways if way.carried]
    # the longest first, so that no process is left with much while others are done
    carried.sort(key=lambda way: (needs_model(way.request), way.request.max_layers), reverse=True)
    pieces = [_Piece((way,), None) for way in carried]
    pieces += [_Piece(anew, number) for number in range(1, len(versions))]
    with Spread(_planned, _History(versions), pieces, jobs) as planned:
        found = planned.results()
    plans = {way: all_plans for way, (all_plans,) in zip(carried, found[: len(carried)], strict=True)}
    plans |= {  # the first version is laid out alike, whatever becomes of the next one
        way: [plans[way._replace(carried=True)][0], *(one for (one,) in of_way)]
        for way, *of_way in zip(anew, *found[len(carried) :], strict=True)
    }
    return [_row(way, plans[way], versions) for way in ways]


def _ways(request: PlanRequest) -> list[_Way]:
    name = request.strategy
    adopted = [_Way(request, carried=True, first=_USUAL)] if name == "churn" else []
    return [_Way(request, carried=False, first=name), _Way(request, carried=True, first=name), *adopted]


def _row(way: _Way, plans: Sequence[_Timed], versions: Sequence[Closure]) -> Replayed:
    made = [one.plan for one in plans]
    pushed = tuple(push(made[i], *made[:i]).push_bytes for i in range(1, len(made)))
    seconds = sum(one.seconds for one in plans)
    request, least = way.request, least_after(made[0], versions[1:])
    return Replayed(request.strategy, request.max_layers, way.carried, way.first, pushed, seconds, least)


def unavoidable(versions: Iterable[Closure]) -> tuple[int, ...]:
    """Return NAR bytes of the paths that each version has and none before it had: no layout pushes less."""
    known: set[StorePath] = set()
    found = []
    for closure in versions:
        sizes = zip(closure.paths, closure.nar_sizes, strict=True)
        found.append(sum(size for path, size in sizes if path not in known))
        known.update(closure.paths)
    return tuple(found[1:])


def least_after(first: LayerPlan, later: Sequence[Closure]) -> int:
    """Return NAR bytes that the versions after a first one push at least, together, under any plans.

    Wherever a version has a path, and no longer all of the layer in which that lay at first, the path is in
    a layer that was pushed after the first version. So each such path was pushed once or more.

    Args:
        first: the layers of the first version, all of them in the registry.
        later: the versions after it.
    """
    layers = [frozenset(layer) for layer in first.stored]
    lay = {path: layer for layer in layers for path in layer}
    found: dict[StorePath, int] = {}
    for closure in later:
        whole = {layer for layer in layers if layer <= closure.index.keys()}
        sizes = zip(closure.paths, closure.nar_sizes, strict=True)
        found |= {path: size for path, size in sizes if lay.get(path) not in whole}
    return sum(found.values())
