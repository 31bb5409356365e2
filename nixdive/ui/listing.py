"""A list as a widget: a header, heads of columns, and rows of which only the visible ones are ever drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from textual.reactive import reactive
from textual.widget import Widget

from nixdive.ui.draw.drawn import Canvas
from nixdive.ui.draw.line import Line, Span
from nixdive.ui.draw.lists import Window, within
from nixdive.ui.verbs import LISTS, bindings

if TYPE_CHECKING:
    from textual import events
    from textual.binding import BindingType

HEADS = 2  # lines above the rows


class Source(Protocol):
    """What a list is of: its pane."""

    @property
    def count(self) -> int:
        """The number of rows."""

    def header(self, width: int) -> Line:
        """Return the header of the pane."""

    def heads(self, width: int) -> Line:
        """Return the heads of the columns."""

    def row(self, index: int, width: int) -> Line:
        """Return a row."""

    def when_empty(self) -> list[Line]:
        """Return what stands there when there is no row."""

    def cursor_moved(self) -> None:
        """Take it that the cursor is on another row."""


class Listing(Widget, can_focus=True):
    """The rows of a source with a cursor.

    Attributes:
        cursor: the row of the cursor.
        top: the first row that is seen.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(LISTS)]
    DEFAULT_CSS = "Listing { height: 1fr; width: 1fr; }"

    cursor: reactive[int] = reactive(0)

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source
        self._canvas = Canvas(self, self.draw, ground_of=self.ground_of)
        self.top = 0

    @property
    def count(self) -> int:
        """The number of rows."""
        return self._source.count

    @property
    def visible_rows(self) -> int:
        """How many rows have room."""
        return max(self.size.height - HEADS, 1)

    @property
    def window(self) -> Window:
        """The part that is seen."""
        return Window(self.top, self.cursor, self.count, self.visible_rows)

    def draw(self, width: int, height: int) -> list[Line]:
        """Return header, heads and the rows that have room, with a scroll bar where not all do."""
        window = self.window.kept()
        self.top = window.top
        lines = [self._source.header(width), self._source.heads(width - 1)]
        if not self.count:
            lines += [(Span(" "), *line) for line in self._source.when_empty()]
        seen = window._replace(room=min(window.room, max(height - HEADS, 0)))
        return [*lines, *seen.lines(self._source.row, width)]

    def ground_of(self, y: int) -> str:
        """Return the background: the row of the cursor is filled."""
        if y >= HEADS and self.count and y - HEADS + self.top == self.cursor:
            return "cursor" if self.has_focus else "cursor-off"
        return "ink"

    def render(self) -> Canvas:
        """Return what its lines are painted by."""
        return self._canvas

    def watch_cursor(self) -> None:
        """Show the cursor and tell the pane."""
        self.refresh()
        self._source.cursor_moved()

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on a row."""
        return within(cursor, self.count)

    def settle(self, row: int | None = None) -> None:
        """Put the cursor on a row, or keep it on one, of rows that may be others now."""
        place = within(self.cursor if row is None else row, self.count)
        if place == self.cursor:
            self.refresh()
            self._source.cursor_moved()
        else:
            self.cursor = place

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
        self._scroll(event, 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll by the wheel; the cursor stays in view."""
        self._scroll(event, -3)

    def _scroll(self, event: events.MouseEvent, rows: int) -> None:
        event.stop()
        window = self.window.scrolled(rows)
        self.top, self.cursor = window.top, window.cursor
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is."""
        row = event.y - HEADS + self.top
        if event.y >= HEADS and row < self.count and not self._on_bar(event):
            self.cursor = row

    def _on_bar(self, event: events.MouseEvent) -> bool:
        """Whether the mouse is on the scroll bar, where there is one."""
        return event.x == self.size.width - 1 and event.y >= HEADS and self.count > self.visible_rows

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the scroll bar."""
        if self._on_bar(event):
            self.capture_mouse()
            self._drag(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow the mouse while it holds the scroll bar."""
        if self.app.mouse_captured is self:
            self._drag(event.y)

    def on_mouse_up(self) -> None:
        """Let the scroll bar go."""
        if self.app.mouse_captured is self:
            self.release_mouse()

    def _drag(self, y: int) -> None:
        """Show the part that lies at a line of the scroll bar; the cursor stays in view."""
        room = self.visible_rows
        top = round((self.count - room) * min(max(y - HEADS, 0) / max(room - 1, 1), 1.0))
        before, behind = int(top > 0), int(top < self.count - room)  # a row of what comes next stays in view
        self.top = top
        self.cursor = max(min(self.cursor, top + room - 1 - behind), top + before)
        self.refresh()
