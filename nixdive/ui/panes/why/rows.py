"""Why a path is in the image, as rows: the chains of references that lead to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from nixdive.closure.why import shortest_chains
from nixdive.sizes import signed
from nixdive.ui.config.keymap import KeySigns
from nixdive.ui.draw.figures import size_cells
from nixdive.ui.draw.headings import heading
from nixdive.ui.draw.line import BLANK, Line, Span, fit, key_words, spread, width
from nixdive.ui.draw.lists import Said, Section
from nixdive.ui.naming import MARK_ROLES, decided, layer_ground, path_label
from nixdive.visible import visible
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.closure.closure import Closure
    from nixdive.workspace.priced_plan import PricedPlan

_CHAINS = 8
_HEADS = (Span("Δ  Added  Layer ", "faint"),)


class Step(NamedTuple):
    """A store path of a chain.

    Attributes:
        path: its index.
        depth: how far it is indented.
    """

    path: int
    depth: int


class Chain(NamedTuple):
    """The line above a chain, the first one with the heads of the columns."""

    words: Line
    heads: bool


Entry: TypeAlias = Step | Chain | Said | Section


def chains(closure: Closure, path: int, keys: KeySigns = KeySigns()) -> tuple[Entry, ...]:  # noqa: B008  it never changes
    """Return the shortest chain first, later ones from where they leave it; then what they come to."""
    rows: list[Entry] = []
    found = shortest_chains(closure, path, _CHAINS + 1)
    for number, chain in enumerate(found[:_CHAINS], 1):
        start = _leaves(found[0], chain) if number > 1 else 0
        words = "the shortest chain" if number == 1 else "another chain"
        if start:
            words = f"leaves the first at {visible(closure.paths[chain[start]].package)}"
        steps = counted(len(chain), "path")
        line = (Span(f" {number} ", "accent", bold=True), Span(f"{words}, {steps}", "dim"))
        rows.append(Chain(line, heads=number == 1))
        rows += [Step(link, depth) for depth, link in enumerate(chain[start:])]
        rows.append(Said(BLANK))
    rows.append(Said(_sum(closure, path, len(found))))
    used = len(closure.referrers[path])
    if used:
        said = Span(f" {counted(used, 'path')} refer to it" if used > 1 else " 1 path refers to it")
        way = key_words(keys.first("referrers"), "shows them", action="screen.do('referrers')")
        rows.append(Said((said, *way)))
    return tuple(rows)


def _sum(closure: Closure, path: int, found: int) -> Line:
    """Return whether there are more chains, and how much smaller the image is without what they share."""
    if not found:
        return (Span(" No root needs it."),)
    line = [Span(" No other chain." if found <= _CHAINS else f" {_CHAINS} of more chains.")]
    if not closure.sized:
        return tuple(line)
    dominators, added = closure.measures.dominators, closure.measures.added_sizes
    shared = path
    while dominators[shared] >= 0 and dominators[shared] not in closure.roots:
        shared = dominators[shared]
        if added[shared] > added[path]:
            break
    name = "it" if shared == path else visible(closure.paths[shared].package)
    if path not in closure.roots:
        line += [Span(f"  Without {name} ", "dim"), Span(signed(-added[shared]))]
    return tuple(line)


def row(closure: Closure, priced: PricedPlan, entry: Entry, cells: int, *, chosen: bool) -> Line:
    """Return a row: a name, indented, then its mark, its added size and its layer; or a line of text."""
    if isinstance(entry, Section):
        return heading(entry.title, cells)
    if isinstance(entry, Said):
        return entry.line
    if isinstance(entry, Chain):
        return spread(entry.words, _HEADS if entry.heads else (), cells)
    path = closure.paths[entry.path]
    index = priced.layer_of.get(path)
    mark = priced.path_marks.get(path, "")
    end: Line = (
        Span(
            " ~ " if mark == "~" else " + " if mark == "+" else "   ", MARK_ROLES.get(mark, "text"), bold=True
        ),
    )
    end = (*end, *size_cells(closure.measures.added_sizes[entry.path]), Span("  "))
    if index is None:
        end = (*end, Span("out   ", "faint"))
    else:
        layer = priced.plan.layers[index]
        pin = Span(f"{decided(layer)} ", "pin")
        end = (*end, Span("▌", layer_ground(layer)), Span(f"{index + 1:<3}"), pin)
    room = cells - width(end)
    indent = min(entry.depth, max(room // 2 - 12, 0))
    start = (Span(" " + "  " * (indent - 1) + "└─▶ ", "line"),) if indent else (Span(" "),)
    role = "bright" if chosen else {"~": "mod", "+": "save"}.get(mark, "text")
    label = path_label(path, room - width(start), role, bold=chosen)
    return (*fit((*start, *label), room), *end)


def _leaves(first: Sequence[int], other: Sequence[int]) -> int:
    """Return the place of the last link that both chains have before they part."""
    same = 0
    for a, b in zip(first, other, strict=False):
        if a != b:
            break
        same += 1
    return max(same - 1, 0)
