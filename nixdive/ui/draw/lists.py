"""A pane with a header, heads of columns, and rows of which only the visible ones are ever drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.reactive import reactive

from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.line import BLANK, Line, Span, fit, louder

if TYPE_CHECKING:
    from textual import events

_HEADS = 2


class ListPane(Drawn, can_focus=True):
    """A list with a cursor; a subclass says what its rows are."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="list.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="list.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="list.page-up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="list.page-down"),
        Binding("u", "half(-1)", "Half a page up", show=False, id="list.half-up"),
        Binding("d", "half(1)", "Half a page down", show=False, id="list.half-down"),
        Binding("home,g", "edge(-1)", "First", show=False, id="list.first"),
        Binding("end,G", "edge(1)", "Last", show=False, id="list.last"),
    ]

    cursor: reactive[int] = reactive(0)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.top = 0

    @property
    def count(self) -> int:
        """The number of rows."""
        raise NotImplementedError

    def header(self, width: int) -> Line:
        """Return the header of the pane."""
        raise NotImplementedError

    def heads(self, width: int) -> Line:
        """Return the heads of the columns."""
        raise NotImplementedError

    def row(self, index: int, width: int) -> Line:
        """Return a row."""
        raise NotImplementedError

    def when_empty(self) -> Line:
        """Return what stands there when there is no row."""
        return BLANK

    def lines_when_empty(self) -> list[Line]:
        """Return what stands there when there is no row and one line does not say it."""
        return [self.when_empty()]

    def cursor_moved(self) -> None:
        """Tell who listens."""

    @property
    def visible_rows(self) -> int:
        """How many rows have room."""
        return max(self.size.height - _HEADS, 1)

    def draw(self, width: int, height: int) -> list[Line]:
        """Return header, heads and the rows that have room, with a scroll bar where not all do."""
        self._keep_in_view()
        lines = [self.header(width), self.heads(width - 1)]
        if not self.count:
            lines += [(Span(" "), *line) for line in self.lines_when_empty()]
        rows = range(self.top, min(self.top + max(height - _HEADS, 0), self.count))
        bar = self._scroll_bar(len(rows)) if len(rows) < self.count else ()
        for place, index in enumerate(rows):
            line = fit(self.row(index, width - 1), width - 1)
            chosen = index == self.cursor
            end = bar[place] if bar else Span(" ", ground="ink")
            lines.append((*(louder(line) if chosen else line), end))
        return lines

    def ground_of(self, y: int) -> str:
        """Return the background: the row of the cursor is filled."""
        if y >= _HEADS and self.count and y - _HEADS + self.top == self.cursor:
            return "cursor" if self.has_focus else "cursor-off"
        return self.ground

    def watch_cursor(self) -> None:
        """Show the cursor and tell who listens."""
        self.refresh()
        self.cursor_moved()

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on a row."""
        return min(max(cursor, 0), max(self.count - 1, 0))

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self.cursor += rows

    def action_page(self, direction: int) -> None:
        """Move the cursor by as many rows as are visible."""
        self.cursor += direction * self.visible_rows

    def action_half(self, direction: int) -> None:
        """Move the cursor by half of the rows that are visible."""
        self.cursor += direction * max(self.visible_rows // 2, 1)

    def action_edge(self, direction: int) -> None:
        """Move the cursor to the first or the last row."""
        self.cursor = 0 if direction < 0 else self.count - 1

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll by the wheel; the cursor stays in view."""
        event.stop()
        self._scroll(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll by the wheel; the cursor stays in view."""
        event.stop()
        self._scroll(-3)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is."""
        row = event.y - _HEADS + self.top
        if event.y >= _HEADS and row < self.count:
            self.cursor = row

    def _scroll(self, rows: int) -> None:
        self.top = min(max(self.top + rows, 0), max(self.count - self.visible_rows, 0))
        self.cursor = min(max(self.cursor, self.top), self.top + self.visible_rows - 1)
        self.refresh()

    def _keep_in_view(self) -> None:
        room = self.visible_rows
        cursor = self.cursor
        # one row of what comes next stays visible
        self.top = min(self.top, max(cursor - 1, 0))
        self.top = max(self.top, cursor - room + (2 if cursor < self.count - 1 else 1))
        self.top = min(max(self.top, 0), max(self.count - room, 0))

    def _scroll_bar(self, rows: int) -> list[Span]:
        thumb = max(round(rows * rows / self.count), 1)
        start = round(self.top * (rows - thumb) / max(self.count - rows, 1))
        return [
            Span("┃", "dim", ground="ink") if start <= i < start + thumb else Span("│", "line", ground="ink")
            for i in range(rows)
        ]
