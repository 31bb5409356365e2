"""What the image ships for nothing, as dive counts it and as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.sizes import prose
from nixdive.ui.draw.figures import size_cells
from nixdive.ui.draw.headings import heading
from nixdive.ui.draw.line import BLANK, Line, Span, labelled
from nixdive.ui.naming import file_name
from nixdive.ui.panes.contents.rows import middle
from nixdive.visible import visible
from nixdive.words import counted

if TYPE_CHECKING:
    from nixdive.workspace.files.comparison import Waste

_FULL = 5


def waste_details(name: str, waste: Waste | None, width: int, height: int) -> list[Line]:
    """Return the header and as many lines as have room.

    Args:
        name: of the image.
        waste: what it ships for nothing; None while that is being worked out.
        width: cells.
        height: rows.
    """
    lines: list[Line] = [heading("Image / Plan" if height > _FULL else "Waste", width)]
    if waste is None:
        return [*lines, (Span(" reading the layers …", "faint"),)]
    if height > _FULL:
        lines.append(image(name, waste))
    lines += figures(waste)
    rows = files(waste, width)
    if height - len(lines) > len(rows):
        lines.append(BLANK)
    return [*lines, *rows] if height > _FULL else [*lines, *rows[1:]]


def image(name: str, waste: Waste) -> Line:
    """Return what the image is."""
    size = Span(f"   {prose(waste.figures.size)}   {waste.files:,} files")
    missing = Span(f"   {counted(waste.missing, 'path')} not here" if waste.missing else "", "pay")
    return labelled("Image", Span(visible(name)), size, missing)


def figures(waste: Waste) -> list[Line]:
    """Return dive's score, what it calls wasted, and what could be saved."""
    score = f"{100 * waste.figures.score:.4g} %"
    return [
        labelled("Score", Span(score, "bright", bold=True), Span("   as dive counts it", "dim")),
        labelled(
            "Wasted",
            Span(prose(waste.figures.wasted_bytes)),
            Span("   reclaimable ", "dim"),
            Span(prose(waste.reclaimable), "pay" if waste.reclaimable else "text"),
        ),
    ]


def files(waste: Waste, cells: int) -> list[Line]:
    """Return the heads, then a row for each file that nobody sees, the largest first."""
    rows: list[Line] = [(Span(" Count  Reclaimable  Path", "faint"),)]
    if not waste.hidden:
        return [*rows, (Span(" nothing is shipped twice", "dim"),)]
    for file in waste.hidden[:100]:
        name = middle(file_name(file.path), cells - 22)
        rows.append((Span(f" {len(file.layers):>5}        "), *size_cells(file.size), Span("  "), Span(name)))
    return rows
