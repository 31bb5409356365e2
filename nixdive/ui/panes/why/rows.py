"""Why a path is in the image, and in its layer, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from nixdive.closure.why import shortest_chains
from nixdive.human import several
from nixdive.sizes import signed
from nixdive.ui.config.keymap import KeySigns
from nixdive.ui.draw.figures import size_cells, tone
from nixdive.ui.draw.headings import heading
from nixdive.ui.draw.line import BLANK, Line, Span, cut, fit, key_words, labelled, spread, width
from nixdive.ui.draw.lists import Said, Section
from nixdive.ui.naming import MARK_ROLES, by_size, decided, layer_ground, path_label, step
from nixdive.visible import visible
from nixdive.words import counted, percent
from nixdive.workspace import edits
from nixdive.workspace.situation import Situation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import Layer
    from nixdive.store.path import StorePath
    from nixdive.workspace.history import Edit
    from nixdive.workspace.price import Price
    from nixdive.workspace.priced_plan import PricedPlan

_MEMBERS = 8
_NAMES = 3
_BAR = 24

_CHAINS = 8
_TRIED = 500  # chains, of which a filter takes some
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


def chains(
    closure: Closure,
    path: int,
    keys: KeySigns = KeySigns(),  # noqa: B008  it never changes
    through: AbstractSet[int] | None = None,
) -> tuple[Entry, ...]:
    """Return the shortest chain first, later ones from where they leave it; then what they come to.

    Args:
        closure: the closure.
        path: the index of the path that is explained.
        keys: the keys that verbs have now.
        through: the paths of which each chain has one before its end; None for all chains.
    """
    rows: list[Entry] = []
    if through is None:
        found = shortest_chains(closure, path, _CHAINS + 1)
    else:
        tried = shortest_chains(closure, path, _TRIED)
        found = tuple(chain for chain in tried if not through.isdisjoint(chain[:-1]))
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
    if through is None:
        rows.append(Said(_sum(closure, path, len(found))))
    elif not found:
        return ()
    elif len(found) > _CHAINS:
        rows.append(Said((Span(f" {_CHAINS} of {counted(len(found), 'such chain')}."),)))
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
    line = [Span(" No other chain." if found <= _CHAINS else f" Only the first {_CHAINS} chains.")]
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


class PricedEdit(NamedTuple):
    """What an edit would cost.

    Attributes:
        edit: the edit, which is not made.
        price: what it costs, or None where it cannot be made.
        cause: why it cannot be made.
    """

    edit: Edit
    price: Price | None
    cause: str = ""


def apart(closure: Closure, priced: PricedPlan, path: int) -> Edit | None:
    """Return the edit that gives a path a layer of its own; that takes its pin away where it has one.

    None where it is alone in its layer already.
    """
    here = closure.paths[path]
    index = priced.layer_of.get(here)
    if index is None:
        return None
    layer, now = priced.plan.layers[index], Situation.of(priced)
    if layer.pin is not None:
        return edits.unpin(now, lambda pin: pin.matches(here))
    if len(layer.paths) == 1:
        return None
    taken = {pin.layer for pin in now.request.pins}
    name = here.package if here.package not in taken else f"{here.package} alone"
    return edits.pin(now, (edits.pattern_for(here, closure),), name)


def layer_rows(
    closure: Closure, priced: PricedPlan, before: PricedPlan | None, path: int, priced_edit: PricedEdit | None
) -> tuple[Entry, ...]:
    """Return why a path is in its layer, what another place costs, and what makes the layer change.

    Args:
        closure: the closure.
        priced: the plan and its figures.
        before: those before the last edit, or None.
        path: the index of the path.
        priced_edit: what `apart` costs, as soon as it is known.
    """
    here = closure.paths[path]
    index = priced.layer_of.get(here)
    if index is None:
        return (Said(BLANK), Section("In no layer"), Said((Span(" the plan leaves it out", "dim"),)))
    layer = priced.plan.layers[index]
    rows: list[Entry] = [
        Said(BLANK),
        Section(f"Why in layer {index + 1}"),
        Said(_reason(priced, layer, here)),
    ]
    rows.append(Said(_company(closure, layer, here)))
    if before is not None and (was := _was(closure, before, layer, here)):
        rows.append(Said(was))
    wanted = apart(closure, priced, path)
    if wanted is not None and closure.sized:
        told = priced_edit if priced_edit and priced_edit.edit.request == wanted.request else None
        rows.append(Said(_cost("unpinned" if layer.pin is not None else "apart", told)))
    return (*rows, *_changes(closure, priced, layer, index))


def _reason(priced: PricedPlan, layer: Layer, here: StorePath) -> Line:
    if layer.pin is None:
        return labelled("reason", Span(visible(layer.reason)))
    patterns = [visible(pin.pattern) for pin in priced.plan.request.pins if pin.matches(here)]
    return (
        Span(" ◆ pinned ", "pin", bold=True),
        Span(f" {several(patterns, _NAMES)}"),
        Span(" → ", "dim"),
        Span(f"layer {visible(layer.pin)}"),
    )


def _company(closure: Closure, layer: Layer, here: StorePath) -> Line:
    others = [path for path in by_size(layer, closure) if path != here]
    if not others:
        return labelled("with", Span("nothing else: it has the layer to itself"))
    return labelled("with", *_listed(others))


def _listed(paths: list[StorePath], most: int = _NAMES) -> tuple[Span, ...]:
    names = ", ".join(cut(visible(path.package), 20) for path in paths[:most])
    more = len(paths) - most
    return (Span(names), Span(f" +{more}" if more > 0 else "", "faint"))


def _was(closure: Closure, before: PricedPlan, layer: Layer, here: StorePath) -> Line:
    index = before.layer_of.get(here)
    if index is None or before.plan.layers[index].paths == layer.paths:
        return BLANK
    others = [path for path in by_size(before.plan.layers[index], closure) if path != here]
    told = _listed(others, most=1) if others else (Span("nothing else"),)
    return labelled("before", Span(f"in layer {index + 1} with "), *told)


def _cost(label: str, priced_edit: PricedEdit | None) -> Line:
    if priced_edit is None:
        return labelled(label, Span("planning …", "faint"))
    if priced_edit.price is None:
        return labelled(label, Span(visible(priced_edit.cause), "bad"))
    once, release = priced_edit.price.push or 0, priced_edit.price.release or 0
    return labelled(
        label,
        Span(signed(once), tone(once), bold=True),
        Span(" once  "),
        Span(signed(release), tone(release), bold=True),
        Span(" each release"),
    )


def _changes(closure: Closure, priced: PricedPlan, layer: Layer, index: int) -> tuple[Entry, ...]:
    """Return how often a release changes the layer, and each of its paths, the most often first."""
    if not layer.paths or layer.change_probability is None:
        return ()
    scenarios = priced.model.scenarios
    chances = [(scenarios.probability([closure.index[path]]), path) for path in layer.paths]
    chances.sort(key=lambda one: (-one[0], one[1].name))
    most = max(chances[0][0], layer.change_probability) or 1.0
    rows: list[Entry] = [Said(BLANK), Section(f"Why layer {index + 1} changes")]
    rows.append(Said(_bar("any of them", layer.change_probability, most, label="dim")))
    rows += [Said(_bar(visible(path.package), chance, most)) for chance, path in chances[:_MEMBERS]]
    if len(chances) > _MEMBERS:
        rows.append(Said((Span(f" {len(chances) - _MEMBERS} more, less often", "faint"),)))
    return tuple(rows)


def _bar(name: str, chance: float, most: float, *, label: str = "text") -> Line:
    length = max(round(_BAR * chance / most), 1) if chance else 0
    number = percent(chance).replace("%", " %")
    return (
        Span(f" {cut(name, 22):<22}", label),
        Span(f"{number:>6}"),
        Span("  "),
        Span("━" * length, f"s{step(chance)}"),
    )
