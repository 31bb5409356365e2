"""Why a path is in the image, as rows: the chains of references that lead to it, and who else uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nixdive.closure.why import shortest_chains
from nixdive.ui.chance import layer_ground
from nixdive.ui.figures import count, size_cells
from nixdive.ui.line import BLANK, Line, Span, fit, width
from nixdive.ui.naming import path_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.closure.closure import Closure
    from nixdive.ui.standing import Standing

_CHAINS = 8
_REFERRERS = 500


class Step(NamedTuple):
    """A row: a store path at some depth of a chain, or a line of text.

    Attributes:
        path: the index of a store path, or None.
        depth: how far it is indented.
        words: the text, where there is no path.
    """

    path: int | None
    depth: int
    words: str = ""


def steps(closure: Closure, path: int) -> tuple[Step, ...]:
    """Return the shortest chains first, later ones from where they leave it; then what refers to the path."""
    rows: list[Step] = []
    chains = shortest_chains(closure, path, _CHAINS)
    for number, chain in enumerate(chains, 1):
        start = _leaves(chains[0], chain) if number > 1 else 0
        way = "the shortest chain" if number == 1 else "another chain"
        leaves = f", leaves the first at {closure.paths[chain[start]].package}" if start else ""
        rows.append(Step(None, 0, f"{number} {way}, {count(len(chain) - 1, 'step')}{leaves}"))
        rows += [Step(link, depth) for depth, link in enumerate(chain[start:])]
        rows.append(Step(None, 0))
    if not chains:
        rows += [Step(None, 0, "no root needs it"), Step(None, 0)]
    referrers = closure.referrers[path]
    if referrers:
        rows.append(Step(None, 0, f"used by {count(len(referrers), 'path')}"))
        by_added = sorted(referrers, key=lambda i: (-closure.measures.added_sizes[i], closure.paths[i].name))
        rows += [Step(one, 0) for one in by_added[:_REFERRERS]]
    return tuple(rows)


def row(closure: Closure, standing: Standing, step: Step, cells: int, *, chosen: bool) -> Line:
    """Return a row: the name, indented, then its added size and its layer."""
    if step.path is None:
        return (Span(f" {step.words}", "dim"),) if step.words else BLANK
    path = closure.paths[step.path]
    index = standing.layer_of.get(path)
    end: Line = (Span("  "), *size_cells(closure.measures.added_sizes[step.path]), Span("  "))
    if index is None:
        end = (*end, Span(" out ", "faint"))
    else:
        layer = standing.plan.layers[index]
        pin = Span("◆" if layer.pin is not None else " ", "pin")
        end = (*end, Span("▌", layer_ground(layer)), Span(f"{index + 1:<3} "), pin)
    room = cells - width(end)
    indent = min(step.depth, max(room // 2 - 12, 0))
    start = (Span(" " + "  " * (indent - 1) + "└─▶ ", "line"),) if indent else (Span(" "),)
    mark = standing.path_marks.get(path, "")
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
