"""Numbers as people type them."""

from __future__ import annotations

_DIGITS = 9


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
        raise ValueError("a rate is a number of per cent from 0 to 100")
    return number / 100
