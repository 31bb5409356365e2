"""A plan as JSON for a build in which each layer is packed by itself: nixdive.layers/1.

Beside the layers it holds the closure as a build with exportReferencesGraph finds it in its `.attrs.json`, so
that the document itself is a closure file: whoever puts the image together needs no store path. What else the
bytes of a layer depend on is there as well, so that all who pack one take the same time for "now".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nixdive.layering.plan import LayerKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import LayerPlan


def layers_document(
    closure: Closure, plan: LayerPlan, stamp: Mapping[str, int | str], compression: str
) -> dict[str, Any]:
    """Return the store layers of a plan, lowest first, and the closure that they are made of.

    Args:
        closure: what was laid out; sizes in it are NAR bytes.
        plan: how.
        stamp: time and owner of all entries: mtime, uid, gid, uname, gname.
        compression: none, gzip, zstd or zstd:LEVEL.
    """
    return {
        "format": "nixdive.layers/1",
        "layers": [list(layer.paths) for layer in plan.layers if layer.kind is LayerKind.STORE],
        "stamp": dict(stamp),
        "compression": compression,
        "exportReferencesGraph": {"closure": [closure.paths[root] for root in closure.roots]},
        "closure": [
            {
                "path": info.path,
                "narSize": info.nar_size,
                "narHash": info.nar_hash,
                "references": list(info.references),
            }
            for info in closure.infos
        ],
    }
