"""`churn`: the fewest bytes that a release is expected to push."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from nixdive.layering.change.model import ChangeModel
from nixdive.layering.change.reason import reason
from nixdive.layering.churn.search import Search
from nixdive.layering.order import by_name
from nixdive.layering.strategies import STRATEGIES, Group

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.layering.strategies import Task

_OTHERS = ("nixpkgs", "size", "popularity")
# the budget is what people change most, and little of the search depends on it
_SEARCHES: WeakKeyDictionary[ChangeModel, tuple[tuple[int, ...], Search]] = WeakKeyDictionary()


def churn(task: Task) -> Sequence[Group]:
    """Lay out so that a release is expected to push the fewest NAR bytes, under the change model of the task.

    No more is expected to be pushed than under `nixpkgs`, `size` and `popularity`: where one
    of them is better, the search goes on from there.
    """
    model = task.model or ChangeModel.of(task.closure)
    paths, search = _SEARCHES.get(model, ((), None))
    if search is None or paths != task.free:
        search = Search(model.scenarios, task.closure.nar_sizes, task.free)
        _SEARCHES[model] = (task.free, search)
    others = (
        [group.members for group in STRATEGIES.get(name)(task) if not group.left_out] for name in _OTHERS
    )
    layers = [by_name(task.closure, layer) for layer in search.layers(task.limit, others)]
    return [Group(layer, reason(model, layer)) for layer in layers]
