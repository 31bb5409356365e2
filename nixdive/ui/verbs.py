"""Everything that can be done on the screen: what it is called, its keys, where they hold, and what does it.

Bindings, the command palette, the help, the last line of the screen, the names that dive's users know and
docs/keys.md come out of this table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from textual.binding import Binding

if TYPE_CHECKING:
    from collections.abc import Mapping

UNBOUND: Final = "<none>"
"""The key of a verb that has none; no terminal sends it."""

EVERYWHERE: Final = "Everywhere"
LISTS: Final = "In lists"
PANES: Final = {
    "layers": "Layers",
    "closure": "Closure",
    "contents": "Contents",
    "why": "Why",
    "diff": "Diff",
    "push": "Push",
    "share": "Share",
    "waste": "Waste",
}
"""The panes with a list, by their ids: the name that the screen gives each."""

FIELD: Final = "Filter field"


class Verb(NamedTuple):
    """Something that can be done.

    Attributes:
        id: by which the user's configuration names it.
        keys: separated by commas, as Textual calls them.
        words: what it does.
        where: the place in which the keys hold.
        does: a method of a part of the main screen, `editing.budget(1)`; without a dot it is an action of the
            widget that has the keys.
        dive: what dive calls it, or empty.
        priority: whether the keys come here before a field may take them.
    """

    id: str
    keys: str
    words: str
    where: str
    does: str
    dive: str = ""
    priority: bool = False

    @property
    def bound(self) -> tuple[str, ...]:
        """The keys, one by one."""
        return () if self.keys == UNBOUND else tuple(self.keys.split(","))


class Foot(NamedTuple):
    """A key of the last line.

    Attributes:
        label: a word for it.
        ids: the verbs whose first keys are shown.
        does: the verb that a click runs.
        weight: what has more stays longer as the line gets shorter.
    """

    label: str
    ids: tuple[str, ...]
    weight: int
    does: str = ""


def _in(where: str, *rows: tuple[str, ...], priority: bool = False) -> list[Verb]:
    return [
        Verb(name, keys, words, where, does, dive[0] if dive else "", priority=priority)
        for name, keys, words, does, *dive in rows
    ]


VERBS: Final[tuple[Verb, ...]] = (
    *_in(
        EVERYWHERE,
        ("quit", "q", "Quit", "saving.leave()", "quit"),
        ("help", "question_mark", "Keys and words", "palette.help()"),
    ),
    Verb("pane.next", "tab", "Next pane", EVERYWHERE, "browsing.next_pane(1)", "toggle-view", priority=True),
    Verb("pane.previous", "shift+tab", "Previous pane", EVERYWHERE, "browsing.next_pane(-1)", priority=True),
    *_in(
        EVERYWHERE,
        ("pane.layers", "1", "Layers", "browsing.go('layers')"),
        ("pane.right", "2", "The tabs", "browsing.go('right')"),
        ("pane.layer-details", "3", "Fold or open Layer Details", "arrangement.fold('layer-details')"),
        ("pane.plan", "4", "Fold or open Image / Plan", "arrangement.fold('plan')"),
        ("boundary.left", "less_than_sign", "Boundary to the left", "arrangement.move(-1)"),
        ("boundary.right", "greater_than_sign", "Boundary to the right", "arrangement.move(1)"),
        ("tab.next", "v", "Next tab", "browsing.next_tab()"),
        (
            "filter", "slash,ctrl+f,ctrl+underscore", "Filter the focused list", "browsing.filter()",
            "filter-files",
        ),
        ("filter.next", "n", "Next match of the filter", "browsing.match(1)"),
        ("filter.previous", "N", "Previous match of the filter", "browsing.match(-1)"),
        ("whole", "escape", "Clear the filter", "browsing.whole()"),
        ("sort", "s,ctrl+o", "Sort the focused list by its next column", "browsing.sort()"),
        ("tab.closure", UNBOUND, "Tab Closure", "browsing.tab('closure')"),
        ("tab.contents", "c", "The files of the layer", "files.open()"),
        ("compare.layer", "ctrl+l", "Files of this layer alone", "files.compare('layer')", "compare-layer"),
        (
            "compare.all", "ctrl+a", "Files of all layers up to this one", "files.compare('all')",
            "compare-all",
        ),
        ("compare.toggle", "a", "This layer alone, or all up to it", "files.compare('toggle')"),
        ("compare.with", "equals_sign", "Choose what to compare files with", "files.compare_with()"),
        ("why", "w", "Why is this path here", "browsing.tab('why')"),
        ("why.layer", "W", "Why is this path in this layer", "browsing.why_layer()"),
        ("diff", "D", "What changed since the baseline", "browsing.tab('diff')"),
        ("tab.push", UNBOUND, "Tab Push", "browsing.tab('push')"),
        ("tab.share", UNBOUND, "Tab Share", "browsing.tab('share')"),
        ("referrers", "o", "What refers to this path", "browsing.referrers()"),
        ("copy.path", "y", "Copy the store path", "browsing.copy()"),
        ("copy.digest", "Y", "Copy the digest of the layer, or the path's hash", "browsing.copy_digest()"),
        ("copy.command", "ctrl+y", "Copy the command that plans this", "browsing.copy_command()"),
        ("budget.more", "right_square_bracket", "One layer more", "editing.budget(1)"),
        ("budget.fewer", "left_square_bracket", "One layer fewer", "editing.budget(-1)"),
        ("budget.many-more", "right_curly_bracket", "Ten layers more", "editing.budget(10)"),
        ("budget.many-fewer", "left_curly_bracket", "Ten layers fewer", "editing.budget(-10)"),
        ("budget.ask", "b", "Set the budget", "editing.ask_budget()"),
        ("layer.details", "I", "All that is known of the layer", "browsing.describe_layer()"),
        ("strategy", "e", "Choose the strategy", "editing.ask_strategy()"),
        ("replan", "r", "Plan again from scratch", "editing.replan()"),
        ("pin", "p", "Pin the path, or the paths of the layer", "editing.pin()"),
        ("pin.added", "P", "Pin the path with what only it needs", "editing.pin_with_added()"),
        ("pin.matches", "F", "Pin all that the filter has found", "editing.pin_matches()"),
        ("unpin", "delete,backspace", "Remove the pins", "editing.unpin()"),
        ("rate", "percent_sign", "Set how often the package changes", "editing.rate()"),
        ("merge", "m", "Merge the marked layers", "editing.merge()"),
        ("split", "S", "Split the layer, or the path off its layer", "editing.split()"),
        ("freeze", "f", "Freeze the layer as the baseline has it, or thaw it", "editing.freeze()"),
        ("best", "B", "Make the best next edit, or name it", "telling.best()"),
        ("undo", "z", "Undo", "planning.undo()"),
        ("redo", "Z", "Redo", "planning.redo()"),
        ("edits", "E", "The edits and what they cost", "editing.list_edits()"),
        ("write", "ctrl+s", "Write the image or its plan", "saving.write()"),
        ("plan.open", "O", "Open a plan file", "saving.open_plan()"),
        ("commands", "ctrl+p", "Command palette", "palette.open()"),
        ("suspend", "ctrl+z", "Suspend", "palette.suspend()"),
    ),
    *_in(
        PANES["layers"],
        ("layers.paths", "enter", "Its paths, or all that is known of it", "show_paths"),
        ("layers.mark", "space", "Mark the layer for a merge", "mark"),
        ("layers.lower", "K", "Move the layer towards the base", "editing.move_layer(-1)"),
        ("layers.higher", "J", "Move the layer away from the base", "editing.move_layer(1)"),
    ),
    *_in(
        LISTS,
        ("list.up", "up,k", "Up", "move(-1)", "up"),
        ("list.down", "down,j", "Down", "move(1)", "down"),
        ("list.page-up", "pageup", "Page up", "page(-1)", "page-up"),
        ("list.page-down", "pagedown", "Page down", "page(1)", "page-down"),
        ("list.half-up", "u", "Half a page up", "half(-1)"),
        ("list.half-down", "d", "Half a page down", "half(1)"),
        ("list.first", "home,g", "First", "edge(-1)"),
        ("list.last", "end,G", "Last", "edge(1)"),
    ),
    *_in(
        PANES["closure"],
        ("tree.go", "enter", "Go to the layer, or from a repeat to the first place", "go"),
        ("tree.open", "right,l", "Open", "open", "right"),
        ("tree.close", "left,h", "Close, or go to the parent", "close", "left"),
        ("tree.toggle", "space", "Fold or unfold", "fold"),
        ("tree.fold-all", "C", "Fold all", "fold_all"),
        ("tree.deeper", "plus", "Unfold one level more", "deeper"),
        ("tree.unfold-all", "asterisk", "Unfold all", "unfold_all"),
        ("tree.sight", "apostrophe", "Next place of the same path", "sight"),
        ("tree.flat", "t", "What a filter finds: tree or list", "turn"),
        ("tree.hashes", "H", "Hashes", "hashes"),
    ),
    *_in(
        PANES["contents"],
        ("contents.preview", "enter", "Preview the file, or open the directory", "preview"),
        ("contents.open", "right,l", "Open the directory", "open", "right"),
        ("contents.close", "left,h", "Close the directory", "close", "left"),
        ("contents.fold", "space", "Open or close the directory", "fold", "toggle-collapse-dir"),
        (
            "contents.fold-all", "C,ctrl+@,ctrl+space", "Close all directories, or open all", "fold_all",
            "toggle-collapse-all-dir",
        ),
        ("contents.added", "A,ctrl+a", "Show or hide added files", "kind('added')", "toggle-added-files"),
        (
            "contents.removed", "R,ctrl+r", "Show or hide removed files", "kind('removed')",
            "toggle-removed-files",
        ),
        (
            "contents.modified", "M", "Show or hide modified files", "kind('modified')",
            "toggle-modified-files",
        ),
        (
            "contents.unmodified", "U,ctrl+u", "Show or hide unmodified files", "kind('unmodified')",
            "toggle-unmodified-files",
        ),
        ("contents.sort", "s,ctrl+o", "Sort by name or by size", "sort", "toggle-sort-order"),
        (
            "contents.attributes", "i,ctrl+b", "Permissions, owners and sizes", "columns",
            "toggle-filetree-attributes",
        ),
        ("contents.hashes", "H", "Hashes of the store paths", "hashes"),
        ("contents.wrap", "full_stop", "Wrap long names", "wrap", "toggle-wrap-tree"),
        ("contents.extract", "x,ctrl+e", "Extract the file, directory or layer", "extract", "extract-file"),
    ),
    *_in(
        PANES["why"],
        ("why.go", "enter", "Go to the path in the closure", "go"),
        ("why.next", "n", "Next chain", "chain(1)"),
        ("why.previous", "N", "Previous chain", "chain(-1)"),
    ),
    *_in(
        PANES["diff"],
        ("diff.go", "enter", "Go to the path or the layer", "go"),
        ("diff.right", "right,l", "Packages, layers, files", "turn(1)"),
        ("diff.left", "left,h", "Files, layers, packages", "turn(-1)"),
        ("diff.packages", UNBOUND, "Packages that changed", "section('Packages')"),
        ("diff.layers", UNBOUND, "Layers that changed", "section('Layers')"),
        ("diff.files", UNBOUND, "Files that changed", "section('Files')"),
        ("diff.stop", "escape", "Stop reading files", "stop"),
    ),
    *_in(PANES["push"], ("push.go", "enter", "Go to the layer", "go")),
    *_in(
        PANES["share"],
        ("share.go", "enter", "Go to the layer or the path", "go"),
        ("share.next", "n", "Next image", "image(1)"),
        ("share.previous", "N", "Previous image", "image(-1)"),
        ("share.add", "plus", "Add another image", "sharing.add()"),
        ("share.joint", "T", "Take on the joint layers", "sharing.take()"),
    ),
    *_in(
        PANES["waste"],
        ("waste.go", "enter", "Go to the file in the layers", "go"),
        ("waste.extract", "x,ctrl+e", "Extract the file", "extract"),
    ),
    *_in(FIELD, ("filter.close", "escape", "Clear and close", "give_up", "close-filter-files")),
    *_in("Dialogs", ("dialog.close", "escape,ctrl+c", "Close", "close")),
    *_in("Unwritten edits", ("leave.leave", "ctrl+c", "Leave", "leave")),
    *_in(
        "Choices",
        ("choice.left", "left,h", "Previous value", "move(-1)"),
        ("choice.right", "right,l,space", "Next value", "move(1)"),
        ("choice.up", "up,k", "Row above", "row(-1)"),
        ("choice.down", "down,j", "Row below", "row(1)"),
    ),
    *_in(
        "Strategy",
        ("choices.up", "up,k", "Up", "move(-1)"),
        ("choices.down", "down,j", "Down", "move(1)"),
        ("choices.choose", "enter,space", "Choose", "choose"),
    ),
    *_in(
        "Edits",
        ("edits.up", "up,k", "Up", "move(-1)"),
        ("edits.down", "down,j", "Down", "move(1)"),
        ("edits.drop", "x,delete", "Drop the edit", "drop"),
        ("edits.copy", "y", "Copy the receipt as Markdown", "copy"),
    ),
    *_in(
        "Commands",
        ("commands.up", "up,ctrl+k", "Up", "move(-1)"),
        ("commands.down", "down", "Down", "move(1)"),
        ("commands.page-up", "pageup", "Up ten", "move(-10)"),
        ("commands.page-down", "pagedown", "Down ten", "move(10)"),
        priority=True,
    ),
    *_in(
        "Write",
        ("write.write", "enter,ctrl+s", "Write", "write"),
        ("write.folder", "ctrl+n", "Create the missing folder", "make_folder"),
    ),
    *_in("Help", ("help.search", "slash", "Search", "search")),
    *_in("Folded settings", ("fold.open", "enter,space,right", "Open", "open")),
    *_in("Settings", ("settings.keep", "ctrl+s", "Keep", "keep")),
    *_in(
        "Commands for the shell",
        ("shell.up", "up,k", "Up", "move(-1)"),
        ("shell.down", "down,j", "Down", "move(1)"),
        ("shell.copy", "enter,c,y", "Copy the command", "copy"),
    ),
    *_in(
        "Written",
        ("written.copy-1", "1", "Copy line 1", "copy(0)"),
        ("written.copy-2", "2", "Copy line 2", "copy(1)"),
        ("written.copy-3", "3", "Copy line 3", "copy(2)"),
        ("written.digest", "Y", "Copy the digest", "digest"),
        ("written.verify", "v", "Read the file again, and check all of it", "verify"),
    ),
    *_in("Start", ("start.demo", "enter,d", "Demo", "demo"), ("start.quit", "q", "Quit", "quit")),
    *_in("Loading", ("loading.cancel", "escape,q", "Cancel", "cancel")),
)  # fmt: skip

BY_ID: Final[Mapping[str, Verb]] = {verb.id: verb for verb in VERBS}
MAIN: Final = tuple(verb for verb in VERBS if verb.where in {EVERYWHERE, LISTS, FIELD, *PANES.values()})
"""What can be done on the main screen."""

DIVE: Final[Mapping[str, tuple[str, ...]]] = {
    name: tuple(verb.id for verb in VERBS if verb.dive == name)
    for name in dict.fromkeys(verb.dive for verb in VERBS if verb.dive)
}
"""For each name of dive's the verbs that do it here."""

