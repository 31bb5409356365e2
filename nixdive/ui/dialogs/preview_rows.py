"""The beginning of a file as lines: text with control characters made visible, or bytes in hexadecimal."""

from __future__ import annotations

from rich.cells import chop_cells

from nixdive.ui.draw.line import Line, Span
from nixdive.visible import visible

HEAD = 64 << 10  # bytes that are shown
CELLS = 73
_ROW = 16
_ODD = frozenset(range(32)) - {7, 8, 9, 10, 12, 13, 27}


def preview(data: bytes, *, more: bool, cells: int = CELLS) -> list[Line]:
    """Return the lines of a file's beginning.

    Args:
        data: the beginning.
        more: whether the file goes on.
        cells: the width; longer lines go on in the next one.
    """
    if not data:
        return [(Span("the file is empty", "faint"),)]
    lines = hex_lines(data) if is_binary(data, more=more) else text_lines(data, cells)
    if more:
        lines.append((Span(f"… the first {len(data) >> 10} KiB are shown", "faint"),))
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


def text_lines(data: bytes, cells: int) -> list[Line]:
    """Return text, each line as it is but for control characters."""
    lines: list[Line] = []
    for text in data.decode("utf-8", "surrogateescape").removesuffix("\n").split("\n"):
        shown = visible(text.removesuffix("\r").expandtabs(4))
        lines += [(Span(part),) for part in chop_cells(shown, cells) or [""]]
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
