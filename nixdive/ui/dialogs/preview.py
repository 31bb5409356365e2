"""Shows the beginning of a file, and what there is to know of it."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from rich.cells import chop_cells
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Button, Static

from nixdive.contents.data import PIECE, read
from nixdive.contents.difference import placed
from nixdive.progress import check
from nixdive.sizes import prose
from nixdive.ui.dialogs.dialog import field
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.line import Line, Span
from nixdive.ui.jobs import Jobs, Meter
from nixdive.ui.naming import file_name, permissions, plain_name
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from nixdive.errors import NixdiveError
    from nixdive.workspace.files.comparison import Compared

HEAD = 64 << 10  # bytes that are shown
_CELLS = 73
_ROW = 16
_ODD = frozenset(range(32)) - {7, 8, 9, 10, 12, 13, 27}


class PreviewDialog(Vertical):
    """Reads a file while it is shown."""

    keys_text = "↑↓ scroll   esc close"
    first = "VerticalScroll"
    sizes: tuple[tuple[int, str], ...] = ()
    DEFAULT_CSS = """
    PreviewDialog#frame { width: 92; }
    PreviewDialog .field { margin-bottom: 0; height: auto; }
    PreviewDialog .field Static { width: 1fr; height: auto; }
    PreviewDialog .field .label { width: 9; }
    PreviewDialog Drawn { height: 1; }
    PreviewDialog VerticalScroll {
        max-height: 45vh; margin-top: 1; background: $nd-ink; scrollbar-background: $nd-ink;
    }
    """

    def __init__(self, compared: Compared, name: bytes) -> None:
        super().__init__()
        self.title_text = plain_name(file_name(name)).rpartition("/")[2]
        self._compared = compared
        self._file = name
        self._lines: list[Line] = [(Span("reading", "faint"),)]
        self._page = Drawn(lambda _, __: self._lines)
        self._jobs = Jobs(self)

    def buttons(self) -> Iterable[Button]:
        """Return none: nothing is decided here."""
        return ()

    def fields(self) -> Iterable[Widget]:
        """Return what there is to know, and the beginning."""
        there = placed(self._compared.listing.found[self._file]).entry
        yield field("Path", Static(file_name(self._file), markup=False))
        words = f"{permissions(there)}   {there.uid}:{there.gid}   {there.kind.value}"
        yield field("Mode", Static(words, markup=False))
        if there.target:
            yield field("Leads to", Static(file_name(there.target), markup=False))
        data = self._compared.data(self._file)
        if data is not None:
            yield field("Size", Static(f"{prose(data.entry.size)}   {data.entry.size:,} bytes", markup=False))
            yield field("Digest", Static("…", id="digest", markup=False))
            yield VerticalScroll(self._page)

    def on_mount(self) -> None:
        """Begin to read."""
        if self._compared.data(self._file) is not None:
            self._jobs.ask("file", self._read, self._hashed, failed=self._failed, partly=self._show)

    def on_unmount(self) -> None:
        """Stop with the screen."""
        self._jobs.close()

    def _read(self, progress: Meter) -> str:
        """Read the file, show its beginning, and return the digest of all of it."""
        hashed = sha256()
        file, size = self._compared.open(self._file), self._compared.data(self._file)
        assert file is not None
        with file:
            head = read(file, HEAD)
            more = size is not None and size.entry.size > len(head)
            progress.partly(preview(head, more=more))
            hashed.update(head)
            while data := file.read(PIECE):
                check(progress)
                hashed.update(data)
        return f"sha256:{hashed.hexdigest()}"

    def _show(self, lines: list[Line]) -> None:
        self._lines = lines
        self._page.styles.height = len(lines)
        self._page.refresh(layout=True)

    def _hashed(self, digest: str) -> None:
        self.query_one("#digest", Static).update(digest)

    def _failed(self, error: NixdiveError) -> None:
        self._show([(Span(visible(str(error)), "bad"),)])


def preview(data: bytes, *, more: bool) -> list[Line]:
    """Return the lines of a file's beginning.

    Args:
        data: the beginning.
        more: whether the file goes on.
    """
    if not data:
        return [(Span("the file is empty", "faint"),)]
    lines = hex_lines(data) if is_binary(data, more=more) else text_lines(data)
    if more:
        lines.append((Span(f"… only the first {len(data) >> 10} KiB are shown", "faint"),))
    return lines


def is_binary(data: bytes, *, more: bool) -> bool:
    """Whether data look like anything but text: zeros and the like, or no UTF-8."""
    if any(byte in _ODD for byte in data):
        return True
    try:
        data.decode()
    except UnicodeDecodeError as error:
        # the last letter of a piece may be cut
        return not more or error.start < len(data) - 4
    return False


def text_lines(data: bytes) -> list[Line]:
    """Return text, each line as it is but for control characters; long ones go on in the next one."""
    lines: list[Line] = []
    for text in data.decode("utf-8", "surrogateescape").removesuffix("\n").split("\n"):
        shown = visible(text.removesuffix("\r").expandtabs(4))
        lines += [(Span(part),) for part in chop_cells(shown, _CELLS) or [""]]
    return lines


def hex_lines(data: bytes) -> list[Line]:
    """Return bytes as hexdump writes them: where they are, their values, their letters."""
    lines: list[Line] = []
    for at in range(0, len(data), _ROW):
        piece = data[at : at + _ROW]
        letters = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in piece)
        values = piece.hex(" ")
        lines.append((Span(f"{at:06x}  ", "faint"), Span(f"{values:<49}"), Span(letters, "dim")))
    return lines
