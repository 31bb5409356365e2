"""A plan as the JSON document nixdive.plan/1."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from nixdive.layering.plan import LayerKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nixdive.layering.compare import PushCost
    from nixdive.workspace.priced_plan import PricedPlan
    from nixdive.workspace.seconds import Seconds, Trip


def plan_document(priced: PricedPlan) -> dict[str, Any]:
    """Return the document of a plan, its prices, and what a push costs after each earlier version.

    The total `nar_size` is that of the store layers.
    """
    plan, cost, replan, moved = priced.plan, priced.release_cost, priced.replan, priced.moved
    return {
        "format": "nixdive.plan/1",
        "strategy": plan.request.strategy,
        "max_layers": plan.request.max_layers,
        "layers": [
            {
                "index": index,
                "kind": layer.kind.value,
                "paths": [str(path) for path in layer.paths],
                "nar_size": layer.nar_size,
                "reason": layer.reason,
                "pinned": layer.pin is not None,
                "frozen": layer.frozen,
                "change_probability": layer.change_probability,
                "problem": layer.fault,
            }
            for index, layer in enumerate(plan.layers)
        ],
        "totals": {
            "paths": sum(len(layer.paths) for layer in plan.layers if layer.kind is LayerKind.STORE),
            "nar_size": plan.nar_size,
            "layers": len(plan.layers),
        },
        "without_layers": list(plan.unread),
        "left_out": [str(path) for path in plan.left_out],
        "cost": None if cost is None else asdict(cost),
        "moved": None if moved is None else asdict(moved) | {"verdict": moved.verdict},
        "horizon": plan.request.horizon,
        "replan": None if replan is None else asdict(replan) | {"verdict": replan.verdict},
        "seconds": None if priced.seconds is None else seconds_document(priced.seconds),
        "assumed": priced.assumption or None,
        "against": against_documents(priced.against),
    }


def seconds_document(seconds: Seconds) -> dict[str, Any]:
    """Return how long pushes and pulls are expected to take."""
    return {
        "link": str(seconds.delivery.link),
        "wire_bytes": seconds.wire,
        "wire_push_bytes": seconds.wire_push,
        "exact": seconds.exact,
        "estimated_from": [one.value for one in seconds.basis],
        "release": seconds.release,
        "push": [_trip(one) for one in seconds.pushes],
        "pull": [_trip(one) | {"load": one.load} for one in seconds.pulls],
    }


def _trip(one: Trip) -> dict[str, Any]:
    return {
        "client": one.client.name,
        "version": one.client.version,
        "keeps_digests": one.client.keeps_digests,
        "most_layers": one.client.most_layers,
        "cold": one.cold,
        "after": one.after,
        "release": one.release,
    }


def against_documents(against: Iterable[tuple[str, PushCost]]) -> list[dict[str, Any]]:
    """Return what a push costs after earlier inputs."""
    return [
        {
            "input": name,
            "push_bytes": cost.push_bytes,
            "layers_reused": cost.layers_reused,
            "layers_new": cost.layers_new,
        }
        | ({"lacks": cost.lacks} if cost.lacks else {})
        for name, cost in against
    ]
