"""The field in which a filter is typed; it stands over the edit line while it is open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import on
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widgets import Input

from nixdive.ui.draw.line import Line, Span, cut, width
from nixdive.ui.draw.paint import paint_for
from nixdive.ui.verbs import FIELD, bindings

if TYPE_CHECKING:
    from textual.binding import BindingType


class FilterField(Input):
    """Tells each change; enter keeps the filter, esc takes it away.

    Attributes:
        note: what is wrong with what is typed; empty where nothing is.
    """

    DEFAULT_CSS = """
    FilterField {
        display: none; height: 1; border: none; padding: 0 1; background: $nd-cursor; color: $nd-bright;
        &:focus { border: none; background: $nd-cursor; }
        & > .input--cursor { background: $nd-accent; color: $nd-ink; text-style: none; }
        & > .input--placeholder { color: $nd-dim; }
        &.-open { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(FIELD)]

    note: reactive[str] = reactive("")

    @dataclass
    class Typed(Message):
        """The filter is another one now; empty where there is none any longer."""

        text: str
        finished: bool

    def __init__(self) -> None:
        super().__init__(select_on_focus=True)

    def open(self, hint: str) -> None:
        """Take the keys; the hint says what can be typed."""
        self.placeholder = hint
        self.add_class("-open")
        self.focus()

    def render_line(self, y: int) -> Strip:
        """Return what is typed, and at its right what is wrong with it."""
        strip = super().render_line(y)
        cells = self.content_size.width
        room = cells - cell_len(self.value) - 8
        if not self.note or room < len(self.note) // 2:
            return strip
        note: Line = (Span(f" {cut(self.note, room)} ", "mod"),)
        told = paint_for(self.app.current_theme).strip(note, width(note), "cursor")
        return Strip.join([strip.crop(0, cells - told.cell_length), told])

    def action_give_up(self) -> None:
        """Close without a filter."""
        self._close("")

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.has_class("-open"):
            self.post_message(self.Typed(self.value, finished=False))

    @on(Input.Submitted)
    def _kept(self, event: Input.Submitted) -> None:
        event.stop()
        self._close(self.value)

    def _close(self, text: str) -> None:
        self.remove_class("-open")
        self.post_message(self.Typed(text, finished=True))
