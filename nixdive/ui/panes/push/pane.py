"""The push pane: what the next push sends and why, and what releases cost over the layer budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Container

from nixdive.sizes import prose
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.headings import heading
from nixdive.ui.draw.line import Line, Span
from nixdive.ui.draw.line import width as line_width
from nixdive.ui.listing import Listing
from nixdive.ui.naming import layer_ground
from nixdive.ui.panes.closure.filter import Query
from nixdive.ui.panes.layers.arranged import EXAMPLES, found_layers, problem
from nixdive.ui.panes.order import following
from nixdive.ui.panes.pane import LayerWanted, View, header, nothing_found
from nixdive.ui.panes.push.plot import Here, plot
from nixdive.ui.panes.push.rows import Order, Sent, heads, row, sent, summary
from nixdive.ui.verbs import PANES, bindings
from nixdive.visible import visible

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from nixdive.layering.cost import Replan
    from nixdive.ui.jobs import Jobs
    from nixdive.workspace.curve import Curve
    from nixdive.workspace.priced_plan import PricedPlan

_LARGE, _SMALL = 13, 9  # lines of the plots with their heading
_LIST = 6  # lines of the pane that the list has at least, its heads included


class PushPane(Container):
    """The layers that are sent, the largest first; below them the curve, where there is room.

    Attributes:
        listing: the rows.
        curve: what releases cost over the layer budget, as soon as that is known.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PANES["push"])]
    filter_hint = EXAMPLES

    def __init__(self, view: View, jobs: Jobs, **options: Any) -> None:
        super().__init__(**options)
        self.listing = Listing(self)
        self.curve: Curve | None = None
        self._plot = Drawn(self._draw_plot)
        self._view = view
        self._jobs = jobs
        self._order = Order.BYTES
        self._query: Query | None = None
        self._all: tuple[Sent, ...] = ()
        self._rows: tuple[Sent, ...] = ()
        self._moved: tuple[PricedPlan, str] | None = None

    def compose(self) -> ComposeResult:
        """Show the list, and the plot below it."""
        yield self.listing
        yield self._plot

    def on_resize(self) -> None:
        """Give the plots as much room as the list can spare."""
        notes, height = len(self._notes(self.size.width)), self.size.height
        room = height - notes - _LIST if self._view.priced.release is not None else 0
        lines = notes + (_LARGE if room >= _LARGE + 3 else _SMALL if room >= _SMALL else 0)
        self._plot.display = lines > 0
        self._plot.styles.height = lines

    def show(self, view: View) -> None:
        """Work out what is sent under another plan."""
        self._view = view
        self._all = sent(view.closure, view.priced, view.before, view.priced.causes)
        self._arrange()
        self.listing.settle()
        if self.display:
            self._weigh_moves()
        self._plot.refresh()
        self.on_resize()

    def turn_to(self, path: int | None) -> None:  # noqa: ARG002  it is about layers
        """Have worked out what is seen for the first time: the curve, and what moving layers brings."""
        self._weigh_moves()
        if self.curve is None:
            view = self._view
            request = view.workspace.shown.request
            self._jobs.ask(
                "curve", lambda progress: view.workspace.curve(request, progress), self._show_curve
            )

    def forget_curve(self) -> None:
        """Have the curve worked out anew: more is known of wire bytes."""
        self._jobs.cancel("curve")
        self.curve = None
        if self.display:
            self.turn_to(None)

    def _weigh_moves(self) -> None:
        priced = self._view.priced
        if self._moved is not None and self._moved[0] is priced:
            return

        def show(moved: Replan | None) -> None:
            if priced is self._view.priced:
                self._moved = priced, moved.words if moved is not None else ""
                self._plot.refresh()
                self.on_resize()

        self._jobs.ask("moves", lambda _: priced.moved, show)

    def _show_curve(self, curve: Curve | None) -> None:
        self.curve = curve
        self._plot.refresh()

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self._rows)

    @property
    def rows(self) -> tuple[Sent, ...]:
        """The layers that are sent, as they are shown."""
        return self._rows

    @property
    def selected(self) -> int | None:
        """None: a row is a layer."""
        return None

    def cursor_moved(self) -> None:
        """Tell nobody."""

    def header(self, width: int) -> Line:
        """Return the header with the titles of all tabs."""
        return header("push", width, focused=self.listing.has_focus)

    def heads(self, width: int) -> Line:
        """Return the heads of the columns, and what is sent in all; what a filter finds instead of that."""
        start = (*heads(self._order, sized=self._view.closure.sized), Span("  "))
        if self._query is None:
            return (*start, *summary(self._view.priced, self._all, width - line_width(start)))
        size = sum(one.size for one in self._rows)
        found = f"{self._query.called}   {self.count} of {len(self._all)}"
        return (*start, Span(found, "dim"), Span(f"   {prose(size)}" if self._view.closure.sized else ""))

    def row(self, index: int, width: int) -> Line:
        """Return a row."""
        one = self._rows[index]
        plan = self._view.priced.plan
        most = max(one.size for one in self._all)
        return row(one, layer_ground(plan.layers[one.layer]), most, width, sized=plan.sized)

    def when_empty(self) -> list[Line]:
        """Return what stands there when nothing is sent, or a filter finds nothing."""
        if self._all and self._query is not None:
            return [nothing_found("layer that is sent", self._query, self._view.keys)]
        return [(Span("nothing: the registry has every layer", "faint"),)]

    @property
    def order_name(self) -> str:
        """What the rows are sorted by."""
        return self._order.value

    def order_by(self, name: str) -> None:
        """Sort the rows by layers or by bytes; the cursor stays on its layer."""
        if name in tuple(Order):
            self._order = Order(name)
            self._again()

    def sort(self) -> None:
        """Sort by the number of the layer, or by bytes again."""
        self.order_by(following(self._order))

    @property
    def filter_problem(self) -> str:
        """What is wrong with the filter."""
        return "" if self._query is None else problem(self._query, sized=self._view.closure.sized)

    def filter(self, text: str) -> None:
        """Show the layers that a text finds, as in Layers, or by why they are sent."""
        self._query = Query.parse(text)
        self._again()

    def whole(self) -> None:
        """Show all that is sent."""
        self._query = None
        self._again()

    def next_match(self, direction: int) -> None:
        """Go to the next or the previous layer that the filter has found, round and round."""
        if self._query is not None and self.count:
            self.listing.cursor = (self.listing.cursor + direction) % self.count

    def _arrange(self) -> None:
        """Have the rows follow filter and order."""
        rows, query = self._all, self._query
        if query is not None:
            found = found_layers(query, self._view.closure, self._view.priced)
            rows = tuple(one for one in rows if one.layer in found or query.in_words(one.cause))
        self._rows = tuple(sorted(rows, key=self._key))

    def _again(self) -> None:
        """Show the rows anew; the cursor stays on its layer."""
        here = self._rows[self.listing.cursor].layer if self.count else None
        self._arrange()
        self.listing.settle(next((i for i, one in enumerate(self._rows) if one.layer == here), 0))

    def _key(self, one: Sent) -> tuple[int, int]:
        return (one.layer, 0) if self._order is Order.LAYER else (-one.size, one.layer)

    def action_go(self) -> None:
        """Select the layer."""
        if self.count:
            self.post_message(LayerWanted(self._rows[self.listing.cursor].layer))

    def _notes(self, width: int) -> list[Line]:
        """Return what is assumed, what the marks mean, and what layers that were moved cost and save."""
        priced = self._view.priced
        lines: list[Line] = []
        if priced.assumption:
            whole = f" against {visible(self._view.baseline)}, {priced.assumption}"
            lines.append((Span(whole if len(whole) < width else f" {priced.assumption}", "dim"),))
        if any(one.dearer for one in self._all):
            mark = Span(" ▲", "pay", bold=True)
            lines.append((mark, Span(" would not be pushed without the last edit", "dim")))
        if self._moved is not None and self._moved[0] is priced and self._moved[1]:
            lines += [(Span(one, "text"),) for one in _fitted(self._moved[1], width)]
        return lines

    def _draw_plot(self, width: int, height: int) -> list[Line]:
        priced = self._view.priced
        lines = self._notes(width)
        if height <= len(lines):
            return lines
        note = f"by layer budget: {priced.pricer.delivery.words}"
        lines.append(heading("Each release", width, note=note))
        if self.curve is None:
            return [*lines, (Span("  planning for other budgets …", "faint"),)]
        seconds = priced.seconds.release if priced.seconds is not None else None
        here = Here(len(priced.plan.layers), priced.release or 0, seconds)
        return lines + plot(self.curve, here, width, height - len(lines))


def _fitted(moved: str, width: int) -> list[str]:
    """Return what moving layers costs and saves, in one line or two; the verdict alone where it is narrow."""
    whole = f" layers moved: {moved}"
    price, _, verdict = whole.rpartition(", ")
    if len(whole) < width:
        return [whole]
    return [f"{price},", f"   {verdict}"] if len(price) + 1 < width else [f" moved: {verdict}"]
