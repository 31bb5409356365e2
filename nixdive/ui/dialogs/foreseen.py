"""The line of the form that says what writing will come to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.sizes import prose
from nixdive.ui.draw.figures import count
from nixdive.ui.draw.line import Line, Span, spread
from nixdive.ui.draw.line import width as line_width
from nixdive.visible import visible

if TYPE_CHECKING:
    from nixdive.image.forecast import Forecast
    from nixdive.layering.plan import LayerPlan
    from nixdive.workspace.target_place import Place


def foreseen(plan: LayerPlan, forecast: Forecast | None, compression: str, place: Place, width: int) -> Line:
    """Return the line: what is read, what is written, how long it takes; and what is free there.

    Args:
        plan: the layers.
        forecast: what is foreseen; None while it is being worked out.
        compression: none, gzip, zstd or zstd:LEVEL.
        place: where it goes.
        width: cells.
    """
    left = [Span(count(len(plan.layers), "layer"), "bright")]
    if forecast is None:
        if plan.sized:
            left.append(Span(f", {prose(plan.nar_size)} to read"))
        left.append(Span("   …", "dim"))
    else:
        left.append(Span(f", {prose(forecast.read)} to read   "))
        left.append(Span(about(forecast), "bright", bold=True))
        form = compression.partition(":")[0]
        left.append(Span("" if form == "none" else f" in {form}"))
        left.append(Span(f"   {duration(forecast.seconds)}", "dim"))
    if place.free is None:
        return tuple(left)
    free: Line = (Span(f"   {prose(place.free)} free", "dim"),)
    narrow = line_width(left) + line_width(free) > width
    return tuple(left) if narrow else spread(tuple(left), free, width)


def no_room(forecast: Forecast | None, place: Place) -> str:
    """Return why there is no room for what is foreseen, or nothing."""
    if forecast is None or place.free is None or not place.lacks(forecast.size, exact=forecast.exact):
        return ""
    return f"No space on {visible(place.disk)}: {about(forecast)} needed, {prose(place.free)} free"


def about(forecast: Forecast) -> str:
    """Return the size, with a mark where it is not known to the byte."""
    return ("" if forecast.exact else "~") + prose(forecast.size)


def duration(seconds: float) -> str:
    """Return a time that nobody knows for certain."""
    if seconds < 100:
        return f"~{max(round(seconds), 1)} s"
    return f"~{round(seconds / 60)} min" if seconds < 6000 else f"~{round(seconds / 3600)} h"
