"""Which store path of an earlier version each store path comes from."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from nixdive.layering.plan import LayerKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from nixdive.layering.plan import LayerPlan
    from nixdive.store.path import StorePath


def counterparts(new: Iterable[StorePath], old: Iterable[StorePath]) -> dict[StorePath, StorePath]:
    """Return for each new path the old one of the same package and output, each old one once.

    A path that stays is its own counterpart; of several of a package, those of the same name belong together,
    then the rest in their order.
    """
    waiting, left = sorted(new), sorted(old)
    pairs: dict[StorePath, StorePath] = {}
    keys: tuple[Callable[[StorePath], str], ...] = (str, lambda path: path.name, lambda path: path.lineage)
    for key in keys:
        by_key: defaultdict[str, list[StorePath]] = defaultdict(list)
        for path in left:
            by_key[key(path)].append(path)
        found = {path: by_key[key(path)].pop(0) for path in waiting if by_key.get(key(path))}
        pairs |= found
        taken = set(found.values())
        waiting = [path for path in waiting if path not in found]
        left = [path for path in left if path not in taken]
    return pairs


def homes(plan: LayerPlan, before: LayerPlan, pairs: dict[StorePath, StorePath]) -> dict[StorePath, int]:
    """Return for each path that is gone the layer of the plan that tells of it.

    It is the one that took in most of what lay in a layer with it; else the topmost store layer.

    Args:
        plan: the plan.
        before: the plan of the earlier version.
        pairs: the earlier path of each path.
    """
    layer_of = plan.layer_of()
    now = {old: layer_of[new] for new, old in pairs.items() if new in layer_of}
    store = [i for i, layer in enumerate(plan.layers) if layer.kind is LayerKind.STORE]
    rest = store[-1] if store else len(plan.layers) - 1
    found: dict[StorePath, int] = {}
    for layer in before.layers:
        votes = Counter(now[path] for path in layer.paths if path in now)
        home = min(votes, key=lambda i: (-votes[i], i)) if votes else rest
        found |= {path: home for path in layer.paths if path not in now}
    return found
