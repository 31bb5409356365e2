"""The share pane: the other images of the registry, and what is shared with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.reactive import reactive

from nixdive.ui.draw.line import BLANK, Line, Span
from nixdive.ui.panes.messages import LayerWanted, PathWanted, SharingWanted
from nixdive.ui.panes.share.rows import Apart, Entry, Image, SharedLayer, entries, heads, row
from nixdive.ui.panes.tab import Tab

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.workspace.others import Other, Shared, Together
    from nixdive.workspace.workspace import Workspace


class SharePane(Tab):
    """Other images with what is shared; below them layers and paths of the selected one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go", "Go to the layer or the path", id="share.go"),
        Binding("n", "image(1)", "Next image", id="share.next"),
        Binding("N", "image(-1)", "Previous image", id="share.previous"),
    ]

    shared: reactive[tuple[Shared, ...]] = reactive(())
    joint: reactive[Together | None] = reactive(None)

    _closure: Closure | None = None
    _others: tuple[Other, ...] = ()
    _entries: tuple[Entry, ...] = ()
    _image = 0
    _stale = True

    def open(self, workspace: Workspace) -> None:
        """Take the closure and the other images."""
        self._closure, self._others = workspace.subject.closure, workspace.others

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self._entries)

    @property
    def selected(self) -> int | None:
        """The index of the store path that the cursor is on."""
        entry = self._entries[self.cursor] if self.count else None
        return entry.path if isinstance(entry, Apart) else None

    def heads(self, width: int) -> Line:
        """Return the heads of the columns; without other images how to name them."""
        if not self._others:
            return BLANK
        if self._closure is not None and not self._closure.sized:
            return (Span(" the input names no sizes: a path counts as one byte", "dim"),)
        return heads(width)

    def row(self, index: int, width: int) -> Line:
        """Return a row."""
        assert self._closure is not None
        assert self.priced is not None
        entry, here = self._entries[index], index == self.cursor
        return row(self._closure, self.priced, entry, width, chosen=here)

    def when_empty(self) -> Line:
        """Return how to name other images, or that they are being laid out."""
        if self._others:
            return (Span("laying out the other images …", "faint"),)
        return (Span("--with INPUT names another image of the registry, again for each", "dim"),)

    def watch_priced(self) -> None:
        """Look again under another plan, at once where the tab is seen."""
        self._stale = True
        if self.display:
            self.on_show()

    def on_show(self) -> None:
        """Ask what is shared, where it is not known for this plan."""
        if self._stale and self._others and self.priced is not None:
            self._stale = False
            self.post_message(SharingWanted(self.priced))

    def watch_shared(self) -> None:
        """Show what is shared."""
        self._write()

    def watch_joint(self) -> None:
        """Show what a joint plan would do."""
        self._write()

    def cursor_moved(self) -> None:
        """Tell of the image that the cursor is on."""
        super().cursor_moved()
        entry = self._entries[self.cursor] if self.count else None
        if isinstance(entry, Image) and entry.number != self._image:
            self._image = entry.number
            self._write()

    def action_go(self) -> None:
        """Go to the layer, or to the path in the closure; from an image to what is shared with it."""
        match self._entries[self.cursor] if self.count else None:
            case SharedLayer(here, _):
                self.post_message(LayerWanted(here))
            case Apart(path, _):
                self.post_message(PathWanted(path))
            case Image():
                kinds = (SharedLayer, Apart)
                places = (i for i, entry in enumerate(self._entries) if isinstance(entry, kinds))
                self.cursor = next(places, self.cursor)

    def action_image(self, direction: int) -> None:
        """Go to the next or the previous image, round and round."""
        if self.shared:
            self.cursor = (self._image + direction) % len(self.shared)

    def _write(self) -> None:
        self._entries = ()
        if self._closure is not None and self.priced is not None and self.shared:
            self._image = min(self._image, len(self.shared) - 1)
            self._entries = entries(self._closure, self.priced, self.shared, self.joint, self._image)
            self.cursor = self.validate_cursor(self.cursor)
        self.refresh()
