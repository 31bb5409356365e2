"""The last line: the keys that do something here; a click does it too."""

from __future__ import annotations

from typing import NamedTuple

from textual.reactive import reactive

from nixdive.ui.line import Line, Span, spread, width
from nixdive.ui.widgets.drawn import Drawn


class Key(NamedTuple):
    """A key of the last line.

    Attributes:
        key: how it is written.
        label: what it does.
        action: the action that it runs.
    """

    key: str
    label: str
    action: str


class KeyBar(Drawn):
    """Keys from the left as far as they have room, the ones that must not miss at the right."""

    ground = "panel"

    left: reactive[tuple[Key, ...]] = reactive(())

    def __init__(self, left: tuple[Key, ...], right: tuple[Key, ...], **options: str) -> None:
        super().__init__(**options)
        self.set_reactive(KeyBar.left, left)
        self._right = right

    def draw(self, cells: int, height: int) -> list[Line]:  # noqa: ARG002  it is one line
        """Return the line."""
        right: Line = (*(span for key in self._right for span in _spans(key)), Span(" "))
        left: list[Span] = [Span(" ")]
        room = cells - width(right) - 1
        for key in self.left:
            spans = _spans(key)
            if width(spans) > room:
                break
            left += spans
            room -= width(spans)
        return [spread(tuple(left), right, cells)]


def _spans(key: Key) -> Line:
    return (
        Span(f"{key.key} ", "accent", bold=True, action=key.action),
        Span(f"{key.label}  ", "text", action=key.action),
    )
