"""Seconds that releases take with `--max-layers auto` beside fixed budgets, on the histories.

usage: python tests/bench/bench_auto.py

Each history is planned as it comes: the first version with a budget, each later one carried on within it.
A release takes as long as its push and then its pull, by the model of nixdive.clients, of the layers that
really changed. The table has seconds of all releases after the first, and the budget of auto.

Needs the folder with extra test data, named by NIXDIVE_SHARED.
"""

from __future__ import annotations

import math
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nixdive.clients.delivery import Delivery
from nixdive.clients.link import Link
from nixdive.layering.planner import Planner
from nixdive.layering.request import PlanRequest
from nixdive.opening.open import open_subject
from nixdive.workspace.budget import best_budget
from nixdive.workspace.pricer import Pricer
from nixdive.workspace.seconds import Changes, arrival
from nixdive.workspace.wire import WireSizes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import LayerPlan

HISTORIES = (
    *(
        (name, "debian", range(count))
        for name, count in (("gnome-desktop", 6), ("qgis", 5), ("jupyter", 5), ("npm", 4))
    ),
    *((name, "debstore", ("v1", "v2")) for name in ("postgres", "media", "toolbox", "flaskapp")),
    ("redis", "debstore", ("v1", "v1c", "v2", "v3")),
)
CLIENTS: tuple[tuple[str, ...], ...] = (
    (),
    ("skopeo", "docker"),
    ("nixdive", "containerd"),
    ("nixdive", "podman"),
)
LINKS = ("10mbit/80ms", "100mbit/20ms", "1gbit/1ms")
BUDGETS = (25, 60, 100)


def taken(versions: Sequence[Closure], delivery: Delivery, budget: int | None) -> tuple[float, int]:
    """Return the seconds of all releases after the first version, and the budget; None is auto."""
    plans: list[LayerPlan] = []
    request = PlanRequest()
    total = 0.0
    for number, closure in enumerate(versions):
        planner = Planner(closure, history=versions[:number], pushed=plans)
        if not plans:
            most = budget or best_budget(Pricer(planner, delivery=delivery), request, delivery.most_layers)
            request = replace(request, max_layers=most)
        asked = replace(request, carried=tuple(one.paths for one in plans[-1].layers)) if plans else request
        plan = planner.solve(asked)
        if plans:
            sizes, changes = WireSizes(closure), Changes.of(plan, planner.model())
            seconds = arrival(delivery, plan, sizes, changes, plans[-1])
            total += seconds.next_push + max(one.after or 0.0 for one in seconds.pulls)
        plans.append(plan)
    return total, request.max_layers


def main() -> None:
    """Print a table for each delivery."""
    folder = Path(os.environ["NIXDIVE_SHARED"]) / "data/closures"
    for names in CLIENTS:
        for text in LINKS:
            delivery = Delivery.of(names, Link.parse(text))
            print(f"\n{delivery.words}\n{'':14}{'auto':>12}" + "".join(f"{one:>9}" for one in BUDGETS))
            shares: list[list[float]] = [[] for _ in BUDGETS]
            for name, kind, tags in HISTORIES:
                files = [str(folder / f"{kind}-{name}-{tag}.path-info.json.gz") for tag in tags]
                versions = [open_subject([file]).closure for file in files]
                auto, count = taken(versions, delivery, None)
                fixed = [taken(versions, delivery, one)[0] for one in BUDGETS]
                for share, one in zip(shares, fixed, strict=True):
                    share.append(auto / one)
                print(
                    f"{name:14}{auto:8.1f} {count:>3}" + "".join(f"{one:9.1f}" for one in fixed), flush=True
                )
            means = [math.exp(sum(map(math.log, share)) / len(share)) for share in shares]
            print(f"{'auto / fixed':26}" + "".join(f"{one:9.2f}" for one in means))


if __name__ == "__main__":
    main()
