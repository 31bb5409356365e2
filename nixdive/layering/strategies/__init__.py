"""The strategies: each lays out the paths that no pin and no exclusion has taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from nixdive.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.closure.closure import Closure


@dataclass(frozen=True, slots=True)
class Task:
    """What a strategy is asked to do.

    Attributes:
        closure: the whole closure.
        free: indices of the paths to lay out, sorted: neither pinned nor excluded.
        excluded: indices of the excluded paths; they go into no layer, but nixpkgs' algorithms still look at them.
        limit: how many layers there may be at most, at least 1.
        pipeline: the `layeringPipeline` JSON of the request, or None.
        found: the layers as they were found, as indices, lowest first.
    """

    closure: Closure
    free: tuple[int, ...]
    excluded: frozenset[int]
    limit: int
    pipeline: str | None = None
    found: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """One layer to be: indices in the order in which the tar has them, and why they are together."""

    members: tuple[int, ...]
    reason: str


class Strategy(Protocol):
    """Lays out exactly the free paths of a task in at most `limit` groups, lowest layer first."""

    def __call__(self, task: Task) -> Sequence[Group]:
        """Return the groups; none is empty. Raise PlanError where the task cannot be done."""


STRATEGIES: Registry[Strategy] = Registry(
    "strategy",
    {
        name: f"nixdive.layering.strategies.{name}:{name}"
        for name in ("nixpkgs", "popularity", "pipeline", "size", "each", "single", "keep")
    },
)
