"""The chance that a release changes a layer, as colour, as a mark and as a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.ui.line import Line, Span

if TYPE_CHECKING:
    from nixdive.layering.plan import Layer

_STEPS = (0.10, 0.20, 0.40, 0.70)
_MARKS = "▁▃▄▆█"


def step(chance: float) -> int:
    """Return which of five steps a chance is on: under 10, 20, 40, 70 per cent, or over."""
    return sum(chance >= one for one in _STEPS)


def layer_ground(layer: Layer) -> str:
    """Return the role of the colour of a layer, the same in the bar and on its chips."""
    return "s0" if layer.change_probability is None else f"s{step(layer.change_probability)}"


def layer_chip(layer: Layer, index: int) -> Line:
    """Return the number of a layer behind its colour, in five cells."""
    return (Span("▌", layer_ground(layer)), Span(f"{index + 1:<4}"))


def mark(chance: float) -> str:
    """Return the mark that says the same as the colour."""
    return _MARKS[step(chance)]


def percent(chance: float) -> str:
    """Return a chance in at most four cells: 12%, <1%."""
    return "<1%" if 0 < chance < 0.005 else f"{chance:.0%}"
