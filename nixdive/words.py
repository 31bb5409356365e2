"""Counts and lists in words, for messages and reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_LAYERS = 4  # numbers of layers in a sentence


def counted(count: int, noun: str) -> str:
    """Return a count in words: "1 path", "40 paths"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def listed(words: Iterable[object], most: int | None = None) -> str:
    """Return words as a sentence lists them: "a, b and c", or "a, b and 4 more" if there are too many."""
    shown = [str(word) for word in words]
    if most is not None and len(shown) > most:
        shown[most:] = [f"{len(shown) - most} more"]
    return " and ".join((", ".join(shown[:-1]), shown[-1])) if len(shown) > 1 else "".join(shown)


def without_layers(places: Collection[int]) -> str:
    """Return what a figure lacks, for the places of layers from 0: "without layer 3"; empty for no layer."""
    numbers = listed((place + 1 for place in sorted(places)), _LAYERS)
    return f"without {'layer' if len(places) == 1 else 'layers'} {numbers}" if places else ""


def unread_lines(causes: Mapping[int, str]) -> list[str]:
    """Return a line for each layer that cannot be read, for the cause of each by its place from 0."""
    return [f"layer {place + 1} cannot be read: {cause}" for place, cause in sorted(causes.items())]


def assumption(assumed: tuple[str, int] | None) -> str:
    """Return how an earlier version is taken to be laid out, in words; empty where that is known."""
    if assumed is None:
        return ""
    strategy, layers = assumed
    return f"assumed: {strategy} in {counted(layers, 'layer')}"


def percent(chance: float) -> str:
    """Return a chance in at most four characters: 12%, <1%."""
    return "<1%" if 0 < chance <= 0.005 else f"{chance:.0%}"


def brief(seconds: float) -> str:
    """Return a time in two digits or three: "0.42 s", "4.1 s", "81 s", "12 min", "3.4 h"."""
    if seconds < 0.995:
        return f"{seconds:.2f} s"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 599.5:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5970 else f"{seconds / 3600:.1f} h"


def brief_change(now: float, was: float) -> str:
    """Return how much longer something takes: "+0.42 s", "−1.3 s"; empty for less than a twentieth of one."""
    if abs(now - was) < 0.05:
        return ""
    return f"{'+' if now > was else '−'}{brief(abs(now - was))}"
