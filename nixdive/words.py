"""Counts and lists in words, for messages and reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def counted(count: int, noun: str) -> str:
    """Return a count in words: "1 path", "40 paths"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def listed(words: Iterable[object], most: int | None = None) -> str:
    """Return words as a sentence lists them: "a, b and c", or "a, b and 4 more" if there are too many."""
    shown = [str(word) for word in words]
    if most is not None and len(shown) > most:
        shown[most:] = [f"{len(shown) - most} more"]
    return " and ".join((", ".join(shown[:-1]), shown[-1])) if len(shown) > 1 else "".join(shown)
