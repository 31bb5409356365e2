"""A screen as readable text: what stands in its cells, and in which colours."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

from nixdive.ui.theme import palette_of

if TYPE_CHECKING:
    from rich.style import Style
    from textual.app import App

MARKS = string.ascii_lowercase + string.ascii_uppercase + string.digits


def cells(app: App[None]) -> str:
    """Return the lines of the screen, then a mark for the look of each cell, then what the marks mean."""
    roles: dict[str, str] = {}
    for role, colour in palette_of(app.current_theme).items():
        roles.setdefault(colour, role)
    marks: dict[str, str] = {}
    text, looks = [], []
    for strip in app.screen._compositor.render_strips(app.size):
        text.append(strip.text.rstrip())
        line = ""
        for segment in strip:
            look = _look(segment.style, roles)
            mark = marks.setdefault(look, MARKS[len(marks) % len(MARKS)])
            line += mark * segment.cell_length
        looks.append(line)
    legend = [f"{mark}  {look}" for look, mark in marks.items()]
    assert len(text) == app.size.height
    return "\n".join([*text, "", *looks, "", *legend, ""])


def _look(style: Style | None, roles: dict[str, str]) -> str:
    if style is None:
        return "-"

    def named(colour: object) -> str:
        triplet = getattr(colour, "triplet", None)
        return roles.get(triplet.hex, triplet.hex) if triplet is not None else "-"

    extra = [word for word in ("bold", "reverse", "underline", "dim") if getattr(style, word)]
    return " ".join([f"{named(style.color)} on {named(style.bgcolor)}", *extra])
