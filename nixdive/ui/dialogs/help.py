"""Keys and words: what can be done here, and what things are called."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Button, Input, Static

from nixdive.ui.dialogs.dialog import field
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.line import Line, Span, plain, spread, width
from nixdive.ui.verbs import EVERYWHERE, LISTS, MAIN, Verb, bindings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.binding import BindingType
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
    """Shows the keys of the main screen and its words; what is typed after / finds some of them."""

    title_text = "Keys and words"
    keys_text = "/ search   esc close"
    first = "VerticalScroll"
    sizes: tuple[tuple[int, str], ...] = ((31, "-small"),)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("Help")]
    DEFAULT_CSS = """
    HelpDialog VerticalScroll { max-height: 24; }
    HelpDialog #page { height: auto; }
    HelpDialog .field { display: none; }
    HelpDialog.-searching .field { display: block; }
    HelpDialog.-small VerticalScroll { max-height: 17; }
    HelpDialog.-small.-searching VerticalScroll { max-height: 15; }
    """

    def __init__(self, keys: KeySigns, here: str = "") -> None:
        super().__init__()
        self._page = page(keys, here)
        self._shown = self._page

    def buttons(self) -> Iterable[Button]:
        """Return none: nothing is decided here."""
        return ()

    def fields(self) -> Iterable[Widget]:
        """Return the page, the names for the configuration at the right, below what is searched for."""
        yield field("Search", Input(placeholder="a key, a word, or a name for [keys]"))
        yield VerticalScroll(Drawn(self._wrapped, ground="panel", id="page"))
        yield Static("")

    def action_search(self) -> None:
        """Give the keys to the field."""
        self.add_class("-searching")
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        self._shown = found(self._page, event.value.strip())
        self.query_one("#page").refresh(layout=True)
        self.query_one(VerticalScroll).scroll_home(animate=False)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.query_one(VerticalScroll).focus()

    def _wrapped(self, cells: int, _rows: int) -> list[Line]:
        return [row for line in self._shown for row in wrapped(line, cells)]


def found(lines: Sequence[Line], text: str) -> list[Line]:
    """Return the lines of the page that have a text in them, each below the title that it stands under.

    A key is found as it is written; capitals do not count in words.
    """
    if not text:
        return list(lines)
    shown: list[Line] = []
    title: Line | None = None
    for line in lines:
        if len(line) == 1:
            title = line
        elif line and (text in plain(line[:1]).split() or text.casefold() in plain(line[1:]).casefold()):
            shown += [*([()] if shown else []), title] if title is not None else []
            title = None
            shown.append(line)
    return shown or [(Span(f"nothing is called {text}", "faint"),)]


def page(keys: KeySigns, here: str = "") -> list[Line]:
    """Return the lines: what can be done here, in lists, everywhere, in the other panes; then the words.

    Args:
        keys: the keys that verbs have now.
        here: the title of the pane that has the focus.
    """
    lines: list[Line] = []
    places = (*((here,) if here else ()), LISTS, EVERYWHERE, *(verb.where for verb in MAIN))
    for place in dict.fromkeys(places):
        title = place if place in {EVERYWHERE, LISTS} else f"In {place}"
        rows = [_row(verb, keys) for verb in MAIN if verb.where == place]
        lines += [(Span(title, "bright", bold=True),), *rows, ()]
    lines.append((Span("Words", "bright", bold=True),))
    lines += [(Span(f"  {word:<20}", "accent"), Span(meaning, "text")) for word, meaning in _WORDS]
    return lines


def wrapped(line: Line, cells: int) -> list[Line]:
    """Return the rows of a line of the page: words wrapped, the name of the action whole at the right."""
    if len(line) < 2:
        return [line]
    start, words, *name = line
    indent = Span(" " * width([start]))
    parts = textwrap.wrap(words.text, max(cells - len(indent.text), 1))
    rows: list[Line] = [(indent, words._replace(text=part)) for part in parts]
    rows[0] = (start, rows[0][1])
    if name and width((*rows[-1], *name)) > cells:
        rows.append(())
    return [*rows[:-1], spread(rows[-1], tuple(name), cells)]


def _row(verb: Verb, keys: KeySigns) -> Line:
    shown = keys.all(verb.id) or "no key"
    return (Span(f"  {shown:<19} ", "accent"), Span(verb.words, "text"), Span(f" {verb.id} ", "dim"))
