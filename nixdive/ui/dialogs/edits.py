"""The list of edits, each with its prices: one can be dropped, and the receipt of all can be copied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.containers import Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Button

from nixdive.sizes import signed
from nixdive.ui.dialogs.dialog import answer
from nixdive.ui.draw.drawn import Canvas, Drawn
from nixdive.ui.draw.line import Line, Span, cut, spread
from nixdive.ui.draw.lists import Window, within
from nixdive.ui.jobs import Jobs
from nixdive.ui.verbs import bindings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.binding import BindingType

    from nixdive.workspace.history import Edit
    from nixdive.workspace.ledger import Dropped, Ledger
    from nixdive.workspace.price import Price
    from nixdive.workspace.workspace import Workspace

_PRICE = 12  # cells of a price
_LATER = 9  # cells of the seconds of a release
_REST = 12  # rows of the dialog beside the edits
_LOST = 2  # edits that no longer apply, with their causes


def priced(cost: Price | None) -> Line:
    """Return the prices of an edit, below the heads of the columns; blank where there are none."""
    spans: list[Span] = []
    for size in (None, None) if cost is None else (cost.push, cost.release):
        words = "" if size is None else signed(size)
        role = "text" if not size else "pay" if size > 0 else "save"
        spans.append(Span(f"{words:>{_PRICE}}  ", role, bold=bool(size)))
    later = "" if cost is None else cost.later[1]
    role = "text" if not later else "pay" if later.startswith("+") else "save"
    spans.append(Span(f"{later:>{_LATER}}  ", role, bold=bool(later)))
    return tuple(spans)


class Steps(Widget, can_focus=True):
    """The edits, oldest first, with a cursor."""

    cursor: reactive[int] = reactive(0)

    @dataclass
    class Moved(Message):
        """The cursor is on another edit."""

    def __init__(self, steps: Sequence[Edit]) -> None:
        super().__init__()
        self._steps = steps
        self._prices: Sequence[Price | None] = ()
        self._top = 0
        self._canvas = Canvas(self, self.draw, ground_of=self.ground_of)
        self.set_reactive(Steps.cursor, len(steps) - 1)

    def show_prices(self, prices: Sequence[Price | None]) -> None:
        """Show what the edits cost."""
        self._prices = prices
        self.refresh()

    def draw(self, width: int, height: int) -> list[Line]:
        """Return the edits around the cursor, with a scroll bar where not all have room."""
        window = Window(self._top, self.cursor, len(self._steps), height).kept()
        self._top = window.top
        lines = window.lines(self._row, width)
        return [(*line[:-1], line[-1]._replace(ground=None)) for line in lines]

    def _row(self, index: int, width: int) -> Line:
        edit = self._steps[index]
        right: Line = (Span(f"{'…':>{_PRICE}}{' ' * (_PRICE + _LATER + 6)}", "dim"),)
        if index < len(self._prices):
            right = priced(self._prices[index])
        room = width - 2 * (_PRICE + 2) - (_LATER + 2) - 7
        mark = Span(f"{edit.mark or ' '} ", "pin")
        return spread((Span(f"{index + 1:>3} ", "dim"), mark, Span(cut(edit.words, room))), right, width)

    def ground_of(self, y: int) -> str:
        """Return the background: the line of the cursor is filled."""
        return "cursor" if self._top + y == self.cursor else "panel"

    def render(self) -> Canvas:
        """Return what its lines are painted by."""
        return self._canvas

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on a line."""
        return within(cursor, len(self._steps))

    def watch_cursor(self) -> None:
        """Say that the cursor is on another edit."""
        self.refresh()
        self.post_message(self.Moved())

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is."""
        self.cursor = self._top + event.y


class EditsDialog(Vertical):
    """Gives the step that drops an edit, with what is lost by it; or None."""

    title_text = "Edits"
    keys_text = "x drop   y copy   esc close"
    first = "Steps"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("Edits")]
    sizes: tuple[tuple[int, str], ...] = ()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._steps = Steps(workspace.shown.steps)
        self._ledger: Ledger | None = None
        self._dropped: Dropped | None = None
        self._wanted = False
        self._without = Drawn(self._draw_without, ground="panel", classes="rule")
        self._whole = Drawn(self._draw_whole, ground="panel", classes="rule")
        self._jobs = Jobs(self)

    def fields(self) -> Iterable[Widget]:
        """Return the list, what is left without the edit under the cursor, and the receipt."""
        columns = f"{'once':>{_PRICE}}  {'each release':>{_PRICE}}  {'seconds':>{_LATER}}   "
        heads = (Span(columns, "faint"),)
        yield Drawn(lambda width, _: [spread((), heads, width)], ground="panel", classes="rule")
        yield self._steps
        yield self._without
        yield self._whole

    def buttons(self) -> Iterable[Button]:
        """Return the buttons."""
        yield Button("Drop", id="drop")
        yield Button("Copy as Markdown", id="copy")

    def on_mount(self) -> None:
        """Have the prices worked out, and what is left without the edit under the cursor."""
        self._without.styles.height, self._whole.styles.height = 2 + _LOST, 1
        self._without.styles.margin = (1, 0, 0, 0)
        self._jobs.ask("ledger", self._workspace.ledger, self._show)
        self._look()

    def on_unmount(self) -> None:
        """Stop working."""
        self._jobs.close()

    def on_resize(self) -> None:
        """Let the list be as high as it has room."""
        room = max(self.app.size.height - _REST, 1)
        self._steps.styles.height = min(len(self._workspace.shown.steps), room)

    def _show(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._steps.show_prices([entry.price for entry in ledger.entries])
        self._whole.refresh()

    @on(Steps.Moved)
    def _look(self) -> None:
        self._dropped, number = None, self._steps.cursor
        self._without.refresh()
        self._jobs.ask("without", lambda meter: self._workspace.without(number, meter), self._found)

    def _found(self, dropped: Dropped) -> None:
        self._dropped = dropped
        self._without.refresh()
        if self._wanted:
            answer(self.screen, dropped)

    def _draw_without(self, width: int, _: int) -> list[Line]:
        found = self._dropped
        if found is None:
            return [(Span("without it  …", "dim"),)]
        lines = [spread((Span("without it", "dim"),), priced(found.price), width - 1)]
        for one in found.lost[:_LOST]:
            words = f"no longer applies: {one.edit.what}: {one.cause}"
            lines.append((Span(cut(words, width), "mod"),))
        if len(found.lost) > _LOST:
            lines.append((Span(f"and {len(found.lost) - _LOST} more that no longer apply", "mod"),))
        return lines

    def _draw_whole(self, width: int, _: int) -> list[Line]:
        words = self._ledger.line if self._ledger is not None else "…"
        return [(Span(cut(words, width), "bright", bold=True),)]

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self._steps.cursor += rows

    @on(Button.Pressed, "#drop")
    def action_drop(self) -> None:
        """Drop the edit under the cursor, as soon as it is known what is left."""
        self._wanted = True
        if self._dropped is not None:
            answer(self.screen, self._dropped)

    @on(Button.Pressed, "#copy")
    def action_copy(self) -> None:
        """Copy the receipt as Markdown."""
        if self._ledger is not None:
            self.app.copy_to_clipboard(self._ledger.markdown)
            self.notify(f"Copied as Markdown: {self._ledger.line}", timeout=5, markup=False)
