"""Every glyph of the screen in ASCII, cell for cell, for terminals and fonts that have no other."""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.filter import LineFilter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.color import Color

    from nixdive.ui.draw.line import Line, Span

_TABLE: Final = str.maketrans(
    {
        "◆": "@", "■": "#", "▲": "^", "▼": "v", "▶": ">", "◀": "<", "↑": "<", "↓": ">", "→": ">", "←": "<",
        "●": "*", "○": "o", "✓": "+", "×": "x", "Δ": "d", "±": "=", "−": "-", "–": "-", "—": "-", "…": "~",
        "·": ".", "˙": "'", "•": "*", "≥": ">", "≤": "<", "≈": "~",
        "│": "|", "┃": "|", "║": "|", "▏": "|", "▎": "|", "▍": "|", "▌": "|", "▋": "|", "▊": "|", "▉": "|",
        "▐": "|", "▕": "|", "╿": "|", "─": "-", "━": "=", "═": "=", "╸": "=", "╺": "=", "╴": "-", "╶": "-",
        "├": "+", "┤": "+", "┬": "+", "┴": "+", "┼": "+", "┌": "+", "┐": "+", "┘": "+", "└": "`", "╰": "`",
        "╭": "+", "╮": "+", "╯": "+", "┏": "+", "┓": "+", "┗": "+", "┛": "+", "┣": "+", "┫": "+", "┝": "+",
        "┥": "+", "┠": "+", "┨": "+", "╋": "+", "▔": "-",
        "▁": ".", "▂": ".", "▃": "-", "▄": "=", "▅": "+", "▆": "+", "▇": "#", "█": "#",
        "\N{NO-BREAK SPACE}": " ",
    }
)  # fmt: skip
# what fills a piece of the bar whose colour says how often it changes; its number keeps a blank at each side
_FILLS: Final = {"s0": ".", "s1": "-", "s2": "=", "s3": "+", "s4": "#"}
_SORTED = re.compile(r"(?<=[A-Za-z])▼")  # behind the head of a column, where a letter would be read with it
_BESIDE_NUMBER = re.compile(r"(?<=\d)[.\-=+#]|[.\-=+#](?=\d)")


@lru_cache(maxsize=4096)
def ascii_text(text: str) -> str:
    """Return the text in ASCII with as many cells; what has no likeness becomes a question mark a cell."""
    if text.isascii():
        return text
    plain = _SORTED.sub("*", text).translate(_TABLE)
    if not plain.isascii():
        plain = "".join(char if char.isascii() else "?" * cell_len(char) for char in plain)
    cells = cell_len(text)
    # the parts of a joined sign may be wider than the sign
    return plain if len(plain) == cells else set_cell_size(plain, cells)


def ascii_line(line: Line, *, coloured: bool) -> Line:
    """Return the line in ASCII, where colour alone said something with a sign that says it too.

    Args:
        line: the line.
        coloured: whether there are colours beside.
    """
    return tuple(_ascii_span(span, coloured=coloured) for span in line)


def _ascii_span(span: Span, *, coloured: bool) -> Span:
    if span.ground in _FILLS:
        fill = _FILLS[span.ground]
        text = _BESIDE_NUMBER.sub(" ", span.text.replace(" ", fill))
        if not coloured:
            return span._replace(text=ascii_text(text), role="text", ground=None)
        return span._replace(text=ascii_text(text))
    if span.text == "▌" and span.role in _FILLS:
        return span._replace(text=" ", ground=span.role if coloured else span.ground)
    return span._replace(text=ascii_text(span.text))


class AsciiFilter(LineFilter):
    """Draws whatever a widget has drawn in ASCII: frames, notices and scroll bars too."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002  Textual's
        """Return the segments in ASCII."""
        return [Segment(ascii_text(text), style, control) for text, style, control in segments]


def speaks_utf8(environment: Mapping[str, str], *, utf8_mode: bool | None = None) -> bool:
    """Return whether the locale says that the terminal reads UTF-8.

    Where no locale is named at all, as in most containers, nothing speaks against it.

    Args:
        environment: its LC_ALL, LC_CTYPE and LANG, the first that is set counts.
        utf8_mode: whether Python has taken UTF-8 for a locale without it; by itself it then sets LC_CTYPE.
    """
    coerced = bool(sys.flags.utf8_mode) if utf8_mode is None else utf8_mode
    character_type = environment.get("LC_CTYPE", "")
    if coerced and character_type in {"C.UTF-8", "C.utf8", "UTF-8"}:
        character_type = ""
    named = environment.get("LC_ALL") or character_type or environment.get("LANG") or ""
    return not named or named.lower().replace("-", "").partition("@")[0].endswith("utf8")
