"""From a request to the plan of a fleet, and what it is expected to cost, release after release."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from nixdive.errors import PlanError
from nixdive.layering.change.model import ChangeModel
from nixdive.layering.churn.search import Search
from nixdive.layering.cost import lower_bound
from nixdive.layering.fleet.carry import carry
from nixdive.layering.fleet.ground import Ground, Share, shared
from nixdive.layering.fleet.image import FleetImage, keys
from nixdive.layering.fleet.plan import FleetLayer, FleetPlan
from nixdive.layering.fleet.search import joint
from nixdive.layering.plan import problems
from nixdive.layering.solve import solve
from nixdive.layering.strategies import STRATEGIES, Group, Task
from nixdive.layering.strategies.churn import from_search
from nixdive.processors import processors, spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.fleet.ground import Share
    from nixdive.layering.planfile import PlannedLayer
    from nixdive.layering.request import PlanRequest
    from nixdive.store.path import StorePath

JOINT = "churn"
_FEW = 5000  # paths of all images, up to which it is not worth it to start processes


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


def _floor(ground: Ground, model: ChangeModel) -> float:
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


@dataclass(frozen=True, slots=True)
class FleetHistory:
    """What was pushed of a fleet before.

    Attributes:
        closures: of the whole fleet, oldest first: what changes and how often can be seen in them.
        pushed: the store layers that the registry has.
    """

    closures: tuple[Closure, ...] = ()
    pushed: frozenset[tuple[StorePath, ...]] = frozenset()


class Solved(NamedTuple):
    """A plan and what it costs."""

    plan: FleetPlan
    cost: FleetCost


def solve_fleet(
    images: Sequence[FleetImage],
    request: PlanRequest,
    past: FleetHistory = FleetHistory(),
    carried: Sequence[PlannedLayer] = (),
) -> Solved:
    """Lay out the images of a fleet.

    Under the strategy `churn` the layers of all images are planned together: what is expected to be pushed
    and what the images are expected to pull is least, of what is found, and no more than where each image
    is laid out alone by `churn` or `nixpkgs`. Any other strategy lays out each image alone.

    Layers that change least lie lowest, above those of the pins; a strategy for one image keeps its order.

    Args:
        images: the images; their order makes no difference to the layers.
        request: what is asked for; the budget is that of each image.
        past: what was pushed before.
        carried: the layers of an earlier plan; then `churn` leaves them as they were.

    Raises:
        BudgetError, PinError, UnknownPathError, UnknownNameError, PlanError: as `solve`.
    """
    if not images:
        raise PlanError("no image was named")
    ground = Ground.of(images, request)
    model = ChangeModel.of(ground.union, past.closures, request.rates)
    apart = {name: [*ground.pinned, *shares] for name, shares in _each(ground, model).items()}
    if request.strategy == JOINT:
        found = (
            carry(ground, keys(images), carried, model, past.pushed)
            if carried
            else joint(ground, model, apart.values())
        )
        shares = [*ground.pinned, *_stable_first(model, found)]
        plan = _plan(images, request, model, shares)
    else:
        plan, shares = _apart(images, request, model)
    _check(images, plan)
    count = len(images)
    cost = FleetCost(
        Bill.of(shares, model, count),
        Bill.of(apart["churn"], model, count),
        Bill.of(apart["nixpkgs"], model, count),
        _floor(ground, model),
    )
    return Solved(plan, cost)


class _Common(NamedTuple):
    """What the layouts of images alone have in common."""

    union: Closure
    model: ChangeModel


class _One(NamedTuple):
    """An image that is laid out alone: what is free and excluded, and how many layers it may have."""

    free: tuple[int, ...]
    excluded: frozenset[int]
    limit: int


def _alone(common: _Common, one: _One) -> dict[str, list[Group]]:
    """Return the layers that `churn` and `nixpkgs` make of an image."""
    task = Task(common.union, *one, model=common.model)
    scenarios, sizes = common.model.scenarios, common.union.nar_sizes
    by_churn = from_search(task, common.model, Search(scenarios, sizes, one.free, cut=False))
    layouts = {"churn": by_churn, "nixpkgs": STRATEGIES.get("nixpkgs")(task)}
    return {name: [group for group in groups if not group.left_out] for name, groups in layouts.items()}


def _each(ground: Ground, model: ChangeModel) -> dict[str, list[Share]]:
    """Return the layers that `churn` and `nixpkgs` make of the free paths of each image alone.

    These two look at nothing but what an image's paths need, and that is the same in the union.
    """
    asked: dict[_One, list[int]] = {}
    for image, (free, limit, held) in enumerate(zip(ground.free, ground.limits, ground.held, strict=True)):
        if free:
            asked.setdefault(_One(free, ground.excluded.intersection(held), limit), []).append(image)
    paths = sum(len(one.free) for one in asked)
    jobs = processors() if paths > _FEW else 1
    layouts = spread(_alone, _Common(ground.union, model), list(asked), jobs)
    by_image = {
        image: layout for images, layout in zip(asked.values(), layouts, strict=True) for image in images
    }
    return {
        name: shared((image, by_image[image][name]) for image in sorted(by_image))
        for name in ("churn", "nixpkgs")
    }


def _stable_first(model: ChangeModel, shares: Iterable[Share]) -> list[Share]:
    paths = model.closure.paths

    def key(share: Share) -> tuple[float, str, tuple[int, ...]]:
        return model.scenarios.probability(share.members), paths[share.members[0]].name, share.members

    return sorted(shares, key=key)


def _plan(
    images: Sequence[FleetImage], request: PlanRequest, model: ChangeModel, shares: Sequence[Share]
) -> FleetPlan:
    return FleetPlan(
        request,
        tuple(image.name for image in images),
        keys(images),
        tuple(
            tuple(at for at, share in enumerate(shares) if image in share.images)
            for image in range(len(images))
        ),
        tuple(_layer(share, model) for share in shares),
        ((),) * len(images),
        model.closure.sized,
    )


def _layer(share: Share, model: ChangeModel) -> FleetLayer:
    closure = model.closure
    return FleetLayer(
        tuple(closure.paths[i] for i in share.members),
        share.images,
        sum(closure.nar_sizes[i] for i in share.members),
        model.scenarios.probability(share.members),
        share.reason,
        share.pin,
    )


def _apart(
    images: Sequence[FleetImage], request: PlanRequest, model: ChangeModel
) -> tuple[FleetPlan, list[Share]]:
    """Lay out each image by itself, and find the layers that happen to be the same."""
    index = model.closure.index
    layouts: list[list[Group]] = []
    left_out: list[tuple[StorePath, ...]] = []
    for image in images:
        single = solve(image.closure, request.narrowed(image.closure.index), image.frame)
        left_out.append(single.left_out)
        layouts.append(
            [
                Group(tuple(index[path] for path in layer.paths), layer.reason, pin=layer.pin)
                for layer in single.layers
                if layer.paths
            ]
        )
    shares = shared(enumerate(layouts))
    place = {share.members: at for at, share in enumerate(shares)}
    plan = _plan(images, request, model, shares)
    orders = tuple(tuple(place[group.members] for group in layout) for layout in layouts)
    return replace(plan, images=orders, left_out=tuple(left_out)), shares


def _check(images: Sequence[FleetImage], plan: FleetPlan) -> None:
    for number, image in enumerate(images):
        wrong = problems(image.closure, plan.plan_of(number, image))
        assert not wrong, wrong  # noqa: S101  a search with a bug must not cost anyone a path
