"""One line that stands for fields which few people need; it opens them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from nixdive.ui.draw.drawn import Canvas
from nixdive.ui.draw.line import Line, Span, cut
from nixdive.ui.verbs import bindings

if TYPE_CHECKING:
    from textual import events
    from textual.binding import BindingType
    from textual.geometry import Region
    from textual.strip import Strip


class Fold(Widget, can_focus=True):
    """Says how much is behind it, and what of that is not as usual."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("Folded settings")]
    DEFAULT_CSS = "Fold { height: 1; width: 1fr; }"

    facts: reactive[str] = reactive("")

    class Opened(Message):
        """The user wants to see the fields."""

    def __init__(self, words: str, **options: Any) -> None:
        super().__init__(**options)
        self._words = words
        self._canvas = Canvas(self, self.draw, ground="panel")

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  it is one line
        """Return the line."""
        ground = "cursor" if self.has_focus else None
        words: Line = (Span("▶ ", "accent"), Span(self._words, "bright", ground=ground), Span("   "))
        return [(*words, Span(cut(self.facts, max(width - len(self._words) - 5, 0)), "dim"))]

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines of a part, drawn anew where they are needed."""
        self._canvas.forget()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Return one line."""
        return self._canvas.strip(y)

    def action_open(self) -> None:
        """Ask for the fields."""
        self.post_message(self.Opened())

    def on_click(self, event: events.Click) -> None:
        """Open it by a click."""
        event.stop()
        self.focus()
        self.action_open()
