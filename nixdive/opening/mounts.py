"""What an image has from a store, with the sizes that this machine knows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nixdive.image.readers.nix_snapshotter import mounted_paths
from nixdive.image.stored.mounts import Mounts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nixdive.image.readers.nix_snapshotter import Described
    from nixdive.layering.plan import LayerPlan


def mounts_of(layers: Iterable[Described], origin: str) -> Mounts | None:
    """Return the store paths that the layers of an image have from a store; None where there are none.

    Args:
        layers: all of them, lowest first; none is read.
        origin: what the user named.

    Raises:
        MalformedImageError: an annotation names no store path.
    """
    found = mounted_paths(layers, origin)
    paths = tuple(path for layer in found for path in layer)
    if not paths:
        return None
    from nixdive.contents.disk import DiskContents
    from nixdive.opening.graph import graph_of_conf
    from nixdive.store.nix.disk import disk_root

    graph = graph_of_conf(found, origin, DiskContents(disk_root(paths)))
    return Mounts(paths, sum(info.nar_size for info in graph.infos) if graph.sized else None)


def without(plan: LayerPlan, mounts: Mounts | None) -> LayerPlan:
    """Return the plan of an image whose history may name what is mounted: no layer has the files of that."""
    if mounts is None:
        return plan
    from nixdive.layering.plan import LayerKind

    gone = frozenset(mounts.paths)
    layers = (
        replace(layer, kind=LayerKind.BASE, paths=()) if gone.intersection(layer.paths) else layer
        for layer in plan.layers
    )
    return replace(plan, layers=tuple(layers))
