"""`churn`: the fewest bytes that a release is expected to push."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from nixdive.layering.change.model import ChangeModel
from nixdive.layering.churn.search import PIECES, Search
from nixdive.layering.strategies import STRATEGIES, Group, Task

if TYPE_CHECKING:
    from collections.abc import Sequence


_OTHERS = ("nixpkgs", "size", "popularity")
_FEW = 8  # where at most one path of so many is laid out otherwise, the search goes on from that for all
_HALF = 2  # as above for closures of more paths than pieces: to find those takes longest
# budgets and pins are what people change most, and little of the search depends on them
_KEPT = 4  # searches for some of the paths, besides the one for all
_SEARCHES: WeakKeyDictionary[ChangeModel, dict[tuple[int, ...], Search]] = WeakKeyDictionary()
# a thread that wants what another one is searching for finds it when that one is done
_ONE_AT_A_TIME = Lock()


def churn(task: Task) -> Sequence[Group]:
    """Lay out so that a release is expected to push the fewest NAR bytes, under the change model of the task.

    No more is expected to be pushed than under `nixpkgs`, `size` and `popularity`: where one
    of them is better, the search goes on from there.
    """
    model = task.model or ChangeModel.of(task.closure)
    with _ONE_AT_A_TIME:
        return from_search(task, model, search_of(model, task.free))


def from_search(task: Task, model: ChangeModel, search: Search) -> Sequence[Group]:
    """Lay out as `churn` by a search for the free paths of the task."""
    others = (
        [group.members for group in STRATEGIES.get(name)(task) if not group.left_out] for name in _OTHERS
    )
    layers = [task.closure.ordered(layer) for layer in search.layers(task.limit, others)]
    return [Group(layer, model.reason(layer)) for layer in layers]


def search_of(model: ChangeModel, free: Sequence[int]) -> Search:
    """Return the search for some paths; what is worked out does not depend on what was asked before."""
    kept = _SEARCHES.setdefault(model, {})
    wanted, everyone = tuple(free), tuple(range(len(model.closure)))
    if (found := kept.get(wanted)) is not None:
        return found
    scenarios, sizes = model.scenarios, model.closure.nar_sizes
    among = None
    few = _FEW if len(everyone) <= PIECES else _HALF
    if wanted != everyone and (len(everyone) - len(wanted)) * few <= len(everyone):
        among = kept.get(everyone)
        if among is None:
            among = kept[everyone] = Search(scenarios, sizes, everyone)
    search = kept[wanted] = Search(scenarios, sizes, wanted, among)
    for old in [one for one in kept if one != everyone][:-_KEPT]:
        del kept[old]
    return search
