"""One line that stands for fields which few people need; it opens them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.line import Line, Span, cut

if TYPE_CHECKING:
    from textual import events


class Fold(Drawn, can_focus=True):
    """Says how much is behind it, and what of that is not as usual."""

    ground = "panel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space,right", "open", "Open", show=False, id="fold.open")
    ]
    DEFAULT_CSS = "Fold { height: 1; width: 1fr; }"

    facts: reactive[str] = reactive("")

    class Opened(Message):
        """The user wants to see the fields."""

    def __init__(self, words: str, **options: Any) -> None:
        super().__init__(**options)
        self._words = words

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  it is one line
        """Return the line."""
        ground = "cursor" if self.has_focus else None
        words: Line = (Span("▶ ", "accent"), Span(self._words, "bright", ground=ground), Span("   "))
        return [(*words, Span(cut(self.facts, max(width - len(self._words) - 5, 0)), "dim"))]

    def action_open(self) -> None:
        """Ask for the fields."""
        self.post_message(self.Opened())

    def on_click(self, event: events.Click) -> None:
        """Open it by a click."""
        event.stop()
        self.focus()
        self.action_open()
