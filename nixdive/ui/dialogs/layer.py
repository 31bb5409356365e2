"""All that is known of a layer, nothing of it cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical, VerticalScroll

from nixdive.ui.draw.drawn import Drawn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.widget import Widget
    from textual.widgets import Button

    from nixdive.ui.draw.line import Line


class LayerDialog(Vertical):
    """Shows lines about a layer.

    Args:
        number: of the layer, from 1.
        lines: returns them for so many cells.
    """

    keys_text = "esc close"
    first = "VerticalScroll"
    sizes: tuple[tuple[int, str], ...] = ((31, "-small"),)
    DEFAULT_CSS = """
    LayerDialog#frame { width: 92; }
    LayerDialog VerticalScroll { max-height: 24; }
    LayerDialog #lines { height: auto; }
    LayerDialog.-small VerticalScroll { max-height: 15; }
    """

    def __init__(self, number: int, lines: Callable[[int], list[Line]]) -> None:
        super().__init__()
        self.title_text = f"Layer {number}"
        self._lines = lines

    def buttons(self) -> Iterable[Button]:
        """Return none: nothing is decided here."""
        return ()

    def fields(self) -> Iterable[Widget]:
        """Return the lines."""
        yield VerticalScroll(Drawn(lambda width, _: self._lines(width), ground="panel", id="lines"))
