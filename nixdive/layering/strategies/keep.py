"""`keep`: the layers as they were found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.errors import PlanError
from nixdive.layering.strategies import STRATEGIES, Group, Task
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence


def keep(task: Task) -> Sequence[Group]:
    """Keep each path in the layer it was found in, in the order it had there.

    A path that was found twice stays where it was found first. Paths that were found in no layer get one
    more, on top. Where that makes more layers than the limit, those are merged whose unions cost least
    together: what a release is expected to push more, and, spread over the horizon, what is pushed at once of
    layers that the registry has. Any may be, because no file of a store path lies in another one. A union
    takes the place of its lowest layer.

    Raises:
        PlanError: no layers were found, because the input is not an image.
    """
    if not task.found:
        others = ", ".join(name for name in STRATEGIES.names() if name != "keep")
        raise PlanError(
            "the strategy keep needs layers to keep, and the input has none", hint=f"choose another: {others}"
        )
    left = set(task.free)
    groups = []
    for layer in task.found:
        kept = tuple(i for i in dict.fromkeys(layer) if i in left)
        left.difference_update(kept)
        if kept:
            groups.append(Group(kept, "as it was found"))
    if left:
        groups.append(Group(task.closure.ordered(left), f"in no layer before: {counted(len(left), 'path')}"))
    return groups if len(groups) <= task.limit else _merged(task, groups)


def _merged(task: Task, groups: Sequence[Group]) -> list[Group]:
    import numpy as np  # noqa: PLC0415  who keeps all needs no numbers

    from nixdive.layering.change.model import ChangeModel  # noqa: PLC0415  as above
    from nixdive.layering.churn.atoms import Atoms  # noqa: PLC0415  as above
    from nixdive.layering.churn.unions import united  # noqa: PLC0415  as above

    model = task.model or ChangeModel.of(task.closure)
    paths = [i for group in groups for i in group.members]
    atoms = Atoms.apart(model.scenarios, task.closure.nar_sizes, paths)
    layers = atoms.joined(atoms.named(group.members for group in groups))
    there = np.array([group.members in task.there for group in groups])
    again = layers.sizes * there * model.scenarios.price(task.horizon)
    made = []
    for union in united(layers, again, task.limit):
        if len(union) == 1:
            made.append(groups[union[0]])
        else:
            members = tuple(i for at in union for i in groups[at].members)
            made.append(Group(members, f"merged; {model.reason(members)}"))
    return made
