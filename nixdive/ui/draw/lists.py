"""Lists: which rows have room, the scroll bar, and rows that are text."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nixdive.ui.draw.line import Line, Span, fit, louder

if TYPE_CHECKING:
    from collections.abc import Callable


class Said(NamedTuple):
    """A row that is a line of text."""

    line: Line


class Section(NamedTuple):
    """A row that is the header of what follows, and what stands at its end."""

    title: str
    note: str = ""


class Window(NamedTuple):
    """The part of a list that is seen.

    Attributes:
        top: the first row that is seen.
        cursor: the row of the cursor.
        total: the number of rows.
        room: how many rows have room.
    """

    top: int
    cursor: int
    total: int
    room: int

    def kept(self) -> Window:
        """Return the window moved as little as needed to show the cursor, and one row of what comes next."""
        top = min(self.top, max(self.cursor - 1, 0))
        more = self.cursor < self.total - 1 and self.room > 1
        top = max(top, self.cursor - self.room + (2 if more else 1))
        return self._replace(top=min(max(top, 0), max(self.total - self.room, 0)))

    def scrolled(self, rows: int) -> Window:
        """Return the window some rows further down, the cursor still in it."""
        top = min(max(self.top + rows, 0), max(self.total - self.room, 0))
        return self._replace(top=top, cursor=min(max(self.cursor, top), top + self.room - 1))

    @property
    def rows(self) -> range:
        """The rows that are seen."""
        return range(self.top, min(self.top + self.room, self.total))

    def bar(self) -> list[Span]:
        """Return a cell of the scroll bar for each row; blank ones where all rows have room."""
        rows = len(self.rows)
        if rows >= self.total:
            return [Span(" ", ground="ink")] * rows
        thumb = max(round(rows * rows / self.total), 1)
        start = round(self.top * (rows - thumb) / max(self.total - rows, 1))
        return [
            Span("┃", "dim", ground="ink") if start <= i < start + thumb else Span("│", "line", ground="ink")
            for i in range(rows)
        ]

    def lines(self, row: Callable[[int, int], Line], cells: int) -> list[Line]:
        """Return the rows that are seen, that of the cursor louder, each with its cell of the scroll bar."""
        lines = []
        for index, end in zip(self.rows, self.bar(), strict=True):
            line = fit(row(index, cells - 1), cells - 1)
            lines.append((*(louder(line) if index == self.cursor else line), end))
        return lines


def within(cursor: int, count: int) -> int:
    """Return the row of a list that is nearest to a number; 0 where it has none."""
    return min(max(cursor, 0), max(count - 1, 0))
