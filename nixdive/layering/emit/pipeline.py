"""A plan as nixpkgs' `layeringPipeline`."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import LayerPlan
    from nixdive.store.path import StorePath

# groups that a pass of the sorting takes apart: the more they are, the fewer passes and the more stages
_GROUPS = 32
_MERGE = ["limit_layers", 1]


def stages_of(closure: Closure, plan: LayerPlan) -> list[Any]:
    """Return the stages of a pipeline that makes the store layers of the plan: same paths, same order.

    Any plan can be said so. The stages of the language that take paths out of a graph follow its arrows, and
    take along what the paths need. So the arrows go first: groups of one path have none between them, and
    groups that are merged get none. From then on a stage takes out exactly the paths that it names.

    nixpkgs puts the smallest path of a layer first. Where the plan has another order, which makes other bytes
    of the layer's tar, all layers are sorted at once before they are taken out, by a radix sort: groups that
    were taken out and merged again lie one behind the other.

    The paths of the last layer are not named. It takes whatever the graph has besides.
    """
    layers = plan.stored
    gone = sorted({*plan.request.exclude, *plan.left_out})
    stages: list[Any] = [["remove_paths", _texts(gone)]] if gone else []
    stages.append(["split_every", 1])
    if layers:  # nixpkgs cannot merge no groups at all
        stages.append(_MERGE)
    for groups in _passes(closure, layers):
        stages += [*_apart(groups), _MERGE]
    return stages + _apart(layers)


def pipeline_text(closure: Closure, plan: LayerPlan) -> str:
    """Return the same pipeline as JSON, a store path on each line."""
    stages = ",\n  ".join(map(json.dumps, stages_of(closure, plan)))
    text = stages.replace('["/', '[\n    "/').replace(', "/', ',\n    "/')
    return f"[\n  {text}\n]\n"


def _apart(groups: Sequence[Sequence[StorePath]]) -> list[Any]:
    """Return the stages that make these groups out of one graph; the last one is what is left."""
    # of a graph that has none of the paths split_paths makes the graph again, and never an empty one
    return [
        stage for group in groups[:-1] for stage in (["map", ["split_paths", _texts(group)]], ["flatten"])
    ]


def _passes(closure: Closure, layers: Iterable[Sequence[StorePath]]) -> Iterator[list[list[StorePath]]]:
    """Give for each pass of the sorting its groups, the lowest digit first."""
    falls: dict[StorePath, int] = {}
    for layer in layers:
        falls |= _falls(closure, layer)
    unit = 1
    while unit <= max(falls.values(), default=0):
        groups = defaultdict(list)
        for path, count in falls.items():
            groups[count // unit % _GROUPS].append(path)
        yield [groups[digit] for digit in sorted(groups, reverse=True)]
        unit *= _GROUPS


def _falls(closure: Closure, layer: Sequence[StorePath]) -> dict[StorePath, int]:
    """Return for each path how often, from it to the end of the layer, one stands before a smaller one.

    Paths with the same count lie as nixpkgs has them. Where sizes are unknown, so is that.
    """

    def place(path: StorePath) -> tuple[int, int]:
        index = closure.index[path]
        return closure.nar_sizes[index], index

    count = 0
    falls = {layer[-1]: count}
    for later, path in pairwise(reversed(layer)):
        count += not closure.sized or place(path) > place(later)
        falls[path] = count
    return falls


def _texts(paths: Iterable[StorePath]) -> list[str]:
    return [str(path) for path in paths]
