"""From a request to the plan of a fleet, and what it is expected to cost, release after release."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Self

from nixdive.errors import PlanError
from nixdive.layering.change.model import ChangeModel
from nixdive.layering.churn.search import Near, Search
from nixdive.layering.fleet.carry import carry
from nixdive.layering.fleet.cost import Bill, FleetCost, floor
from nixdive.layering.fleet.ground import Ground, Share, shared
from nixdive.layering.fleet.image import FleetImage, keys
from nixdive.layering.fleet.plan import FleetLayer, FleetPlan
from nixdive.layering.fleet.search import Joint
from nixdive.layering.plan import problems
from nixdive.layering.solve import solve
from nixdive.layering.strategies import STRATEGIES, Group, Task
from nixdive.layering.strategies.churn import from_search
from nixdive.processors import Spread, workers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.fleet.ground import Share
    from nixdive.layering.planfile import PlannedLayer
    from nixdive.layering.request import PlanRequest
    from nixdive.store.path import StorePath

JOINT = "churn"
_USUAL = "nixpkgs"  # how images are laid out that nobody has planned
_MANY = 100  # images from which on each is laid out alone from the pieces of all: a little worse, and quick
_FEW = 5000  # paths of all images, up to which it is not worth it to start processes
_OWN = 2000  # paths of all images, up to which each image is searched alone, whatever the joint plan is


@dataclass(frozen=True, slots=True)
class FleetHistory:
    """What was pushed of a fleet before.

    Attributes:
        closures: of the whole fleet, oldest first: what changes and how often can be seen in them.
        pushed: the store layers that the registry has.
        assumed: strategy and layer budget by which versions are taken to have been laid out of which only the
            closure is known; None where there is none.
    """

    closures: tuple[Closure, ...] = ()
    pushed: frozenset[tuple[StorePath, ...]] = frozenset()
    assumed: tuple[str, int] | None = None


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
    with _Apart(ground, model) as apart:
        least = floor(ground, model)
        if request.strategy == JOINT:
            if carried:
                found = carry(ground, keys(images), carried, model, past.pushed)
                apart.search()
            else:
                found = _joint(ground, model, apart)
            shares = [*ground.pinned, *_stable_first(model, found)]
            plan = _plan(images, request, model, shares)
        else:
            apart.search()
            plan, shares = _by_strategy(images, request, model)
        _check(images, plan)
        own, separate, nixpkgs = (
            Bill.of(layout, model, len(images)) for layout in (shares, *apart.layouts.values())
        )
        return Solved(plan, FleetCost(own, separate, nixpkgs, least))


def _joint(ground: Ground, model: ChangeModel, apart: _Apart) -> list[Share]:
    """Plan the free paths together; the result costs no more than where each image is laid out alone."""
    together = Joint.of(ground, model)
    if sum(map(len, ground.free)) <= _OWN:
        apart.search()
        return together.search(apart.layouts.values())
    found = together.search()
    apart.near(found)
    return together.better(found, apart.layouts.values())


class _Common:
    """What the layouts of images alone have in common.

    Args:
        union: all paths.
        model: of them.
        paths: those that are laid out in any image.
        images: how many there are.
    """

    def __init__(self, union: Closure, model: ChangeModel, paths: Sequence[int], images: int) -> None:
        self.union = union
        self.model = model
        self._paths = paths
        self._images = images

    def search(self, free: Sequence[int]) -> Search:
        """Return the search for the paths of an image; of many images it goes on from pieces of all paths."""
        whole = self._whole if self._images > _MANY else None
        return Search(self.model.scenarios, self.union.nar_sizes, free, whole)

    @cached_property
    def near(self) -> Near:
        """What finds layouts that are near to others."""
        return Near(self.model.scenarios, self.union.nar_sizes, self._paths)

    @cached_property
    def _whole(self) -> Search:
        return Search(self.model.scenarios, self.union.nar_sizes, self._paths)


class _One(NamedTuple):
    """How an image is laid out alone.

    Attributes:
        strategy: by which of the two.
        free: the paths.
        excluded: those that go into no layer.
        limit: how many layers it may have.
        near: layers that are good already, to go on from; none where they are to be searched for.
    """

    strategy: str
    free: tuple[int, ...]
    excluded: frozenset[int]
    limit: int
    near: tuple[tuple[int, ...], ...] = ()


def _alone(common: _Common, one: _One) -> list[Group]:
    """Return the layers of an image."""
    task = Task(common.union, one.free, one.excluded, one.limit, model=common.model)
    if one.near:
        layers = common.near.layers(one.near, one.limit)
        return [Group(common.union.ordered(layer), "") for layer in layers]
    if one.strategy == JOINT:
        groups = from_search(task, common.model, common.search(one.free))
    else:
        groups = STRATEGIES.get(one.strategy)(task)
    return [group for group in groups if not group.left_out]


class _Apart:
    """The layers that `churn` and `nixpkgs` make of the free paths of each image alone.

    These two look at nothing but what an image's paths need, and that is the same in the union. Images are
    laid out in other processes while this one does something else.
    """

    def __init__(self, ground: Ground, model: ChangeModel) -> None:
        self._pinned = ground.pinned
        asked: dict[_One, list[int]] = {}
        for image, (free, limit, held) in enumerate(
            zip(ground.free, ground.limits, ground.held, strict=True)
        ):
            if free:
                one = _One(_USUAL, free, ground.excluded.intersection(held), limit)
                asked.setdefault(one, []).append(image)
        self._asked = list(asked)
        self._images = list(asked.values())
        jobs = workers() if sum(len(one.free) for one in asked) > _FEW else 1
        paths = sorted({path for one in asked for path in one.free})
        common = _Common(ground.union, model, paths, len(asked))
        self._spread = Spread(_alone, common, self._asked, jobs)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._spread.__exit__()

    def search(self) -> None:
        """Search for the layers of each image by `churn`."""
        self._spread.add(one._replace(strategy=JOINT) for one in self._asked)

    def near(self, shares: Sequence[Share]) -> None:
        """Let the layers of each image by `churn` go on from those of a plan for all images."""
        layers: list[list[tuple[int, ...]]] = [[] for _ in range(1 + max(map(max, self._images), default=0))]
        for share in shares:
            for image in share.images:
                layers[image].append(share.members)
        self._spread.add(
            one._replace(strategy=JOINT, near=tuple(sorted(layers[first])))
            for one, (first, *_) in zip(self._asked, self._images, strict=True)
        )

    @cached_property
    def layouts(self) -> dict[str, list[Share]]:
        """The layers by `churn`, which are asked for before, and by `nixpkgs`; with those of the pins."""
        found = self._spread.results()
        return {
            name: [*self._pinned, *shared(self._by_image(layouts))]
            for name, layouts in ((JOINT, found[len(self._asked) :]), (_USUAL, found[: len(self._asked)]))
        }

    def _by_image(self, layouts: Sequence[list[Group]]) -> list[tuple[int, list[Group]]]:
        found = [
            (image, layout) for images, layout in zip(self._images, layouts, strict=True) for image in images
        ]
        return sorted(found, key=lambda one: one[0])


def _stable_first(model: ChangeModel, shares: Iterable[Share]) -> list[Share]:
    paths = model.closure.paths

    def key(share: Share) -> tuple[float, str, tuple[int, ...]]:
        return model.scenarios.probability(share.members), paths[share.members[0]].name, share.members

    return sorted(shares, key=key)


def _plan(
    images: Sequence[FleetImage], request: PlanRequest, model: ChangeModel, shares: Sequence[Share]
) -> FleetPlan:
    layers: list[list[int]] = [[] for _ in images]
    for at, share in enumerate(shares):
        for image in share.images:
            layers[image].append(at)
    return FleetPlan(
        request,
        tuple(image.name for image in images),
        keys(images),
        tuple(map(tuple, layers)),
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


def _by_strategy(
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
