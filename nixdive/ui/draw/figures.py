"""Numbers as the screen shows them, three significant digits, units apart, and as people type them."""

from __future__ import annotations

from nixdive.sizes import split
from nixdive.ui.draw.line import Line, Span

_MEBI = 1 << 20
_DIGITS = 9


def size_cells(size: int, *, pays: bool = False, sized: bool = True) -> Line:
    """Return bytes for a table in 5 cells: the mantissa right aligned, then the unit's letter.

    What is under a mebibyte is dim as a whole; nothing is a dot.

    Args:
        size: bytes.
        pays: whether they are pushed.
        sized: whether they are bytes; where sizes are unknown they are a number of store paths, without unit.
    """
    if size == 0:
        return (Span("   · ", "faint"),)
    if not sized:
        return (Span(f"{size:>4} ", "pay" if pays else "text"),)
    mantissa, letter = letters(size)
    if pays:
        return (Span(f"{mantissa:>4}", "pay", size >= 10 * _MEBI), Span(letter, "pay"))
    return (Span(f"{mantissa:>4}", "text" if size >= _MEBI else "dim"), Span(letter, "dim"))


def letters(size: int) -> tuple[str, str]:
    """Return (mantissa, letter of the unit) of a number of bytes: ("60.9", "M")."""
    mantissa, unit = split(size)
    return mantissa, unit[0]


def figure(size: int) -> Line:
    """Return bytes for a sentence, the number bright, the unit quiet."""
    mantissa, unit = split(size)
    return (Span(mantissa, "bright", bold=True), Span(f" {unit}", "text"))


def change(size: int, of: int) -> Line:
    """Return how a figure has changed: ▲ 60.9; in the unit of the figure, else it names its own."""
    if size == 0:
        return ()
    mantissa, unit = split(abs(size))
    shown = mantissa if unit == split(of)[1] else f"{mantissa} {unit}"
    return (Span(f" ▲ {shown}", "pay", bold=True),) if size > 0 else (Span(f" ▼ {shown}", "save", bold=True),)


def tone(size: int, *, even: str = "text") -> str:
    """Return the role of bytes that are more or fewer than before; `even` where they are as many."""
    return "pay" if size > 0 else "save" if size < 0 else even


def number_in(text: str, most: int) -> int | None:
    """Return the number that a text is, where it is one from 1 to `most`; else None."""
    if not text.isdecimal() or len(text) > _DIGITS:  # int takes no text of any length
        return None
    number = int(text)
    return number if 1 <= number <= most else None


def per_cent(text: str) -> float | None:
    """Return the chance that a number of per cent stands for, or None for no text; raise ValueError."""
    text = text.strip().removesuffix("%").strip()
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 100:
        raise ValueError("a rate is a percentage from 0 to 100")
    return number / 100
