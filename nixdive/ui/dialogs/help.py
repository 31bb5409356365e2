"""Keys and words: what can be done here, and what things are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.widgets import Static

from nixdive.ui.config.keymap import signs
from nixdive.ui.dialogs.dialog import Dialog
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.line import Line, Span, spread, width
from nixdive.ui.main.commands import EVERYWHERE, LISTS, keys_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from textual.widget import Widget

    from nixdive.ui.main.commands import Held

_WORDS = (
    ("budget", "all layers of the image may be so many, those of its base included"),
    ("next push", "bytes of the layers that the registry does not have"),
    ("once", "what an edit adds to the next push"),
    ("floor", "bytes of the paths that are new: no plan pushes less"),
    ("NAR", "the size of a path alone, as Nix counts it, before compression"),
    ("closure", "the path and all that it needs"),
    ("added", "what would go with the path: nothing else needs it"),
    ("pin", "paths that stay in a layer of their own, under every strategy"),
    ("freeze", "a layer keeps the bytes that the registry has, until it is thawed"),
    ("= ~ +", "as in the baseline, another version, new"),
    ("▲ ▼ ◆ ■", "dearer by the last edit, cheaper by it, pinned, frozen"),
    ("↑3", "three paths refer to this one"),
)


class Page(Drawn):
    """The lines of the help."""

    ground = "panel"

    def __init__(self, lines: list[Line]) -> None:
        super().__init__()
        self._page = lines
        self.styles.height = len(self._page)

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  it is as high as it has lines
        """Return all lines, their names for the configuration at the right."""
        return [with_name(line, width) for line in self._page]


class HelpDialog(Dialog[None]):
    """Shows the keys of the main screen and its words."""

    title_text = "Keys and words"
    keys_text = "esc close"
    AUTO_FOCUS = "VerticalScroll"
    DEFAULT_CSS = """
    HelpDialog VerticalScroll { max-height: 24; }
    HelpDialog.-small VerticalScroll { max-height: 17; }
    """
    VERTICAL_BREAKPOINTS = [(0, "-small"), (31, "-large")]  # noqa: RUF012  Textual's

    def __init__(self, found: Sequence[Held], keymap: Mapping[str, str]) -> None:
        super().__init__()
        self._found = found
        self._keymap = keymap

    def fields(self) -> Iterable[Widget]:
        """Return the page."""
        yield VerticalScroll(Page(page(self._found, self._keymap)))
        yield Static("")


def page(found: Sequence[Held], keymap: Mapping[str, str]) -> list[Line]:
    """Return the lines: the keys of the screen, of lists, of each pane; then the words.

    Args:
        found: the bindings that there are.
        keymap: for those that the user gave other keys, these.
    """
    places = dict.fromkeys((EVERYWHERE, LISTS, *(one.where for one in found)))
    lines: list[Line] = []
    for place in places:
        title = place if place in {EVERYWHERE, LISTS} else f"In {place}"
        rows = [_row(one, keymap) for one in found if one.where == place and one.binding.description]
        lines += [(Span(title, "bright", bold=True),), *rows, ()] if rows else []
    lines.append((Span("Words", "bright", bold=True),))
    lines += [(Span(f"  {word:<20}", "accent"), Span(meaning, "text")) for word, meaning in _WORDS]
    return lines


def with_name(line: Line, cells: int) -> Line:
    """Return a line; the name of an action, its last piece, goes to the right where it has room."""
    if not line or line[-1].role != "dim":
        return line
    room = cells - width(line[-1:])
    return spread(line[:-1], line[-1:], cells) if width(line[:-1]) < room else line[:-1]


def _row(one: Held, keymap: Mapping[str, str]) -> Line:
    keys = signs(keys_of(one.binding, keymap)) or "no key"
    words = Span(one.binding.description, "text")
    return (Span(f"  {keys:<19} ", "accent"), words, Span(f" {one.binding.id} ", "dim"))
