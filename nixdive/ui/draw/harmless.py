"""The last look at what is painted: nothing that a terminal would obey or hide, whichever widget drew it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from textual.filter import LineFilter

from nixdive.visible import hidden

if TYPE_CHECKING:
    from textual.color import Color


class HarmlessFilter(LineFilter):
    """Draws lines without control and formatting characters, cell for cell.

    Texts are made visible where they are drawn; this is for what a widget shows as it was given it, as
    fields do.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002  Textual's
        """Return the segments with nothing but text in them."""
        if all(segment.text.isprintable() for segment in segments):
            return segments
        return [Segment(_harmless(text), style, control) for text, style, control in segments]


def _harmless(text: str) -> str:
    return "".join("\N{REPLACEMENT CHARACTER}" * cell_len(char) if hidden(char) else char for char in text)
