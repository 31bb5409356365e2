"""From lines with roles to strips with colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from nixdive.ui.line import fit
from nixdive.ui.theme import palette_of

if TYPE_CHECKING:
    from textual.theme import Theme

    from nixdive.ui.line import Line, Span


class Paint:
    """The styles of one theme."""

    def __init__(self, theme: Theme) -> None:
        self._palette = palette_of(theme)
        self._styles: dict[tuple[str, bool, str, str | None], Style] = {}

    def strip(self, line: Line, cells: int, ground: str) -> Strip:
        """Return the line as a strip of so many cells on a ground, the role of a background."""
        segments = [Segment(span.text, self._style(span, ground)) for span in fit(line, cells)]
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


_PAINTS: dict[str, Paint] = {}


def paint_for(theme: Theme) -> Paint:
    """Return the styles of a theme; they are made once."""
    if theme.name not in _PAINTS:
        _PAINTS[theme.name] = Paint(theme)
    return _PAINTS[theme.name]
