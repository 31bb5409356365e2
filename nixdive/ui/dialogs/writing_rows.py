"""How far a write is, as lines: the whole, and the layers at work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.sizes import prose
from nixdive.ui.draw.figures import size_cells
from nixdive.ui.draw.line import Line, Span, cut, spread
from nixdive.ui.naming import layer_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import LayerPlan
    from nixdive.ui.meter import Reading

LAYERS = 4
_BAR, _NAME = 18, 8  # cells, at most and at least
_FIXED = 38  # cells of the other columns
_SURE = 0.5  # seconds after which a rate says something


def gauge(reading: Reading, width: int) -> list[Line]:
    """Return a bar; below it the share, the bytes, the rate, and the time that is left."""
    total, done = reading.total, reading.done
    share = min(done / total, 1.0) if total else 0.0
    bar = _bar(share, width)
    if not total:
        return [bar, (Span("looking at the files", "dim"),)]
    rate = done / reading.seconds if reading.seconds > _SURE else 0.0
    facts: Line = (
        Span(f"{share:.0%}".replace("%", " %"), "bright", bold=True),
        Span(f"   {prose(done)} of {prose(total)}"),
        Span(f"   {prose(round(rate))}/s" if rate else "", "dim"),
        Span("" if reading.what == "writing" else f"   {reading.what}", "dim"),
    )
    left = max(total - done, 0) / rate if rate else None
    end = "" if left is None else f"{int(left) // 60}:{int(left) % 60:02d} left"
    return [bar, spread(facts, (Span(end),), width)]


def layers_at_work(
    reading: Reading, plan: LayerPlan, closure: Closure, sizes: Sequence[int], *, verb: str, width: int
) -> list[Line]:
    """Return the layers that were begun last, and how many are done, at work and waiting.

    Args:
        reading: what the meter shows.
        plan: the layers.
        closure: what they are of.
        sizes: bytes that are read of each layer.
        verb: what is done to a layer, in a word.
        width: cells.
    """
    bar = min(max(width - _FIXED - _NAME, 4), _BAR)
    room = max(width - _FIXED - bar, _NAME)
    lines: list[Line] = [
        (Span(f"   Layer   {'Largest path':<{room}}    Size   Now", "dim"),),
    ]
    begun = [(number, done) for number, done in reading.parts if 0 <= number < len(sizes)]
    for number, done in begun[-LAYERS:]:
        name = cut(layer_name(plan.layers[number], closure), room)
        head: Line = (Span(f"{number + 1:>8}", "bright"), Span(f"   {name:<{room}}   "))
        now: Line
        if done >= sizes[number]:
            now = (Span("   ✓ done", "save"),)
        else:
            share = done / sizes[number]
            now = (Span(f"   {verb:<5} "), *_bar(share, bar), Span(f" {share:>4.0%}"))
        lines.append((*head, *size_cells(sizes[number]), *now))
    lines += [()] * (LAYERS + 1 - len(lines))
    finished = sum(done >= sizes[number] for number, done in begun)
    waiting = len(sizes) - len(begun)
    words = f"{finished} done   {len(begun) - finished} at work   {waiting} waiting"
    return [*lines, (), (Span(words),)]


def _bar(share: float, width: int) -> Line:
    filled = round(width * share)
    return (Span("━" * filled, "accent"), Span("─" * (width - filled), "faint"))
