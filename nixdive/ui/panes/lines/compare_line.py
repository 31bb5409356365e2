"""The line below the files: which kinds of change are shown, and what they are compared with."""

from __future__ import annotations

from textual.reactive import reactive

from nixdive.contents.difference import Change
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.line import Line, Span, cut, spread
from nixdive.ui.draw.line import width as line_width
from nixdive.ui.panes.contents.rows import LETTERS, ROLES
from nixdive.ui.panes.contents.tree import ALL

_ORDER = (Change.ADDED, Change.REMOVED, Change.MODIFIED, Change.UNMODIFIED)


class CompareLine(Drawn):
    """Stands over the edit line while files are shown.

    Attributes:
        kinds: the kinds of change that are shown.
        against: what the files are compared with, in words.
        absent: the earlier version that they would be compared with if its files were here; else empty.
        whole: whether all layers from the first to the selected one count.
        in_tree: whether the keys go to the files, where ^a is for added ones as in dive.
    """

    ground = "raised"

    kinds: reactive[frozenset[Change]] = reactive(ALL)
    against: reactive[str] = reactive("")
    absent: reactive[str] = reactive("")
    whole: reactive[bool] = reactive(default=False)
    in_tree: reactive[bool] = reactive(default=False)

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  it is one line
        """Return the line; where it is narrow, words go before keys."""
        wide = width >= 100
        left: list[Span] = [Span(" shown  " if wide else " ", "dim")]
        for kind in _ORDER:
            shown = kind in self.kinds
            action = f"screen.in_contents('kind','{kind.value}')"
            left.append(Span(LETTERS[kind], ROLES[kind] if shown else "line", bold=shown, action=action))
            if wide:
                left.append(
                    Span(f" {kind.value}" if shown else f" {'─' * len(kind.value)}", "dim", action=action)
                )
            left.append(Span("  " if wide else " "))
        right = (*self._keys(wide=wide), Span(" "))
        start = Span("  compare " if wide else "", "dim")
        room = width - line_width((*left, start, *right)) - 2
        words = cut(f"with {self.against}", room) if self.against and room > 8 else ""
        middle = [start, Span(words, "bright", bold=True, action="screen.compare_with")]
        if self.absent and len(self.absent) + 18 <= room - len(words):
            middle.append(Span(f"   {self.absent} has no files here", "dim"))
        return [spread((*left, *middle), right, width)]

    def _keys(self, *, wide: bool) -> Line:
        keys = (("^l", "layer"), ("a" if self.in_tree else "^a", "all"))
        words = (" this layer", " all layers below") if wide else (" layer", " all")
        line: list[Span] = []
        for (key, name), word in zip(keys, words, strict=True):
            chosen = self.whole is (name == "all")
            action = f"screen.compare('{name}')"
            line.append(Span("  " if line else ""))
            line.append(Span(key, "accent" if chosen else "dim", bold=chosen, action=action))
            line.append(Span(word, "text" if chosen else "dim", action=action))
        return tuple(line)
