"""What there is to know of a layer beside its plan: what its image says of it, and the paths in it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from nixdive.human import number
from nixdive.layering.plan import LayerKind
from nixdive.sizes import prose
from nixdive.ui.draw.figures import size_cells
from nixdive.ui.draw.line import Line, Span, cut, key_words, labelled, shorten
from nixdive.ui.draw.line import width as line_width
from nixdive.ui.naming import layer_name, path_label
from nixdive.visible import visible
from nixdive.words import counted, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.layering.plan import Layer
    from nixdive.ui.panes.pane import View
    from nixdive.workspace.found_layer import FoundLayer
    from nixdive.workspace.priced_plan import PricedPlan

_LABEL = 10  # cells before a fact
_BEFORE_NAME = 19  # cells of the columns before the name of a path
_LEAST = 3  # rows from which on a table of paths says something


def described(view: View, index: int, found: FoundLayer, width: int, rows: int) -> list[Line]:
    """Return the lines about a layer without store paths that are for planning, the command wrapped.

    Args:
        view: what is shown.
        index: the index of the layer.
        found: what its image says of it.
        width: cells.
        rows: how many lines have room.
    """
    layer = view.priced.plan.layers[index]
    lines = [labelled("Layer", *_where(view, index)), labelled("Digest", Span(found.diff_id))]
    more = facts(found)[1:]
    spare = max(rows - len(lines), 1)
    words = found.command or layer_name(layer, view.closure)
    command = commanded(words, width, spare, view.keys.first("layers.paths"))
    return [lines[0], *command, lines[1], *more][: max(rows, 1)]


def _where(view: View, index: int) -> Line:
    layer = view.priced.plan.layers[index]
    found = view.found(index)
    spans = [Span(f"{index + 1} of {len(view.priced.plan.layers)}", "bright", bold=True)]
    if layer.fault is None:
        spans.append(Span(f"   {prose(layer.nar_size)}"))
    if found is not None and found.entries is not None:
        spans.append(Span(f"   {number(found.entries)} {'entry' if found.entries == 1 else 'entries'}"))
    if found is not None and found.created:
        spans.append(Span(f"   {visible(found.created)[:10]}", "dim"))
    return tuple(spans)


def commanded(words: str, width: int, rows: int, key: str = "") -> list[Line]:
    """Return a command in as many rows as it needs; where it has no room, with the key that shows all."""
    room = max(width - _LABEL - 1, 8)
    parts = textwrap.wrap(visible(words), room, break_on_hyphens=False) or [""]
    cells = [labelled("Command" if i == 0 else "", Span(part)) for i, part in enumerate(parts)]
    if len(parts) <= rows:
        return cells
    shows = key_words(key, "shows all")
    last = Span(cut(f"{parts[rows - 1]} {parts[rows]}", room - line_width(shows)))
    return [*cells[: rows - 1], (*labelled("Command" if rows == 1 else "", last), *shows)]


def facts(found: FoundLayer) -> list[Line]:
    """Return what an image says of a layer but its command: digests, bytes of the blob, time, the image."""
    lines = [labelled("Digest", Span(found.diff_id))]
    packed = "not compressed" if found.compression == "none" else found.compression
    blob = (Span(found.digest),) if found.digest else (Span("no manifest states its digest", "dim"),)
    lines.append(labelled("Blob", *blob))
    right = (Span("   ✓ ", "save"), Span("digests", "dim")) if found.wrong == "" else ()
    lines.append(labelled("Stored", Span(prose(found.wire)), Span(f"   {packed}", "dim"), *right))
    if found.wrong:
        lines.append(labelled("Wrong", Span(visible(found.wrong), "bad")))
    if found.created:
        lines.append(labelled("Created", Span(visible(found.created))))
    if found.image:
        lines.append(labelled("Tag", Span(visible(found.image))))
    return lines


def unshortened(view: View, index: int, width: int) -> list[Line]:
    """Return what is known of a layer without store paths that are for planning, nothing of it cut."""
    layer, found = view.priced.plan.layers[index], view.found(index)
    lines: list[Line] = [labelled("Layer", *_where(view, index))]
    if layer.fault is not None:
        lines += _wrapped("Fault", layer.fault, width)
    if found is None:
        return [*lines, *_wrapped("Made of", layer.reason, width)]
    for label, *rest in facts(found):
        lines += _wrapped(label.text.strip(), "".join(span.text for span in rest), width)
    return [*lines, (), *commanded(found.command or layer.reason, width, len(found.command) + 1)]


def _wrapped(label: str, words: str, width: int) -> list[Line]:
    parts = textwrap.wrap(visible(words), max(width - _LABEL - 1, 8), break_on_hyphens=False) or [""]
    return [labelled(label if i == 0 else "", Span(part)) for i, part in enumerate(parts)]


def paths_table(priced: PricedPlan, layer: Layer, width: int, rows: int) -> list[Line]:
    """Return the store paths of a layer, the largest first, with size, chance and rate.

    The chance is that a release changes the path for whatever reason, the rate that it changes by itself.

    Args:
        priced: the plan.
        layer: one of its layers.
        width: cells.
        rows: how many lines have room, heads included.
    """
    if rows < _LEAST or not layer.paths or layer.kind is not LayerKind.STORE:
        return []
    model = priced.model
    closure = model.closure
    order = sorted((closure.index[path] for path in layer.paths), key=lambda i: (-closure.nar_sizes[i], i))
    room = rows - 1
    shown = order if len(order) <= room else order[: room - 1]
    lines: list[Line] = [(Span("   Size  Chg  Rate   Store path", "faint"),)]
    for i in shown:
        chance = percent(model.scenarios.probability([i]))
        label = path_label(closure.paths[i], width - _BEFORE_NAME, "text")
        figures = (Span(f"  {chance:>4}"), Span(f"  {percent(model.own_chance(i)):>4}", "dim"))
        lines.append(
            (
                Span("  "),
                *size_cells(closure.nar_sizes[i], sized=closure.sized),
                *figures,
                Span("   "),
                *label,
            )
        )
    if rest := _rest(order[len(shown) :], closure.nar_sizes):
        lines.append(rest)
    return [shorten(line, width) for line in lines]


def _rest(order: Sequence[int], sizes: Sequence[int]) -> Line:
    if not order:
        return ()
    words = f"{counted(len(order), 'path')} more, {prose(sum(sizes[i] for i in order))}"
    return (Span(" " * _BEFORE_NAME), Span(words, "faint"))
