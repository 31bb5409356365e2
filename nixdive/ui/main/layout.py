"""Where the boundary between the sides of the main screen stands."""

from __future__ import annotations

from typing import Final

STEP: Final = 4
"""Cells that the boundary moves at once."""

GAP: Final = 2
SIDES_FROM: Final = 80
"""Cells from which on there are two sides."""

_LEAST_LEFT, _LEAST_RIGHT = 30, 34


def left_cells(cells: int, moved: int = 0) -> int:
    """Return the cells of the left side of a screen.

    Args:
        cells: of the screen.
        moved: how far the user has moved the boundary to the right.
    """
    return max(min(_middle(cells) + moved, cells - GAP - _LEAST_RIGHT), _LEAST_LEFT)


def moved(cells: int, before: int, steps: int) -> int:
    """Return how far the boundary is moved after some steps more; it stops where a side has no room."""
    return left_cells(cells, before + steps * STEP) - _middle(cells)


def _middle(cells: int) -> int:
    if cells < 118:  # the names of a layer have room from 52 cells on
        return min(cells * 45 // 100, 51)
    return (cells - GAP) // 2 if cells < 150 else (cells - GAP) * 49 // 100
