"""The field in which a filter is typed; it stands over the edit line while it is open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class FilterField(Input):
    """Tells each change; enter keeps the filter, esc takes it away."""

    DEFAULT_CSS = """
    FilterField {
        display: none; height: 1; border: none; padding: 0 1; background: $nd-cursor; color: $nd-bright;
        &:focus { border: none; background: $nd-cursor; }
        & > .input--cursor { background: $nd-accent; color: $nd-ink; text-style: none; }
        & > .input--placeholder { color: $nd-dim; }
        &.-open { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "give_up", "Whole closure", id="filter.close")]

    @dataclass
    class Typed(Message):
        """The filter is another one now; empty where there is none any longer."""

        text: str
        finished: bool

    def __init__(self) -> None:
        super().__init__(placeholder="filter: a name or a regular expression", select_on_focus=True)

    def open(self) -> None:
        """Take the keys."""
        self.add_class("-open")
        self.focus()

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
