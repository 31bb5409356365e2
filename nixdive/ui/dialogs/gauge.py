"""How far some work is, in a dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive

from nixdive.ui.dialogs.writing_rows import gauge
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.meter import Reading

if TYPE_CHECKING:
    from nixdive.ui.draw.line import Line


class Gauge(Drawn):
    """A bar, and below it the share, the bytes, the rate and the time that is left."""

    DEFAULT_CSS = "Gauge { height: 2; }"
    ground = "panel"

    reading: reactive[Reading] = reactive(Reading())

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  what has no room is cut
        """Return the lines."""
        return gauge(self.reading, width)
