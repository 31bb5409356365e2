"""From lines with roles to strips with colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from nixdive.ui.draw.glyphs import ascii_line
from nixdive.ui.draw.line import Line, Span, fit
from nixdive.ui.theme import palette_of

if TYPE_CHECKING:
    from textual.theme import Theme


class Paint:
    """The styles of one theme.

    Args:
        theme: the theme.
        ascii_only: whether glyphs are drawn in ASCII.
        coloured: whether what is painted is seen in colours.
    """

    def __init__(self, theme: Theme, *, ascii_only: bool = False, coloured: bool = True) -> None:
        self._palette = palette_of(theme)
        self._ascii = ascii_only
        self._coloured = coloured
        self._styles: dict[tuple[str, bool, str, str | None], Style] = {}

    def strip(self, line: Line, cells: int, ground: str) -> Strip:
        """Return the line as a strip of so many cells on a ground, the role of a background."""
        fitted = fit(line, cells)
        if self._ascii:
            fitted = ascii_line(fitted, coloured=self._coloured)
        segments = [Segment(span.text, self._style(span, ground)) for span in fitted]
        return Strip(segments, cells)

    def _style(self, span: Span, ground: str) -> Style:
        key = (span.role, span.bold, span.ground or ground, span.action)
        style = self._styles.get(key)
        if style is None:
            role, bold, under, action = key
            style = Style(
                color=self._palette[role],
                bgcolor=self._palette[under],
                bold=bold or None,
                meta={"@click": action} if action else None,
            )
            self._styles[key] = style
        return style


_PAINTS: dict[tuple[str, bool, bool], Paint] = {}


def paint_for(theme: Theme, *, ascii_only: bool = False, coloured: bool = True) -> Paint:
    """Return the styles of a theme; they are made once."""
    key = (theme.name, ascii_only, coloured)
    if key not in _PAINTS:
        _PAINTS[key] = Paint(theme, ascii_only=ascii_only, coloured=coloured)
    return _PAINTS[key]
