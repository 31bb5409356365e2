"""The layer budget: what the clients allow, and the count with which a release arrives soonest."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from nixdive.errors import BudgetError, PlanError
from nixdive.layering.plan import Layer, LayerKind, LayerPlan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nixdive.clients.delivery import Delivery
    from nixdive.layering.change.model import ChangeModel
    from nixdive.layering.request import PlanRequest
    from nixdive.workspace.pricer import Pricer

Auto: TypeAlias = Literal["auto"]
AUTO: Final = "auto"
_SAME: Final = 1.01  # seconds this near to each other are the same
_OTHERS: Final = "some clients take more layers, see --client"
_COUNTS: Final = 24  # that are tried
# these have the layers that they are told, or one
_FIXED: Final = frozenset({"keep", "pipeline", "single"})


@dataclass(frozen=True, slots=True)
class Room:
    """How many layers an image may have.

    Attributes:
        delivery: the clients that have to take it.
        reserve: how many layers are left for images that are built on top.
    """

    delivery: Delivery
    reserve: int = 0

    @property
    def most(self) -> int:
        """The largest budget; less than 1 where all layers are reserved."""
        return self.delivery.most_layers - self.reserve

    @property
    def words(self) -> str:
        """What limits it, in a sentence."""
        if self.most < 1:
            return f"{self.delivery.limit}, and {self.reserve} are to be reserved"
        return self.delivery.limit + (f", of which {self.reserve} are reserved" if self.reserve else "")

    def refuse(self, asked: int | Auto | None) -> None:
        """Raise BudgetError if more layers are asked for than there is room for, or all are reserved."""
        if self.most < 1 or (isinstance(asked, int) and asked > self.most):
            wanted = f"a budget of {asked} layers" if isinstance(asked, int) else "so large a reserve"
            raise BudgetError(f"{wanted} does not fit: {self.words}", hint=_OTHERS)

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Let a BudgetError say what the clients take, where it asks for more than that."""
        try:
            yield
        except BudgetError as error:
            if error.needed is None or error.needed <= self.most:
                raise
            raise BudgetError(f"{error}; {self.words}", hint=_OTHERS, needed=error.needed) from error

    def fitted(self, request: PlanRequest, asked: int | Auto | None) -> PlanRequest:
        """Return a request whose budget leaves free what is reserved, unless its layers stay as they are.

        A budget from elsewhere, of a plan file or of the layers that are there, may be larger than what the
        clients take; one that was asked for may not.

        Args:
            request: with its budget.
            asked: what was asked for by a number.

        Raises:
            BudgetError: as `refuse`.
        """
        self.refuse(asked)
        if self.reserve and request.strategy != "keep":
            return request.within(min(request.max_layers, self.most))
        return request


def best_budget(pricer: Pricer, request: PlanRequest, most: int) -> int:
    """Return the budget with which a release is expected to arrive soonest, by the pricer's delivery.

    Of those that are within a hundredth of the best, the smallest. Layers that a request carries on are not
    merged for it: moving them would cost more than they take.

    Args:
        pricer: of the closure.
        request: what is asked for beside the budget.
        most: the largest budget that is allowed.
    """
    if request.strategy in _FIXED or not pricer.planner.closure.sized:
        return min(request.max_layers, most)
    model = pricer.planner.model(request.rates)
    carried = 0 if pricer.follows(request) else pricer.carried(request)
    least = carried + pricer.planner.frame.count(keep=False) if carried else 1
    found = {
        len(plan.layers): pricer.seconds(plan, model).release
        for plan in _plans(pricer, request.anew(), model, most)
    }
    if not found:  # nothing can be met, which the plan will say
        return min(request.max_layers, most)
    return min(max(soonest(found), least), most)


def soonest(seconds: Mapping[int, float]) -> int:
    """Return the smallest count whose seconds are within a hundredth of the fewest."""
    fewest = min(seconds.values())
    return min(count for count, one in seconds.items() if one <= fewest * _SAME)


def tried(most: int, counts: int) -> tuple[int, ...]:
    """Return so many budgets at most, from 1 to the largest, the small ones closer together."""
    shares = (i / max(counts - 1, 1) for i in range(counts))
    return tuple(sorted({round(1 + (most - 1) * share**1.5) for share in shares}))


def _plans(pricer: Pricer, request: PlanRequest, model: ChangeModel, most: int) -> Iterator[LayerPlan]:
    """Yield a plan for each of some budgets: those of churn are made out of the largest by merging layers."""
    planner = pricer.planner
    if request.strategy == "churn":
        yield from _merged(planner.solve(replace(request, max_layers=most)), model, most)
        return
    for budget in tried(most, _COUNTS):
        try:
            yield planner.solve(replace(request, max_layers=budget), chances=False)
        except PlanError:
            continue


def _merged(plan: LayerPlan, model: ChangeModel, most: int) -> Iterator[LayerPlan]:
    from nixdive.layering.churn.atoms import Atoms
    from nixdive.layering.churn.hierarchy import BottomUp

    closure = model.closure
    free = [one for one in plan.layers if one.kind is LayerKind.STORE and one.pin is None and not one.frozen]
    yield plan
    if not free:
        return
    groups = [[closure.index[path] for path in layer.paths] for layer in free]
    atoms = Atoms.apart(model.scenarios, closure.nar_sizes, [i for group in groups for i in group])
    merges = BottomUp(atoms, atoms.named(groups))
    others = [layer for layer in plan.layers if layer not in free]
    for count in tried(min(most, len(free)), _COUNTS):
        layers = [[atoms.members[at][0] for at in layer.tolist()] for layer in merges.layers(count)]
        yield replace(plan, layers=_ordered(others, layers, model))


def _ordered(
    others: Sequence[Layer], layers: Sequence[Sequence[int]], model: ChangeModel
) -> tuple[Layer, ...]:
    """Return the layers of a plan, those of the store by how often they change, as `churn` has them."""
    closure = model.closure
    stored = [layer for layer in others if layer.kind is LayerKind.STORE]
    for members in layers:
        size = sum(closure.nar_sizes[i] for i in members)
        paths = tuple(closure.paths[i] for i in members)
        chance = model.scenarios.probability(members)
        stored.append(Layer(LayerKind.STORE, paths, size, "", change_probability=chance))
    stored.sort(key=lambda layer: layer.change_probability or 0.0)
    below = [layer for layer in others if layer.kind is LayerKind.BASE]
    above = [layer for layer in others if layer.kind is LayerKind.CUSTOMISATION]
    return (*below, *stored, *above)
