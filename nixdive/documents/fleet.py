"""The plan of a fleet as the JSON document nixdive.fleet/1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nixdive.documents.image import image_document
from nixdive.words import assumption

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nixdive.image.written import WrittenImage
    from nixdive.layering.fleet.plan import FleetPush
    from nixdive.layering.fleet.solve import Solved


def fleet_document(
    solved: Solved,
    push: FleetPush | None = None,
    written: Iterable[WrittenImage] = (),
    assumed: tuple[str, int] | None = None,
) -> dict[str, Any]:
    """Return the document; costs are NAR bytes of store layers.

    Args:
        solved: the plan and what it costs.
        push: what a push costs after the earlier versions, where there are any.
        written: the images, where they were written.
        assumed: strategy and layer budget by which earlier versions are taken to be laid out, or None.
    """
    plan, cost = solved
    return {
        "format": "nixdive.fleet/1",
        "strategy": plan.request.strategy,
        "max_layers": plan.request.max_layers,
        "images": [
            {"input": name, "key": key, "layers": list(layers), "expected_pull": round(pull)}
            for name, key, layers, pull in zip(
                plan.names, plan.keys, plan.images, cost.plan.pulls, strict=True
            )
        ],
        "layers": [
            {
                "paths": [str(path) for path in layer.paths],
                "nar_size": layer.nar_size,
                "images": sorted(layer.images),
                "change_probability": layer.change_probability,
                "reason": layer.reason,
                "pinned": layer.pin is not None,
            }
            for layer in plan.layers
        ],
        "cost": {
            "expected_push": round(cost.plan.push),
            "separate": round(cost.separate.push),
            "nixpkgs": round(cost.nixpkgs.push),
            "lower_bound": round(cost.lower_bound),
            "registry_bytes": cost.plan.registry,
        },
        "assumed": assumption(assumed) or None,
        "against": None
        if push is None
        else {
            "push_bytes": push.push_bytes,
            "layers_reused": push.layers_reused,
            "layers_new": push.layers_new,
        },
        "written": [image_document(one) for one in written],
    }
