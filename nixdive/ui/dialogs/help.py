"""Keys and words: what can be done here, and what things are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.widgets import Static

from nixdive.ui.dialogs.dialog import Dialog
from nixdive.ui.keys import MAIN
from nixdive.ui.line import Line, Span
from nixdive.ui.widgets.closure_tree import ClosureTree
from nixdive.ui.widgets.drawn import Drawn
from nixdive.ui.widgets.layers_table import LayersTable
from nixdive.ui.widgets.list_pane import ListPane

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.binding import BindingType
    from textual.widget import Widget

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
_SIGNS = {
    "question_mark": "?", "slash": "/", "right_square_bracket": "]", "left_square_bracket": "[",
    "right_curly_bracket": "}", "left_curly_bracket": "{", "ctrl+underscore": "ctrl+/", "escape": "esc",
    "percent_sign": "%",
}  # fmt: skip


class Page(Drawn):
    """The lines of the help."""

    ground = "panel"

    def __init__(self) -> None:
        super().__init__()
        self._page = page()
        self.styles.height = len(self._page)

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  it is as high as it has lines
        """Return all lines."""
        return self._page


class HelpDialog(Dialog[None]):
    """Shows the keys of the main screen and its words."""

    title_text = "Keys and words"
    keys_text = "esc close"
    AUTO_FOCUS = "VerticalScroll"
    DEFAULT_CSS = """
    HelpDialog VerticalScroll { height: auto; max-height: 24;
        scrollbar-size-vertical: 1; scrollbar-color: $nd-dim; scrollbar-background: $nd-panel;
    }
    HelpDialog.-short VerticalScroll { max-height: 17; }
    """

    def fields(self) -> Iterable[Widget]:
        """Return the page."""
        yield VerticalScroll(Page())
        yield Static("")


def page() -> list[Line]:
    """Return the lines: the keys of the screen, of lists, of the panes; then the words."""
    lines: list[Line] = []
    for title, bindings in (
        ("Everywhere", MAIN),
        ("In lists", ListPane.BINDINGS),
        ("In Layers", LayersTable.BINDINGS),
        ("In Closure", ClosureTree.BINDINGS),
    ):
        lines += [(Span(title, "bright", bold=True),), *_keys(bindings), ()]
    lines.append((Span("Words", "bright", bold=True),))
    lines += [(Span(f"  {word:<22}", "accent"), Span(meaning, "text")) for word, meaning in _WORDS]
    return lines


def _keys(bindings: Iterable[BindingType]) -> list[Line]:
    lines: list[Line] = []
    for binding in bindings:
        if not isinstance(binding, tuple):
            keys = " ".join(_SIGNS.get(key, key) for key in binding.key.split(","))
            lines.append((Span(f"  {keys:<22}", "accent"), Span(binding.description, "text")))
    return lines
