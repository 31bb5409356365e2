"""A field of a form whose value is checked as it is typed: the cause of a mistake stands below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.containers import Horizontal, Vertical
from textual.reactive import reactive
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget


class Entry(Vertical):
    """A label, the widgets of the field, and what is wrong with its value."""

    DEFAULT_CSS = """
    Entry {
        height: auto; margin-bottom: 1;
        .field { margin-bottom: 0; }
        .cause { display: none; height: auto; margin-left: 13; color: $nd-bad; }
        &.-wrong .cause { display: block; }
        .label { color: $nd-dim; text-style: none; }
        &.-focused .label { color: $nd-accent; text-style: bold; }
    }
    """

    cause: reactive[str] = reactive("")

    def __init__(self, label: str, *widgets: Widget, lines: int = 1, **options: Any) -> None:
        super().__init__(**options)
        self._label = label
        self._widgets = widgets
        self._field_lines = lines
        self._told = Static("", classes="cause", markup=False)

    def compose(self) -> ComposeResult:
        """Put the cause below the field."""
        label = Static(self._label, classes="label", markup=False)
        line = Horizontal(label, *self._widgets, classes="field")
        line.styles.height = self._field_lines
        yield line
        yield self._told

    def on_descendant_focus(self) -> None:
        """Mark the label: the keys come here."""
        self.add_class("-focused")

    def on_descendant_blur(self) -> None:
        """Let the label be as all others."""
        self.remove_class("-focused")

    def watch_cause(self) -> None:
        """Show what is wrong."""
        self.set_class(bool(self.cause), "-wrong")
        self._told.update(self.cause)
