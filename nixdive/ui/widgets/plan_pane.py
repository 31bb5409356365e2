"""The plan as a whole, beside what it could be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive

from nixdive.sizes import split
from nixdive.ui.figures import count
from nixdive.ui.heading import heading
from nixdive.ui.line import Line, Span
from nixdive.ui.widgets.planned import PlannedWidget
from nixdive.visible import visible

if TYPE_CHECKING:
    from nixdive.ui.standing import Standing

_FULL = 6


class PlanPane(PlannedWidget):
    """This plan, the one before the last edit, nixpkgs' own, and the floor."""

    image: reactive[str] = reactive("")

    def draw(self, width: int, height: int) -> list[Line]:
        """Return the header and as many lines as have room."""
        full = height > _FULL
        if self.standing is None:
            return [heading("Image / Plan" if full else "Plan", width)]
        if not full:
            return [heading("Plan", width), *short_table(self.standing, self.before)]
        rows = table(self.standing, self.before)
        return [heading("Image / Plan", width), facts(self.image, self.standing), *rows]


def facts(image: str, standing: Standing) -> Line:
    """Return what the image is: its name, size, layers and paths."""
    plan = standing.plan
    size = " ".join(split(plan.nar_size)) if plan.sized else "sizes unknown"
    return (
        Span(" Image    ", "dim"),
        Span(visible(image)),
        Span(f"   {size}   {count(len(plan.layers), 'layer')}   {count(len(standing.layer_of), 'path')}"),
    )


def table(standing: Standing, before: Standing | None) -> list[Line]:
    """Return the heads, then a row for each plan that this one is compared with."""
    plan = standing.plan
    head = f" {'':<20}{'layers':>6}"
    rows: list[Line]
    if standing.cost is None:
        largest = max((layer.nar_size for layer in plan.layers), default=0)
        rows = [(Span(f"{head}{'largest':>13}", "faint"),)]
        rows.append(_row("This plan", len(plan.layers), largest, None, loud=True))
        if before is not None:
            most = max((layer.nar_size for layer in before.plan.layers), default=0)
            rows.append(_row("Before the edit", len(before.plan.layers), most, None))
        rows.append((Span(" no baseline: ", "dim"), Span("--against OLD shows what is kept", "dim")))
        return rows
    floor = standing.floor or 0
    rows = [(Span(f"{head}{'next push':>13}{'× floor':>9}", "faint"),)]
    rows.append(_row("This plan", len(plan.layers), standing.push_bytes, floor, loud=True))
    if before is not None:
        rows.append(_row("Before the edit", len(before.plan.layers), before.push_bytes, floor))
    if standing.nixpkgs is not None:
        cost = standing.nixpkgs
        layers = cost.layers_new + cost.layers_reused
        rows.append(_row("nixpkgs, no pins", layers, cost.push_bytes, floor))
    rows.append(_row("Floor, no budget", None, floor, floor))
    return rows


def short_table(standing: Standing, before: Standing | None) -> list[Line]:
    """Return the three rows for a small pane; this plan's own figures stand at the top of the screen."""
    rows = []
    if before is not None:
        rows.append(_short_row("before", len(before.plan.layers), before.push_bytes))
    else:
        rows.append(_short_row("now", len(standing.plan.layers), standing.push_bytes))
    if standing.nixpkgs is not None:
        cost = standing.nixpkgs
        rows.append(_short_row("nixpkgs", cost.layers_new + cost.layers_reused, cost.push_bytes))
    if standing.floor is not None:
        rows.append(_short_row("floor", None, standing.floor))
    else:
        rows.append((Span(" --against OLD shows what is kept", "dim"),))
    return rows


def _short_row(name: str, layers: int | None, size: int) -> Line:
    mantissa, unit = split(size)
    return (
        Span(f" {name:<9}", "dim"),
        Span(f"{mantissa:>5}"),
        Span(f" {unit:<3}", "dim"),
        Span(f"   {count(layers, 'layer')}" if layers else "   no budget", "dim"),
    )


def _row(name: str, layers: int | None, size: int, floor: int | None, *, loud: bool = False) -> Line:
    mantissa, unit = split(size)
    quiet = "bright" if loud else "dim"
    times = f"{size / floor:>9.2f}" if floor else ""
    return (
        Span(f" {name:<20}", quiet, bold=loud),
        Span(f"{layers or '·':>6}", "text" if layers else "faint"),
        Span(f"{mantissa:>9}", "bright" if loud else "text", bold=loud),
        Span(f" {unit:<3}", "dim"),
        Span(times, "bright" if loud else "text", bold=loud),
    )
