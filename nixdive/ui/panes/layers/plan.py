"""The plan as a whole, beside what it could be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.sizes import split
from nixdive.ui.draw.headings import heading
from nixdive.ui.draw.line import Line, Span
from nixdive.ui.naming import image_size
from nixdive.words import counted
from nixdive.workspace.priced_plan import Price

if TYPE_CHECKING:
    from nixdive.ui.panes.view import View
    from nixdive.workspace.priced_plan import PricedPlan

_FULL = 5
_NAME = 9  # cells of the names in a small pane
_CELL = 11  # cells of a figure with its unit there


def plan_details(view: View, width: int, height: int) -> list[Line]:
    """Return the header and as many lines as have room: this plan, the one before, nixpkgs, the floor."""
    if height > _FULL:
        return [heading("Image / Plan", width, note=facts(view.priced)), *table(view.priced, view.before)]
    return [short_heading(view.priced, width), *short_table(view.priced, view.before)]


def facts(priced: PricedPlan) -> str:
    """Return what the image is: its size, layers and paths."""
    plan = priced.plan
    size = " ".join(split(image_size(plan))) if plan.sized else "sizes unknown"
    return f"{size}   {counted(len(plan.layers), 'layer')}   {counted(len(priced.layer_of), 'path')}"


def table(priced: PricedPlan, before: PricedPlan | None) -> list[Line]:
    """Return the heads, then a row for each plan that this one is compared with."""
    against = priced.cost is not None
    pushes = f"{'next push':>13}" if against else ""
    times = f"{'× floor':>9}" if against else ""
    rows: list[Line] = [(Span(f" {'':<20}{pushes}{'each release':>15}{times}", "faint"),)]
    floor = priced.floor.push
    rows.append(_row("This plan", _price(priced), floor, loud=True))
    if before is not None:
        rows.append(_row("Before the edit", _price(before), floor))
    if priced.nixpkgs is not None:
        rows.append(_row(f"nixpkgs, {counted(priced.nixpkgs_layers, 'layer')}", priced.nixpkgs, floor))
    rows.append(_row("Floor, no budget", priced.floor, floor))
    if not against:
        rows.append((Span(" no baseline: ", "dim"), Span("--against OLD shows what is kept", "dim")))
    return rows


def short_table(priced: PricedPlan, before: PricedPlan | None) -> list[Line]:
    """Return the three rows for a small pane; this plan's own figures stand at the top of the screen."""
    name, first = ("now", priced) if before is None else ("before", before)
    rows = [_short_row(name, _price(first))]
    if priced.nixpkgs is not None:
        rows.append(_short_row("nixpkgs", priced.nixpkgs))
    rows.append(_short_row("floor", priced.floor))
    return rows


def short_heading(priced: PricedPlan, width: int) -> Line:
    """Return the header of a small pane, with the heads of its columns in the rule."""
    heads = ("push", "release") if priced.cost is not None else ("release",)
    start = heading("Plan", _NAME)
    line = [*start]
    for head in heads:
        line += [Span("─" * (_CELL - len(head) - 2), "line"), Span(f" {head} ", "dim")]
    return (*line, Span("─" * (width - _NAME - _CELL * len(heads)), "line"))


def _price(priced: PricedPlan) -> Price:
    return Price(priced.push_bytes if priced.cost is not None else None, priced.release)


def _short_row(name: str, price: Price) -> Line:
    line = [Span(f" {name:<{_NAME - 1}}", "dim")]
    for size in (price.push, price.release):
        if size is not None:
            mantissa, unit = split(size)
            line += [Span(f"{mantissa:>{_CELL - 4}}"), Span(f" {unit:<3}", "dim")]
    return tuple(line)


def _row(name: str, price: Price, floor: int | None, *, loud: bool = False) -> Line:
    quiet = "bright" if loud else "dim"
    line = [Span(f" {name:<20}", quiet, bold=loud)]
    for size, cells in ((price.push, 9), (price.release, 11)):
        if size is None:
            line.append(Span(" " * (cells + 4) if floor is not None else ""))
        else:
            mantissa, unit = split(size)
            line.append(Span(f"{mantissa:>{cells}}", "bright" if loud else "text", bold=loud))
            line.append(Span(f" {unit:<3}", "dim"))
    if floor and price.push is not None:
        line.append(Span(f"{price.push / floor:>9.2f}", "bright" if loud else "text", bold=loud))
    return tuple(line)
