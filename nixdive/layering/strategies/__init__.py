"""The strategies: each lays out the paths that no pin and no exclusion has taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from nixdive.catalogue import Catalogue
from nixdive.layering.request import DEFAULT_HORIZON
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.change.model import ChangeModel


@dataclass(frozen=True, slots=True)
class Task:
    """What a strategy is asked to do.

    Attributes:
        closure: the whole closure.
        free: indices of the paths to lay out, sorted: neither pinned nor excluded.
        excluded: indices of the excluded paths; they go into no layer, but nixpkgs' algorithms look at them.
        limit: how many layers there may be at most, at least 1.
        pipeline: the `layeringPipeline` JSON of the request, or None.
        found: the layers as they were found, as indices, lowest first.
        model: what is believed of the releases to come, where it has been worked out.
        there: those of the found layers that the registry has.
        horizon: over how many releases a push now may pay; with 0 what is pushed now counts first.
    """

    closure: Closure
    free: tuple[int, ...]
    excluded: frozenset[int]
    limit: int
    pipeline: str | None = None
    found: tuple[tuple[int, ...], ...] = ()
    model: ChangeModel | None = None
    there: frozenset[tuple[int, ...]] = frozenset()
    horizon: int = DEFAULT_HORIZON


@dataclass(frozen=True, slots=True)
class Group:
    """One layer to be.

    Attributes:
        members: indices in the order in which the tar has them.
        reason: why they are together.
        left_out: whether they go into no layer instead, because the strategy was told so.
        pin: the name of the layer where pins made it, which no strategy does.
        frozen: whether it was asked for path by path, which no strategy does.
    """

    members: tuple[int, ...]
    reason: str
    left_out: bool = False
    pin: str | None = None
    frozen: bool = False


class Strategy(Protocol):
    """Lays out exactly the free paths of a task in at most `limit` groups, lowest layer first."""

    def __call__(self, task: Task) -> Sequence[Group]:
        """Return the groups; none is empty. Raise PlanError where the task cannot be done."""


def alone_then_rest(task: Task, ranked: Sequence[int], why: Callable[[int], str]) -> list[Group]:
    """Return one group for each path in the given order; over the limit the last ones share one.

    Args:
        task: what gives the limit.
        ranked: all free paths, the lowest layer first.
        why: the reason why a path is alone.
    """
    alone = ranked if len(ranked) <= task.limit else ranked[: task.limit - 1]
    groups = [Group((i,), why(i)) for i in alone]
    if len(alone) < len(ranked):
        rest = ranked[len(alone) :]
        groups.append(Group(tuple(rest), f"the rest: {counted(len(rest), 'path')}"))
    return groups


STRATEGIES: Catalogue[Strategy] = Catalogue(
    "strategy",
    {
        name: f"nixdive.layering.strategies.{name}:{name}"
        for name in ("churn", "nixpkgs", "popularity", "size", "each", "single", "pipeline", "keep")
    },
)
