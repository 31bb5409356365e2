"""Shows the beginning of a file, and what there is to know of it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from textual import on, work
from textual.containers import VerticalScroll
from textual.markup import escape
from textual.message import Message
from textual.widgets import Static

from nixdive.contents.data import PIECE, read
from nixdive.contents.difference import placed
from nixdive.errors import NixdiveError
from nixdive.sizes import prose
from nixdive.ui.dialogs.dialog import Dialog, field
from nixdive.ui.dialogs.preview_rows import HEAD, preview
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.line import Line, Span
from nixdive.ui.panes.contents.names import plain_name
from nixdive.ui.panes.contents.rows import permissions, shown
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from nixdive.workspace.files.compared import Compared


class Page(Drawn):
    """The lines of the beginning."""

    ground = "ink"

    def __init__(self) -> None:
        super().__init__()
        self._page: list[Line] = [(Span("reading", "faint"),)]

    def show(self, lines: list[Line]) -> None:
        """Show other lines."""
        self._page = lines
        self.styles.height = len(lines)
        self.refresh(layout=True)

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  it is as high as it has lines
        """Return all lines."""
        return self._page


class PreviewDialog(Dialog[None]):
    """Reads a file while it is shown."""

    keys_text = "↑↓ scroll   esc close"
    AUTO_FOCUS = "VerticalScroll"
    DEFAULT_CSS = """
    PreviewDialog #frame { width: 92; }
    PreviewDialog .field { margin-bottom: 0; height: auto; }
    PreviewDialog .field Static { width: 1fr; height: auto; }
    PreviewDialog .field .label { width: 9; }
    PreviewDialog Page { height: 1; }
    PreviewDialog VerticalScroll {
        max-height: 45vh; margin-top: 1; background: $nd-ink; scrollbar-background: $nd-ink;
    }
    """

    @dataclass
    class Begun(Message):
        """The beginning of the file was read, or could not be."""

        lines: list[Line]

    @dataclass
    class Hashed(Message):
        """The whole file was read."""

        digest: str

    def __init__(self, compared: Compared, name: bytes) -> None:
        super().__init__()
        self.title_text = escape(plain_name(shown(name)).rpartition("/")[2])
        self._compared = compared
        self._file = name

    def fields(self) -> Iterable[Widget]:
        """Return what there is to know, and the beginning."""
        there = placed(self._compared.listing.found[self._file]).entry
        yield field("Path", Static(shown(self._file), markup=False))
        words = f"{permissions(there)}   {there.uid}:{there.gid}   {there.kind.value}"
        yield field("Mode", Static(words, markup=False))
        if there.target:
            yield field("Leads to", Static(shown(there.target), markup=False))
        data = self._compared.data(self._file)
        if data is not None:
            yield field("Size", Static(f"{prose(data.entry.size)}   {data.entry.size:,} bytes", markup=False))
            yield field("Digest", Static("…", id="digest", markup=False))
            yield VerticalScroll(Page())

    def on_mount(self) -> None:
        """Begin to read."""
        if self._compared.data(self._file) is not None:
            self._read()

    @work(thread=True, exclusive=True, exit_on_error=False)
    def _read(self) -> None:
        hashed = sha256()
        try:
            file = self._compared.open(self._file)
            assert file is not None
            with file:
                head = read(file, HEAD)
                size = self._compared.data(self._file)
                more = size is not None and size.entry.size > len(head)
                self.post_message(self.Begun(preview(head, more=more)))
                hashed.update(head)
                while self.is_attached and (data := file.read(PIECE)):
                    hashed.update(data)
        except NixdiveError as error:
            self.post_message(self.Begun([(Span(visible(str(error)), "bad"),)]))
            return
        self.post_message(self.Hashed(f"sha256:{hashed.hexdigest()}"))

    @on(Begun)
    def _begun(self, message: Begun) -> None:
        self.query_one(Page).show(message.lines)

    @on(Hashed)
    def _hashed(self, message: Hashed) -> None:
        self.query_one("#digest", Static).update(message.digest)
