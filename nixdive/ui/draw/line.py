"""A line of the screen as a value: pieces of text that have a role, not yet a colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from rich.cells import cell_len, set_cell_size

if TYPE_CHECKING:
    from collections.abc import Iterable


class Span(NamedTuple):
    """A piece of a line.

    Attributes:
        text: printable text; what comes from an input has gone through `visible`.
        role: the role of its colour, a key of the palette.
        bold: whether it is bold.
        ground: the role of its background, or None for the one of the line.
        action: the action that a click on it runs, or None.
    """

    text: str
    role: str = "text"
    bold: bool = False
    ground: str | None = None
    action: str | None = None


Line: TypeAlias = tuple[Span, ...]

BLANK: Line = ()
_NO_WORDS = frozenset(" ─━│┃")
_LOUDER = {"faint": "dim", "dim": "text", "text": "bright", "line": "faint"}


def width(line: Iterable[Span]) -> int:
    """Return the cells that a line takes."""
    return sum(cell_len(span.text) for span in line)


def plain(line: Iterable[Span]) -> str:
    """Return the text of a line alone."""
    return "".join(span.text for span in line)


def cut(text: str, cells: int) -> str:
    """Return the text, with an ellipsis at its end where it takes more cells."""
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, max(cells - 1, 0)).rstrip() + "…" if cells > 0 else ""


def ending(text: str, cells: int) -> str:
    """Return the name of a file, its end from a slash on where it takes more cells."""
    if cell_len(text) <= cells:
        return text
    tail = text[len(text) - max(cells - 1, 0) :]
    while cell_len(tail) > max(cells - 1, 0):
        tail = tail[1:]
    return "…" + (tail[tail.find("/") :] if "/" in tail[:-1] else tail)


def fit(line: Line, cells: int) -> Line:
    """Return the line with exactly so many cells: with blanks at its end, or cut, as `shorten` does it."""
    fitted = shorten(line, cells)
    left = cells - width(fitted)
    return (*fitted, Span(" " * left)) if left > 0 else fitted


def shorten(line: Line, cells: int) -> Line:
    """Return the line, with an ellipsis at its end where words take more cells; blanks and rules just end."""
    if width(line) <= cells:
        return line
    text = plain(line)
    if cells > 0 and not set(text[len(plain(_start(line, cells))) :]) <= _NO_WORDS:
        kept = _start(line, max(cells - 1, 0))
        return (*kept[:-1], kept[-1]._replace(text=kept[-1].text.rstrip() + "…")) if kept else ()
    return _start(line, cells)


def _start(line: Line, cells: int) -> Line:
    """Return the first cells of a line that takes more."""
    kept: list[Span] = []
    for span in line:
        taken = cell_len(span.text)
        if taken > cells:
            return (*kept, span._replace(text=set_cell_size(span.text, cells)))
        kept.append(span)
        cells -= taken
    return tuple(kept)


def spread(left: Line, right: Line, cells: int) -> Line:
    """Return a line with one part at each end; the left one is cut where both have no room."""
    room = max(cells - width(right), 0)
    return (*fit(left, room), *right)


def labelled(label: str, *spans: Span) -> Line:
    """Return a fact: a quiet word in ten cells, then what there is to say."""
    return (Span(f" {label:<9}", "dim"), *spans)


def key_words(key: str, words: str, *, action: str | None = None) -> Line:
    """Return what a key does, to stand at the end of a line; nothing where there is no key for it."""
    if not key:
        return ()
    return (
        Span("   "),
        Span(key, "accent", bold=True, action=action),
        Span(f" {words}", "dim", action=action),
    )


def louder(line: Line) -> Line:
    """Return the line as it looks on the cursor row: quiet text rises one step."""
    return tuple(span._replace(role=_LOUDER.get(span.role, span.role)) for span in line)


def quieter(line: Line) -> Line:
    """Return the line as it looks while its figures are being worked out."""
    return tuple(span._replace(role="faint", bold=False) for span in line)
