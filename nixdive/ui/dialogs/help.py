"""Keys and words: what can be done here, and what things are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical, VerticalScroll
from textual.widgets import Button, Static

from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.line import Line, Span, spread, width
from nixdive.ui.verbs import EVERYWHERE, LISTS, MAIN, Verb

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from nixdive.ui.config.keymap import KeySigns

_WORDS = (
    ("budget", "the most layers that the image may have, those of its base included"),
    ("next push", "bytes of the layers that the registry does not have"),
    ("once", "what an edit adds to the next push"),
    ("floor", "bytes of the paths that are new: no plan pushes less"),
    ("NAR", "the size of a path alone, as Nix counts it, before compression"),
    ("closure", "the path and everything that it needs"),
    ("added", "what would go if the path went: nothing else needs it"),
    ("pin", "paths that stay in a layer of their own, under every strategy"),
    ("freeze", "a layer keeps the bytes that the registry has, until it is thawed"),
    ("= ~ +", "as in the baseline, another version, new"),
    ("▲ ▼ ◆ ■", "dearer or cheaper after the last edit, pinned, frozen"),
    ("↑3", "three paths refer to this one"),
)


class HelpDialog(Vertical):
    """Shows the keys of the main screen and its words."""

    title_text = "Keys and words"
    keys_text = "esc close"
    first = "VerticalScroll"
    sizes: tuple[tuple[int, str], ...] = ((31, "-small"),)
    DEFAULT_CSS = """
    HelpDialog VerticalScroll { max-height: 24; }
    HelpDialog.-small VerticalScroll { max-height: 17; }
    """

    def __init__(self, keys: KeySigns) -> None:
        super().__init__()
        self._page = page(keys)

    def buttons(self) -> Iterable[Button]:
        """Return none: nothing is decided here."""
        return ()

    def fields(self) -> Iterable[Widget]:
        """Return the page, the names for the configuration at the right."""
        drawn = Drawn(lambda width, _: [with_name(line, width) for line in self._page], ground="panel")
        drawn.styles.height = len(self._page)
        yield VerticalScroll(drawn)
        yield Static("")


def page(keys: KeySigns) -> list[Line]:
    """Return the lines: what can be done everywhere, in lists, in each pane; then the words."""
    lines: list[Line] = []
    for place in dict.fromkeys((EVERYWHERE, LISTS, *(verb.where for verb in MAIN))):
        title = place if place in {EVERYWHERE, LISTS} else f"In {place}"
        rows = [_row(verb, keys) for verb in MAIN if verb.where == place]
        lines += [(Span(title, "bright", bold=True),), *rows, ()]
    lines.append((Span("Words", "bright", bold=True),))
    lines += [(Span(f"  {word:<20}", "accent"), Span(meaning, "text")) for word, meaning in _WORDS]
    return lines


def with_name(line: Line, cells: int) -> Line:
    """Return a line; the name of an action, its last piece, goes to the right where it has room."""
    if not line or line[-1].role != "dim":
        return line
    room = cells - width(line[-1:])
    return spread(line[:-1], line[-1:], cells) if width(line[:-1]) < room else line[:-1]


def _row(verb: Verb, keys: KeySigns) -> Line:
    shown = keys.all(verb.id) or "no key"
    return (Span(f"  {shown:<19} ", "accent"), Span(verb.words, "text"), Span(f" {verb.id} ", "dim"))
