"""What an edit will cost, in one line of the dialog that asks for it: worked out while something is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.widget import Widget

from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.line import Line, Span, quieter
from nixdive.ui.jobs import Jobs
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.timer import Timer

    from nixdive.errors import NixdiveError

    Fitted = Callable[[int], Line]
    """Says something in so many cells."""

_SOON = 0.05  # seconds without another key


class PriceLine(Widget):
    """The price of the edit that a dialog would make now.

    Args:
        foretell: returns how to say in so many cells what the edit that a value makes would cost; raises
            PlanError where it cannot be met. It is called in the background.
    """

    DEFAULT_CSS = "PriceLine, PriceLine > Drawn { height: 1; width: 1fr; }"

    def __init__(self, foretell: Callable[[Any], Fitted]) -> None:
        super().__init__()
        self._drawn = Drawn(self.draw, ground="panel")
        self._foretell = foretell
        self._wanted: Any = None
        self._said: Fitted = lambda _: ()
        self._known = False
        self._jobs = Jobs(self)
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """Give what draws it."""
        yield self._drawn

    def on_unmount(self) -> None:
        """Stop working."""
        self._jobs.close()

    def look(self, value: Any) -> None:
        """Show what the edit costs that a value makes; None where what is typed makes none."""
        if value == self._wanted:
            return
        self._jobs.cancel("price")
        if self._timer is not None:
            self._timer.stop()
        self._wanted, self._known = value, False
        if value is None:
            self._said = lambda _: ()
        else:
            self._timer = self.set_timer(_SOON, self._begin)
        self._drawn.refresh()

    def _begin(self) -> None:
        value = self._wanted
        self._jobs.ask("price", lambda _: self._foretell(value), self._say, failed=self._failed)

    def _failed(self, error: NixdiveError) -> None:
        self._say(lambda _: (Span(visible(str(error)), "bad"),))

    def _say(self, line: Fitted) -> None:
        self._said, self._known = line, True
        self._drawn.refresh()

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  it is one line
        """Return the price; while another one is worked out the last one, quiet."""
        if self._known or self._wanted is None:
            return [self._said(width)]
        return [quieter(self._said(width)) or (Span("…", "dim"),)]
