"""What there is to know of the selected store path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.sizes import prose
from nixdive.ui.config.keymap import KeySigns
from nixdive.ui.draw.headings import heading
from nixdive.ui.draw.line import Line, Span, key_words
from nixdive.ui.naming import layer_name
from nixdive.visible import visible
from nixdive.words import counted

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.ui.panes.pane import View
    from nixdive.workspace.priced_plan import PricedPlan

_WIDE = 56
_GAP = (Span("  "),)


def path_details(view: View, path: int | None, width: int) -> list[Line]:
    """Return the header with the path's name, and three lines: sizes, layer, and who needs it."""
    if path is None:
        return [heading("Store path", width), (Span(" nothing selected", "faint"),)]
    title = visible(view.closure.paths[path].name)
    return [heading(title, width), *details(view.closure, view.priced, path, width, view.keys)]


def details(
    closure: Closure,
    priced: PricedPlan,
    index: int,
    cells: int,
    keys: KeySigns = KeySigns(),  # noqa: B008  it never changes
) -> list[Line]:
    """Return the lines about a store path."""
    measures = closure.measures
    nar = _fact("NAR", prose(closure.nar_sizes[index]))
    whole = _fact("closure", prose(measures.closure_sizes[index]))
    added = _fact("added", prose(measures.added_sizes[index]))
    if not closure.sized:
        nar = (Span(" sizes unknown", "dim"),)
        whole = _fact("closure", counted(measures.closure_counts[index], "path"))
        added = ()
    layer = _layer(closure, priced, index)
    used = _used(closure, index)
    ways = (
        *key_words(keys.first("why"), "why", action="screen.do('why')")[1:],
        Span("  "),
        *key_words(keys.first("copy.path"), "copy", action="screen.do('copy.path')")[1:],
    )
    if cells < _WIDE:
        return [(*nar, *_GAP, *whole), (*added, *_GAP, *layer), (*used, *_GAP, Span(" "), *ways)]
    hash_part = _fact("hash", closure.paths[index].hash_part, role="dim")
    return [
        (*nar, *_GAP, *whole, *_GAP, *added),
        (*layer, *_GAP, *used),
        (*hash_part, *_GAP, Span(" "), *ways),
    ]


def _fact(label: str, words: str, *, role: str = "text") -> Line:
    return (Span(f" {label} ", "dim"), Span(words, role))


def _layer(closure: Closure, priced: PricedPlan, index: int) -> Line:
    at = priced.layer_of.get(closure.paths[index])
    if at is None:
        return (Span(" in no layer", "dim"),)
    layer = priced.plan.layers[at]
    if layer.pin is None:
        return _fact("layer", f"{at + 1} {layer_name(layer, closure)}")
    return (*_fact("layer", f"{at + 1} {layer_name(layer, closure)}", role="pin"), Span(" ◆", "pin"))


def _used(closure: Closure, index: int) -> Line:
    referrers = closure.referrers[index]
    if not referrers:
        return (Span(" a root" if index in closure.roots else " used by nothing", "dim"),)
    if len(referrers) == 1:
        return _fact("used by", visible(closure.paths[referrers[0]].package))
    return _fact("used by", counted(len(referrers), "path"))
