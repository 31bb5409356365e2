"""How the screen is arranged, and remembered: the boundary, folded panes, what was looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.widget import Widget

from nixdive.ui.config.session import Session, View, keep_session, read_session, same_path
from nixdive.ui.listing import HEADS
from nixdive.ui.panes.layers.details import layer_details
from nixdive.ui.panes.pane import Sorts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual import events

    from nixdive.ui.main.screen import MainScreen

STEP: Final = 4
"""Cells that the boundary moves at once."""

GAP: Final = 2
SIDES_FROM: Final = 80
"""Cells from which on there are two sides."""

_LEAST_LEFT, _LEAST_RIGHT = 30, 34
_SOME_DETAILS = 12  # rows of Layer Details in a high terminal, where Layers has too few; none is empty
_MOST_DETAILS = 20  # where it has enough
_ROOMY = 34  # rows from which on no pane is in the way of another
_FOLDS = ("layer-details", "plan")


def left_cells(cells: int, moved: int = 0) -> int:
    """Return the cells of the left side of a screen.

    Args:
        cells: of the screen.
        moved: how far the user has moved the boundary to the right.
    """
    return max(min(_middle(cells) + moved, cells - GAP - _LEAST_RIGHT), _LEAST_LEFT)


def moved(cells: int, before: int, steps: int) -> int:
    """Return how far the boundary is moved after some steps more; it stops where a side has no room."""
    return left_cells(cells, before + steps * STEP) - _middle(cells)


def _middle(cells: int) -> int:
    if cells < 118:  # the names of a layer have room from 52 cells on
        return min(cells * 45 // 100, 51)
    return (cells - GAP) // 2 if cells < 150 else (cells - GAP) * 49 // 100


class Boundary(Widget):
    """The gap between the sides, which the mouse can take hold of.

    Args:
        place: puts the boundary at a column of the screen.
    """

    DEFAULT_CSS = f"Boundary {{ width: {GAP}; height: 1fr; &:hover {{ background: $nd-raised; }} }}"

    def __init__(self, place: Callable[[int], None]) -> None:
        super().__init__(id="boundary")
        self._place = place

    def on_mouse_down(self) -> None:
        """Take hold of it."""
        self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow the mouse."""
        if self.app.mouse_captured is self:
            self._place(event.screen_x)

    def on_mouse_up(self) -> None:
        """Let it go."""
        if self.app.mouse_captured is self:
            self.release_mouse()

    def render(self) -> str:
        """Return nothing: it is a gap."""
        return ""


class Arrangement:
    """The user's own arrangement of the main screen.

    Args:
        screen: the screen.
        memory: the file that remembers how it looked, or None to remember nothing.

    Attributes:
        boundary: how far the boundary was moved.
        panes: for panes that were folded or opened, whether they are open.
    """

    def __init__(self, screen: MainScreen, memory: Path | None) -> None:
        self._screen = screen
        self._memory = memory
        self._theme_before = ""
        self.boundary = 0
        self.panes: dict[str, bool] = {}

    def settle_in(self) -> None:
        """Look as when it was left; called when all panes are there."""
        self._theme_before = self._screen.app.theme
        if self._memory is not None:
            session = read_session(self._memory)
            self.boundary, self.panes = session.boundary, dict(session.panes)
            self._show_panes()
            if view := session.views.get(self._screen.workspace.subject.name):
                self.recall(view)

    def keep(self) -> None:
        """Remember how it looks."""
        if self._memory is not None:
            session = read_session(self._memory)
            theme = self._screen.app.theme
            chosen = session.theme if theme == self._theme_before else theme
            now = Session(chosen, self.boundary, self.panes, session.views)
            keep_session(self._memory, now.seen(self._screen.workspace.subject.name, self.view()))

    def fit(self) -> None:
        """Put the boundary where it belongs."""
        cells = self._screen.app.size.width
        width = left_cells(cells, self.boundary) if cells >= SIDES_FROM else None
        self._screen.query_one("#left").styles.width = width
        self._screen.call_after_refresh(self.share_rows)

    def share_rows(self) -> None:
        """In a high terminal, give Layers the rows that its layers need, and Layer Details what is left."""
        screen = self._screen
        details, plan = screen.query_one("#layer-details"), screen.query_one("#plan")
        if not screen.has_class("-roomy") or not details.display:
            details.styles.height = None
            return
        free = screen.query_one("#left").size.height - (plan.outer_size.height if plan.display else 0)
        if free > 0:  # it has been laid out
            left = free - len(screen.view.priced.plan.layers) - HEADS
            lines = layer_details(screen.view, screen.layers_pane.chosen, details.size.width, _SOME_DETAILS)
            details.styles.height = min(max(left, len(lines)), _MOST_DETAILS)

    def move(self, steps: int) -> None:
        """Move the boundary between the sides."""
        cells = self._screen.app.size.width
        if cells >= SIDES_FROM:
            self.boundary = moved(cells, self.boundary, steps)
            self.fit()

    def place(self, column: int) -> None:
        """Put the boundary at a column of the screen, or as near to it as both sides have room."""
        middle = _middle(self._screen.app.size.width)
        self.boundary = left_cells(self._screen.app.size.width, column - middle) - middle
        self.fit()

    def fold(self, name: str) -> None:
        """Fold a pane, or open it; where there is no room for both it takes the place of the other one."""
        opened = not self._screen.query_one(f"#{name}").display
        if opened and self._screen.app.size.height < _ROOMY:
            self.panes = {name: True}
        else:
            self.panes[name] = opened
        self._show_panes()

    def _show_panes(self) -> None:
        for name in _FOLDS:
            self._screen.set_class(self.panes.get(name) is True, f"-open-{name}")
            self._screen.set_class(self.panes.get(name) is False, f"-fold-{name}")
        self._screen.call_after_refresh(self.share_rows)

    def view(self) -> View:
        """Return what is looked at now."""
        selection, paths = self._screen.selection, self._screen.workspace.subject.closure.paths
        return View(
            tab=self._screen.shown_tab.id or "",
            layer=selection.layer,
            path="" if selection.path is None else str(paths[selection.path]),
            orders={
                name: pane.order_name for name, pane in self._screen.panes.items() if isinstance(pane, Sorts)
            },
        )

    def recall(self, view: View) -> None:
        """Look at what was looked at; what is gone is passed over."""
        screen = self._screen
        for name, pane in screen.panes.items():
            if isinstance(pane, Sorts) and (order := view.orders.get(name)):
                pane.order_by(order)
        at = same_path(view.path, screen.workspace.subject.closure)
        if at is not None:
            screen.closure_pane.reveal(at)
        screen.layers_pane.select(view.layer)
        if view.tab in screen.tabs:
            screen.call_after_refresh(screen.browsing.tab, view.tab)
