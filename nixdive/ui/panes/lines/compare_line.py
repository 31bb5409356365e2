"""The line below the files: which kinds of change are shown, and what they are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nixdive.contents.difference import Change
from nixdive.ui.draw.line import Line, Span, cut, spread
from nixdive.ui.draw.line import width as line_width
from nixdive.ui.panes.contents.rows import LETTERS, ROLES
from nixdive.ui.panes.contents.tree import ALL

if TYPE_CHECKING:
    from nixdive.ui.config.keymap import KeySigns

_ORDER = (Change.ADDED, Change.REMOVED, Change.MODIFIED, Change.UNMODIFIED)


@dataclass(frozen=True, slots=True)
class Compares:
    """What the line says.

    Attributes:
        kinds: the kinds of change that are shown.
        against: what the files are compared with, in words.
        absent: the earlier version that they would be compared with if its files were here; else empty.
        whole: whether all layers from the first to the selected one count.
        in_tree: whether the keys go to the files, where ^a is for added ones as in dive.
    """

    kinds: frozenset[Change] = ALL
    against: str = ""
    absent: str = ""
    whole: bool = False
    in_tree: bool = False


def compare_line(what: Compares, width: int, keys: KeySigns) -> Line:
    """Return the line, which stands over the edit line while files are shown; words go before keys."""
    wide = width >= 100
    left: list[Span] = [Span(" shown  " if wide else " ", "dim")]
    for kind in _ORDER:
        shown = kind in what.kinds
        action = f"screen.do('contents.{kind.value}')"
        left.append(Span(LETTERS[kind], ROLES[kind] if shown else "line", bold=shown, action=action))
        if wide:
            words = f" {kind.value}" if shown else f" {'─' * len(kind.value)}"
            left.append(Span(words, "dim", action=action))
        left.append(Span("  " if wide else " "))
    right = (*_keys(what, keys, wide=wide), Span(" "))
    start = Span("  compare " if wide else "", "dim")
    room = width - line_width((*left, start, *right)) - 2
    words = cut(f"with {what.against}", room) if what.against and room > 8 else ""
    middle = [start, Span(words, "bright", bold=True, action="screen.do('compare.with')")]
    if what.absent and len(what.absent) + 18 <= room - len(words):
        middle.append(Span(f"   {what.absent} has no files here", "dim"))
    return spread((*left, *middle), right, width)


def _keys(what: Compares, keys: KeySigns, *, wide: bool) -> Line:
    words = (" this layer", " all layers below") if wide else (" layer", " all")
    shown = (keys.first("compare.layer"), keys.first("compare.toggle" if what.in_tree else "compare.all"))
    line: list[Span] = []
    for key, verb, word in zip(shown, ("compare.layer", "compare.all"), words, strict=True):
        chosen = what.whole is (verb == "compare.all")
        action = f"screen.do('{verb}')"
        line.append(Span("  " if line else ""))
        line.append(Span(key, "accent" if chosen else "dim", bold=chosen, action=action))
        line.append(Span(word, "text" if chosen else "dim", action=action))
    return tuple(line)
