"""How far work is, as a line of text: pure functions, so that they can be tested without a clock."""

from __future__ import annotations

from nixdive.sizes import prose

_EIGHTHS = " ▏▎▍▌▋▊▉"


def bar(what: str, done: int, total: int | None, seconds: float, columns: int) -> str:
    """Return one line, shorter than the terminal is wide: what, how far, the rate and the time left.

    Args:
        what: the phase.
        done: bytes done.
        total: bytes in all, or None.
        seconds: since the phase began.
        columns: width of the terminal in cells.
    """
    figures = facts(done, total, seconds)
    if total is None:
        return f"{what}  {figures}"[: max(columns - 1, 1)]
    room = min(40, columns - len(what) - len(figures) - 6)
    middle = f" ▕{blocks(done, total, room)}▏" if room >= 8 else " "
    return f"{what}{middle} {figures}"[: max(columns - 1, 1)]


def blocks(done: int, total: int, cells: int) -> str:
    """Return a bar of so many cells, filled by eighths of a cell."""
    eighths = min(done, total) * cells * 8 // total if total else cells * 8
    whole, part = divmod(eighths, 8)
    return ("█" * whole + (_EIGHTHS[part] if part else "")).ljust(cells)


def facts(done: int, total: int | None, seconds: float) -> str:
    """Return the figures: 43%  26.1 MiB of 60.9 MiB  110 MiB/s  1 s left."""
    rate = done / seconds if seconds > 0.5 else 0.0
    parts = (
        [prose(done)] if total is None else [f"{_percent(done, total)}%", f"{prose(done)} of {prose(total)}"]
    )
    if rate:
        parts.append(f"{prose(round(rate))}/s")
        if total is not None and done < total:
            parts.append(f"{clock((total - done) / rate)} left")
    return "  ".join(parts)


def clock(seconds: float) -> str:
    """Return a duration as people say it: 8 s, 2:05 min, 1:02 h."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02} h"


def _percent(done: int, total: int) -> int:
    return min(done, total) * 100 // total if total else 100
