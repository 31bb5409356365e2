"""A plan as nixpkgs' `layeringPipeline`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from nixdive.layering.plan import LayerKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nixdive.layering.plan import LayerPlan
    from nixdive.store.path import StorePath


def stages_of(plan: LayerPlan) -> list[Any]:
    """Return the stages of a pipeline that makes the store layers of the plan, in its order.

    Any plan can be said so. The stages of the language that take paths out of a graph follow its arrows, and
    take along what the paths need. So the arrows go first: groups of one path have none between them, and
    groups that are merged get none. Then each stage takes out exactly the paths that it names.

    The paths of the last layer are not named. It takes whatever the graph has besides, like a path that
    another release brings. Within a layer nixpkgs puts the smallest path first.
    """
    layers = [layer.paths for layer in plan.layers if layer.kind is LayerKind.STORE]
    gone = sorted({*plan.request.exclude, *plan.left_out})
    stages: list[Any] = [["remove_paths", _texts(gone)]] if gone else []
    stages.append(["split_every", 1])
    if layers:  # nixpkgs cannot merge no groups at all
        stages.append(["limit_layers", 1])
    for paths in layers[:-1]:
        # of a graph that has none of the paths split_paths makes itself again, and never an empty one
        stages += [["map", ["split_paths", _texts(paths)]], ["flatten"]]
    return stages


def pipeline_text(plan: LayerPlan) -> str:
    """Return the same pipeline as JSON, a store path on each line."""
    lines = (
        json.dumps(stage).replace('["/', '[\n    "/').replace(', "/', ',\n    "/')
        for stage in stages_of(plan)
    )
    return "[\n  " + ",\n  ".join(lines) + "\n]\n"


def _texts(paths: Iterable[StorePath]) -> list[str]:
    return [str(path) for path in paths]