_QUIT, _PANE = Foot("Quit", ("quit",), 1), Foot("Pane", ("pane.next",), 9)
_TAB = Foot("Tab", ("tab.next",), 5)
_BUDGET = Foot("Budget", ("budget.fewer", "budget.more"), 8, "budget.ask")
FOOTERS: Final[Mapping[str, tuple[Foot, ...]]] = {
    "": (
        _QUIT, _PANE, _TAB, Foot("Filter", ("filter",), 6),
        Foot("Sort", ("sort",), 2), Foot("Why", ("why",), 3), Foot("Pin", ("pin",), 7), _BUDGET,
        Foot("Strategy", ("strategy",), 7),
    ),
    "layers": (
        _QUIT, _PANE, Foot("Mark", ("layers.mark",), 4), Foot("Merge", ("merge",), 7),
        Foot("Split", ("split",), 5), Foot("Freeze", ("freeze",), 6), Foot("Pin", ("pin",), 6), _BUDGET,
        Foot("Filter", ("filter",), 3), Foot("Sort", ("sort",), 3), Foot("Strategy", ("strategy",), 2),
    ),
    "found": (
        _QUIT, _PANE, _TAB, Foot("All of it", ("layer.details",), 8), Foot("Filter", ("filter",), 6),
        Foot("Sort", ("sort",), 5), Foot("Compare", ("compare.with",), 7),
    ),
    "contents": (
        _QUIT, _PANE, _TAB, Foot("Filter", ("filter",), 6),
        Foot("Sort", ("contents.sort",), 2), Foot("Fold", ("contents.fold",), 3),
        Foot("Fold all", ("contents.fold-all",), 3), Foot("Columns", ("contents.attributes",), 2),
        Foot("Extract", ("contents.extract",), 8), Foot("Compare", ("compare.with",), 7),
    ),
    "why": (
        _QUIT, _PANE, _TAB, Foot("Go to", ("why.go",), 8), Foot("Chains", ("why.next", "why.previous"), 7),
        Foot("Layer", ("why.layer",), 6), Foot("Filter", ("filter",), 3), Foot("Users", ("referrers",), 4),
        Foot("Pin", ("pin",), 7), Foot("Split", ("split",), 6), Foot("Strategy", ("strategy",), 3),
    ),
    "diff": (
        _QUIT, _PANE, _TAB, Foot("Go to", ("diff.go",), 8),
        Foot("Packages, layers, files", ("diff.left", "diff.right"), 7), Foot("Filter", ("filter",), 5),
        Foot("Sort", ("sort",), 6), Foot("Why", ("why",), 4), Foot("Pin", ("pin",), 3),
    ),
    "push": (
        _QUIT, _PANE, _TAB, Foot("Go to", ("push.go",), 7), Foot("Filter", ("filter",), 4),
        Foot("Sort", ("sort",), 5), _BUDGET,
        Foot("Best", ("best",), 6), Foot("Strategy", ("strategy",), 7),
    ),
    "share": (
        _QUIT, _PANE, _TAB, Foot("Go to", ("share.go",), 8),
        Foot("Image", ("share.next", "share.previous"), 7), Foot("Add", ("share.add",), 8),
        Foot("Take joint layers", ("share.joint",), 7), Foot("Filter", ("filter",), 4),
        Foot("Sort", ("sort",), 4), Foot("Pin", ("pin",), 5), _BUDGET, Foot("Strategy", ("strategy",), 3),
    ),
    "waste": (
        _QUIT, _PANE, _TAB, Foot("Go to", ("waste.go",), 8), Foot("Extract", ("waste.extract",), 8),
        Foot("Filter", ("filter",), 6), Foot("Sort", ("sort",), 5), Foot("Compare", ("compare.with",), 4),
    ),
    "start": (Foot("Quit", ("start.quit",), 1), Foot("Demo", ("start.demo",), 1)),
    "loading": (Foot("Cancel", ("loading.cancel",), 1),),
}  # fmt: skip
"""The last line by the id of the pane that has the keys.

The one of the empty id is for the closure, that of "found" for layers without store paths."""

FOOTER_RIGHT: Final = (
    Foot("Write", ("write",), 10),
    Foot("Help", ("help",), 10),
    Foot("Commands", ("commands",), 4),
)


def bindings(where: str) -> list[Binding]:
    """Return the bindings of a place; what a part of the main screen does is one action with a verb's id."""
    return [
        Binding(
            verb.keys,
            f"screen.do('{verb.id}')" if "." in verb.does else verb.does,
            verb.words,
            id=verb.id,
            show=False,
            priority=verb.priority,
        )
        for verb in VERBS
        if verb.where == where
    ]


def contexts(verb: Verb) -> frozenset[str]:
    """Return the panes in which the keys of a verb hold; the empty one is everywhere."""
    if verb.where == EVERYWHERE:
        return frozenset({""})
    return frozenset(PANES.values()) if verb.where == LISTS else frozenset({verb.where})
