"""The share pane: the other images of the registry, and what is shared with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Container

from nixdive.ui.draw.line import BLANK, Line, Span
from nixdive.ui.listing import Listing
from nixdive.ui.panes.closure.filter import Query
from nixdive.ui.panes.layers.arranged import EXAMPLES
from nixdive.ui.panes.order import following
from nixdive.ui.panes.pane import LayerWanted, PathChosen, PathWanted, View, header
from nixdive.ui.panes.share.rows import (
    Apart,
    Entry,
    Image,
    Order,
    SharedLayer,
    entries,
    heads,
    named,
    row,
)
from nixdive.ui.verbs import PANES, bindings

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from nixdive.ui.jobs import Jobs, Meter
    from nixdive.workspace.others import Shared, Together


class SharePane(Container):
    """Other images with what is shared; below them layers and paths of the selected one.

    Attributes:
        listing: the rows.
        shared: what is shared with each of the other images.
        joint: what a joint plan would do, as soon as that is known.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PANES["share"])]
    filter_hint = f"an image; or of what is shared: {EXAMPLES}"

    def __init__(self, view: View, jobs: Jobs, **options: Any) -> None:
        super().__init__(**options)
        self.listing = Listing(self)
        self.shared: tuple[Shared, ...] = ()
        self.joint: Together | None = None
        self._view = view
        self._jobs = jobs
        self._entries: tuple[Entry, ...] = ()
        self._image = 0
        self._order = Order.NAMED
        self._query: Query | None = None
        self._stale = True

    def compose(self) -> ComposeResult:
        """Show the list."""
        yield self.listing

    def show(self, view: View) -> None:
        """Look again under another plan, at once where the tab is seen."""
        self._view = view
        self._stale = True
        if self.display:
            self.turn_to(None)

    def turn_to(self, path: int | None) -> None:  # noqa: ARG002  it is about images
        """Have it worked out what is shared, where that is not known for this plan."""
        if self._stale and self._view.workspace.others:
            self._stale = False
            self._jobs.ask("share", self._share, self._show_joint, partly=self._show_shared)

    def _share(self, progress: Meter) -> Together | None:
        from nixdive.workspace.others import share, together

        workspace, plan = self._view.workspace, self._view.priced.plan
        progress.partly(share(workspace.subject, plan, workspace.others))
        return None if progress.cancelled() else together(workspace.subject, plan, workspace.others)

    def _show_shared(self, shared: tuple[Shared, ...]) -> None:
        self.shared, self.joint = shared, None
        self._write()

    def _show_joint(self, joint: Together | None) -> None:
        self.joint = joint
        self._write()

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self._entries)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The rows as values."""
        return self._entries

    @property
    def selected(self) -> int | None:
        """The index of the store path that the cursor is on."""
        entry = self._entries[self.listing.cursor] if self.count else None
        return entry.path if isinstance(entry, Apart) else None

    def header(self, width: int) -> Line:
        """Return the header with the titles of all tabs."""
        return header("share", width, focused=self.listing.has_focus)

    def heads(self, width: int) -> Line:
        """Return the heads of the columns."""
        if not self._view.workspace.others:
            return BLANK
        if not self._view.closure.sized:
            return (Span(" the input gives no sizes: each path counts as one byte", "dim"),)
        return heads(width, self._order)

    def row(self, index: int, width: int) -> Line:
        """Return a row."""
        chosen = index == self.listing.cursor
        return row(self._view.closure, self._view.priced, self._entries[index], width, chosen=chosen)

    def when_empty(self) -> list[Line]:
        """Return how to name other images, or that they are being laid out."""
        if self._view.workspace.others:
            return [(Span("laying out the other images …", "faint"),)]
        key = self._view.keys.first("share.add")
        words = f"{key} adds another image in the registry, as --with INPUT does"
        return [(Span(words, "dim", action="screen.do('share.add')"),)]

    def again(self) -> None:
        """Look again: there is another image."""
        self.show(self._view)

    def on_descendant_focus(self) -> None:
        """Be about the store path under the cursor from the first key on, not from the next plan on."""
        self.cursor_moved()

    def cursor_moved(self) -> None:
        """Show what is shared with the image that the cursor is on; tell which store path it is on."""
        if self.listing.has_focus and (path := self.selected) is not None:
            self.post_message(PathChosen(path))
        entry = self._entries[self.listing.cursor] if self.count else None
        if isinstance(entry, Image) and entry.number != self._image:
            self._image = entry.number
            self._write()

    def action_go(self) -> None:
        """Go to the layer, or to the path in the closure; from an image to what is shared with it."""
        match self._entries[self.listing.cursor] if self.count else None:
            case SharedLayer(here, _):
                self.post_message(LayerWanted(here))
            case Apart(path, _):
                self.post_message(PathWanted(path))
            case Image():
                kinds = (SharedLayer, Apart)
                places = (i for i, entry in enumerate(self._entries) if isinstance(entry, kinds))
                self.listing.cursor = next(places, self.listing.cursor)

    def action_image(self, direction: int) -> None:
        """Go to the next or the previous image, round and round."""
        images = [entry.number for entry in self._entries if isinstance(entry, Image)]
        if images:
            self.listing.cursor = (images.index(self._image) + direction) % len(images)

    @property
    def order_name(self) -> str:
        """What the images are sorted by."""
        return self._order.value

    def order_by(self, name: str) -> None:
        """Sort the images by a column; the cursor stays on its image."""
        if name in tuple(Order):
            self._order = Order(name)
            self._to_image()

    def sort(self) -> None:
        """Sort the images by the next column."""
        self.order_by(following(self._order))

    @property
    def filter_problem(self) -> str:
        """What is wrong with the filter."""
        return "" if self._query is None else self._query.problem

    def filter(self, text: str) -> None:
        """Show the images that a text names, or the layers and paths in common that it finds."""
        self._query = Query.parse(text)
        self._to_image()

    def whole(self) -> None:
        """Show all again."""
        if self._query is not None:
            self._query = None
            self._to_image()

    def next_match(self, direction: int) -> None:
        """Go to the next or the previous image."""
        self.action_image(direction)

    def _to_image(self) -> None:
        """Show the rows anew, with the cursor on the image."""
        self._write()
        places = (i for i, entry in enumerate(self._entries) if isinstance(entry, Image))
        here = (i for i in places if self._entries[i].number == self._image)  # type: ignore[union-attr]
        self.listing.settle(next(here, 0))

    def _write(self) -> None:
        self._entries = ()
        if self.shared:
            view = self._view
            shown = named(self.shared, self._query)
            self._image = self._image if self._image in shown else min(shown)
            self._entries = entries(
                view.closure,
                view.priced,
                self.shared,
                self.joint,
                self._image,
                pins=view.keys.first("pin"),
                order=self._order,
                query=self._query,
            )
        self.listing.settle()
