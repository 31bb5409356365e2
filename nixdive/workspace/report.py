"""What a report shows of an image: its plan with prices, what it wastes, and how it came there."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from nixdive.layering.compare import PushCost, push
from nixdive.workspace.files.comparer import FileComparer
from nixdive.workspace.open import OpenRequest, open_workspace

if TYPE_CHECKING:
    from nixdive.layering.plan import LayerPlan
    from nixdive.progress import Progress
    from nixdive.workspace.curve import Curve
    from nixdive.workspace.files.comparison import Waste
    from nixdive.workspace.priced_plan import PricedPlan


@dataclass(frozen=True, slots=True)
class Release:
    """One version of an image, and what its push sent.

    Attributes:
        name: what the user named, or of the present one what it is called.
        plan: its layers.
        cost: of its push after the version before; None for the first one.
        assumption: how it is taken to be laid out, in words; empty where that is known.
    """

    name: str
    plan: LayerPlan
    cost: PushCost | None
    assumption: str


@dataclass(frozen=True, slots=True)
class Report:
    """What there is to say about an image.

    Attributes:
        name: NAME:TAG.
        priced: its layers and what they cost.
        waste: what it ships for nothing.
        curve: what releases cost over the layer budget; None where sizes are not known, or no other layout is
            possible.
        releases: the earlier versions, oldest first, and the present one; empty without earlier ones.
    """

    name: str
    priced: PricedPlan
    waste: Waste
    curve: Curve | None
    releases: tuple[Release, ...]


def report(what: OpenRequest, progress: Progress) -> Report:
    """Open an image and work out all that a report shows.

    Raises:
        NixdiveError: it cannot be opened, laid out or read.
        Cancelled: the user stopped it.
    """
    workspace = open_workspace(what, progress)
    priced = workspace.priced
    waste = FileComparer(workspace).waste(priced.plan, progress)
    curve = workspace.curve(workspace.shown.request, progress) if priced.plan.sized else None
    return Report(workspace.subject.name, priced, waste, curve, _releases(workspace.subject.name, priced))


def _releases(name: str, priced: PricedPlan) -> tuple[Release, ...]:
    if priced.baseline is None:
        return ()
    earlier = priced.baseline.versions
    named = [*((one.input, one.plan, one.assumption) for one in earlier), (name, priced.plan, "")]
    costs = [None, *(push(after, before) for (_, before, _), (_, after, _) in pairwise(named))]
    return tuple(
        Release(title, plan, cost, assumption)
        for (title, plan, assumption), cost in zip(named, costs, strict=True)
    )
