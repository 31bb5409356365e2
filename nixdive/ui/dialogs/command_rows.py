"""The rows of the command palette: which commands a text finds, and how they look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from nixdive.ui.draw.line import Line, Span, cut, spread, width
from nixdive.ui.main.commands import EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nixdive.ui.main.commands import Command

_WHERE, _KEYS = 12, 16


def matching(commands: Iterable[Command], text: str) -> list[Command]:
    """Return the commands that a text finds, the best first; all of them for no text.

    Every word of the text is in the title, in the name of its place or in its id, or is one of its keys.
    """
    words = text.lower().split()
    if not words:
        return list(commands)
    found = []
    for place, command in enumerate(commands):
        ranks = [rank(command, word) for word in words]
        known = [one for one in ranks if one is not None]
        if len(known) == len(words):
            found.append((sum(known), place, command))
    return [command for _, _, command in sorted(found, key=lambda one: one[:2])]


def rank(command: Command, word: str) -> int | None:
    """Return how far a command is from a word in small letters, 0 is nearest; None where it is another."""
    title = command.title.lower()
    if title.startswith(word):
        return 0
    if word in command.keys.lower().split():
        return 1
    at = title.find(word)
    if at > 0:
        return 2 if any(part.startswith(word) for part in title.split()) else 4
    if command.where.lower().startswith(word):
        return 3
    return 5 if word in command.id else None


def row(command: Command, words: Sequence[str], cells: int, *, chosen: bool) -> Line:
    """Return the row of a command: what it does, its place, its keys; what was looked for is in colour."""
    keys = Span(f"{command.keys} ", "accent", bold=True)
    end: Line = (Span("  "), keys)
    if command.where != EVERYWHERE:
        gap = " " * max(_KEYS - cell_len(command.keys), 2)
        end = (Span(f"{cut(command.where, _WHERE):<{_WHERE}}{gap}", "dim" if chosen else "faint"), keys)
    title = cut(command.title, cells - width(end) - 3)
    marked = _marked(title, words, "bright" if chosen else "text", bold=chosen)
    return spread((Span(" "), *marked), end, cells)


def _marked(text: str, words: Sequence[str], role: str, *, bold: bool) -> Iterable[Span]:
    """Return a title with the first sight of each word in colour."""
    small = text.lower()
    cuts = [False] * len(text)
    if len(small) == len(text):  # a letter may have a longer small one
        for word in words:
            at = small.find(word)
            if at >= 0:
                cuts[at : at + len(word)] = [True] * len(word)
    spans: list[Span] = []
    for char, marked in zip(text, cuts, strict=True):
        look = Span(char, "accent" if marked else role, bold=bold or marked)
        if spans and spans[-1][1:] == look[1:]:
            spans[-1] = spans[-1]._replace(text=spans[-1].text + char)
        else:
            spans.append(look)
    return spans
