"""How far some work is: what a meter shows, as a line or as a bar with its figures."""

from __future__ import annotations

from typing import NamedTuple

from nixdive.human import duration
from nixdive.sizes import prose
from nixdive.ui.draw.line import Line, Span, spread
from nixdive.ui.draw.line import width as line_width

_SURE = 0.5  # seconds after which a rate says something
_BAR, _LEAST_BAR = 40, 6  # cells


class Reading(NamedTuple):
    """What a meter shows at one moment.

    Attributes:
        what: the phase in a word.
        done: bytes that are done.
        total: bytes in all, or None while nobody knows.
        seconds: since the phase began.
        parts: bytes done of each layer by its number, in the order in which they were begun.
        log: what another program said last, line by line.
    """

    what: str = ""
    done: int = 0
    total: int | None = None
    seconds: float = 0.0
    parts: tuple[tuple[int, int], ...] = ()
    log: tuple[str, ...] = ()


def gauge(reading: Reading, width: int) -> list[Line]:
    """Return a bar; below it the share, the bytes, the rate, and the time that is left."""
    total, done = reading.total, reading.done
    share = min(done / total, 1.0) if total else 0.0
    drawn = bar(share, width)
    if not total:
        return [drawn, (Span("looking at the files", "dim"),)]
    rate = done / reading.seconds if reading.seconds > _SURE else 0.0
    facts: Line = (
        Span(f"{share:.0%}".replace("%", " %"), "bright", bold=True),
        Span(f"   {prose(done)} of {prose(total)}"),
        Span(f"   {prose(round(rate))}/s" if rate else "", "dim"),
        Span("" if reading.what == "writing" else f"   {reading.what}", "dim"),
    )
    left = max(total - done, 0) / rate if rate else None
    end = "" if left is None else f"{duration(left)} left"
    return [drawn, spread(facts, (Span(end),), width)]


def bar(share: float, width: int) -> Line:
    """Return a bar that is filled as far as the work is done."""
    filled = round(width * share)
    return (Span("━" * filled, "accent"), Span("─" * (width - filled), "faint"))


def going(reading: Reading, width: int, more: str = "") -> Line:
    """Return how far work is in one line: the phase, a bar, the share, the rate, the time that is left.

    Args:
        reading: what the meter shows; its total is known.
        width: cells.
        more: what stands behind the phase: which layer it is.
    """
    total, done = reading.total or 1, min(reading.done, reading.total or 1)
    words: Line = (Span(f" {reading.what}"), Span(f" {more}" if more else ""))
    share = f"{done / total:.0%}".replace("%", " %")
    facts: Line = (Span(f"{share:>5} ", "bright", bold=True),)
    if reading.seconds > _SURE and done:
        rate = done / reading.seconds
        seconds = round((total - done) / rate)
        facts = (
            *facts,
            Span(f" {prose(round(rate))}/s ", "dim"),
            Span(f" {seconds // 60}:{seconds % 60:02} left "),
        )
    room = width - line_width(words) - line_width(facts) - 4
    drawn = bar(done / total, min(room, _BAR)) if room >= _LEAST_BAR else ()
    return spread((*words, Span("  "), *drawn), facts, width)


def phase(what: str, seconds: float) -> Line:
    """Return what is being done, and for how long where that is more than a moment."""
    since = f"   {duration(seconds)}" if seconds >= 1 else ""
    return (Span(f" {what} …"), Span(since, "dim"))
