"""The keys of the main screen; every one has an id, by which it can be remapped."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding

from nixdive.ui.panes.lines.key_bar import Key

MAIN: Final = (
    Binding("q", "leave", "Quit", id="quit"),
    Binding("question_mark", "help", "Keys and words", id="help"),
    Binding("tab", "pane(1)", "Next pane", id="pane.next", priority=True),
    Binding("shift+tab", "pane(-1)", "Previous pane", id="pane.previous", priority=True),
    Binding("1", "go('layers')", "Layers", id="pane.layers"),
    Binding("2", "go('right')", "The tabs", id="pane.right"),
    Binding("3", "fold_pane('layer-details')", "Fold or open Layer Details", id="pane.layer-details"),
    Binding("4", "fold_pane('plan')", "Fold or open Image / Plan", id="pane.plan"),
    Binding("less_than_sign", "boundary(-1)", "Boundary to the left", id="boundary.left"),
    Binding("greater_than_sign", "boundary(1)", "Boundary to the right", id="boundary.right"),
    Binding("v", "next_tab", "Next tab", id="tab.next"),
    Binding("slash,ctrl+f,ctrl+underscore", "filter", "Filter what the tab shows", id="filter"),
    Binding("n", "match(1)", "Next match of the filter", id="filter.next"),
    Binding("N", "match(-1)", "Previous match of the filter", id="filter.previous"),
    Binding("escape", "whole", "Clear the filter", id="whole"),
    Binding("s,ctrl+o", "sort", "Sort by the next column", id="sort"),
    Binding("c", "contents", "The files of the layer", id="tab.contents"),
    Binding("ctrl+l", "compare('layer')", "Files of this layer alone", id="compare.layer"),
    Binding("ctrl+a", "compare('all')", "Files of all layers up to this one", id="compare.all"),
    Binding("a", "compare('toggle')", "This layer alone, or all up to it", id="compare.toggle"),
    Binding("equals_sign", "compare_with", "Choose what files are compared with", id="compare.with"),
    Binding("w", "tab('why')", "Why is this path here", id="why"),
    Binding("W", "why_layer", "Why is this path in this layer", id="why.layer"),
    Binding("D", "tab('diff')", "What changed since the baseline", id="diff"),
    Binding("o", "referrers", "What refers to this path", id="referrers"),
    Binding("y", "copy", "Copy the store path", id="copy.path"),
    Binding("Y", "copy_digest", "Copy the digest of the layer, or the hash of the path", id="copy.digest"),
    Binding("right_square_bracket", "budget(1)", "One layer more", id="budget.more"),
    Binding("left_square_bracket", "budget(-1)", "One layer fewer", id="budget.fewer"),
    Binding("right_curly_bracket", "budget(10)", "Ten layers more", id="budget.many-more"),
    Binding("left_curly_bracket", "budget(-10)", "Ten layers fewer", id="budget.many-fewer"),
    Binding("b", "ask_budget", "Set the budget", id="budget.ask"),
    Binding("e", "ask_strategy", "Choose the strategy", id="strategy"),
    Binding("r", "replan", "Lay out anew what was carried on", id="replan"),
    Binding("p", "pin", "Pin the path, or the paths of the layer", id="pin"),
    Binding("P", "pin_with_added", "Pin the path with all that only it needs", id="pin.added"),
    Binding("F", "pin_matches", "Pin all that the filter has found", id="pin.matches"),
    Binding("delete,backspace", "unpin", "Take the pins away", id="unpin"),
    Binding("percent_sign", "rate", "Say how often the package changes", id="rate"),
    Binding("m", "merge", "Merge the marked layers", id="merge"),
    Binding("S", "split", "Split the layer, or the path off its layer", id="split"),
    Binding("f", "freeze", "Freeze the layer as the baseline has it, or thaw it", id="freeze"),
    Binding("z", "undo", "Undo", id="undo"),
    Binding("Z", "redo", "Redo", id="redo"),
    Binding("ctrl+s", "write", "Write the image or its plan", id="write"),
    Binding("O", "open_plan", "Open a plan file", id="plan.open"),
    Binding("ctrl+p", "commands", "Command palette", id="commands"),
    Binding("ctrl+z", "app.suspend_process", "Suspend", id="suspend"),
)

FOOTER_LEFT: Final = (
    Key("q", "Quit", "screen.leave", ("quit",), 1),
    Key("tab", "Pane", "screen.pane(1)", ("pane.next",), 9),
    Key("v", "Tab", "screen.next_tab", ("tab.next",), 5),
    Key("/", "Filter", "screen.filter", ("filter",), 6),
    Key("s", "Sort", "screen.sort", ("sort",), 2),
    Key("w", "Why", "screen.tab('why')", ("why",), 3),
    Key("p", "Pin", "screen.pin", ("pin",), 7),
    Key("[ ]", "Budget", "screen.ask_budget", ("budget.fewer", "budget.more"), 8),
    Key("e", "Strategy", "screen.ask_strategy", ("strategy",), 7),
)
FOOTER_LAYERS: Final = (
    Key("q", "Quit", "screen.leave", ("quit",), 1),
    Key("tab", "Pane", "screen.pane(1)", ("pane.next",), 9),
    Key("space", "Mark", "screen.mark", ("layers.mark",), 4),
    Key("m", "Merge", "screen.merge", ("merge",), 7),
    Key("S", "Split", "screen.split", ("split",), 5),
    Key("f", "Freeze", "screen.freeze", ("freeze",), 6),
    Key("p", "Pin", "screen.pin", ("pin",), 6),
    Key("[ ]", "Budget", "screen.ask_budget", ("budget.fewer", "budget.more"), 8),
    Key("e", "Strategy", "screen.ask_strategy", ("strategy",), 3),
)
FOOTER_RIGHT: Final = (
    Key("^s", "Write", "screen.write", ("write",), 10),
    Key("?", "Help", "screen.help", ("help",), 10),
    Key("^p", "Commands", "screen.commands", ("commands",), 4),
)
