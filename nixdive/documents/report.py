"""A report as the JSON document nixdive.report/1, which the page of a report shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nixdive.documents.plan import plan_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.workspace.curve import Curve
    from nixdive.workspace.files.comparison import Waste
    from nixdive.workspace.priced_plan import PricedPlan
    from nixdive.workspace.report import Release, Report

_FILES = 1000  # of each list: those of the most bytes


def report_document(found: Report, replay: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the JSON document nixdive.report/1: sizes in bytes, layers lowest first, names as text.

    Args:
        found: what there is to say.
        replay: a history that was replayed, as nixdive.replay/1, or None.
    """
    return {
        "format": "nixdive.report/1",
        "name": found.name,
        "sized": found.priced.plan.sized,
        "plan": plan_document(found.priced),
        "layer_marks": list(found.priced.layer_marks),
        "paths": _paths(found.priced),
        "waste": _waste(found.waste),
        "budgets": None if found.curve is None else _budgets(found.curve),
        "releases": [_release(one) for one in found.releases],
        "replay": replay,
    }


def _paths(priced: PricedPlan) -> list[dict[str, Any]]:
    closure, measures = priced.model.closure, priced.model.closure.measures
    roots = set(closure.roots)
    chances = priced.model.scenarios.chances.tolist()
    return [
        {
            "path": str(path),
            "package": path.package,
            "version": path.version,
            "layer": priced.layer_of.get(path),
            "root": i in roots,
            "nar_size": closure.nar_sizes[i] if closure.sized else None,
            "closure_size": measures.closure_sizes[i] if closure.sized else None,
            "added_size": measures.added_sizes[i] if closure.sized else None,
            "change_probability": chances[i],
            "mark": priced.path_marks.get(path),
        }
        for i, path in enumerate(closure.paths)
    ]


def _waste(waste: Waste) -> dict[str, Any]:
    return {
        "score": waste.figures.score,
        "wasted_bytes": waste.figures.wasted_bytes,
        "reclaimable_bytes": waste.reclaimable,
        "files": waste.files,
        "missing_paths": waste.missing,
        "without_layers": list(waste.unread),
        "hidden": len(waste.hidden),
        "hidden_files": [
            {
                "path": one.path.decode("utf-8", "surrogateescape"),
                "layers": list(one.layers),
                "bytes": one.size,
            }
            for one in waste.hidden[:_FILES]
        ],
    }


def _budgets(curve: Curve) -> dict[str, Any]:
    return {
        "floor": curve.floor,
        "most": curve.most,
        "knee": curve.knee,
        "soonest": curve.soonest,
        "points": [
            {
                "max_layers": budget,
                "push_bytes": curve.churn[budget],
                "seconds": curve.seconds.get(budget),
                "nixpkgs_push_bytes": curve.nixpkgs.get(budget),
            }
            for budget in sorted(curve.churn)
        ],
    }


def _release(one: Release) -> dict[str, Any]:
    cost = one.cost
    return {
        "name": one.name,
        "layers": len(one.plan.layers),
        "push_bytes": None if cost is None else cost.push_bytes,
        "layers_new": None if cost is None else cost.layers_new,
        "lacks": cost.lacks if cost is not None else "",
        "assumed": one.assumption or None,
    }
