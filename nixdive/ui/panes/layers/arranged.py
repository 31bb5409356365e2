"""Which layers are shown, and in which order: what a filter finds, sorted by a column."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from nixdive.ui.naming import layer_name
from nixdive.ui.panes.closure.filter import size_test

if TYPE_CHECKING:
    from collections.abc import Collection

    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import Layer
    from nixdive.store.path import StorePath
    from nixdive.ui.panes.closure.filter import Query
    from nixdive.workspace.priced_plan import PricedPlan

EXAMPLES: Final = "a name or regular expression   size>10M layer:7 pinned changed new"
_MARKS: Final = {"changed": "~", "new": "+"}


class Order(StrEnum):
    """What layers are sorted by."""

    NUMBER = "number"
    SIZE = "size"
    PUSH = "push"
    CHANCE = "chance"
    NAME = "name"


def orders(priced: PricedPlan) -> tuple[Order, ...]:
    """Return the orders that a plan has: no pushes without a baseline, no chances where none are known."""
    chance = any(layer.change_probability is not None for layer in priced.plan.layers)
    lacks = {Order.PUSH: priced.cost is None, Order.CHANCE: not chance}
    return tuple(order for order in Order if not lacks.get(order))


def arranged(
    priced: PricedPlan, closure: Closure, order: Order, found: Collection[int] | None
) -> tuple[int, ...]:
    """Return the indices of the layers as they are shown: the largest figures first, else lowest first.

    Args:
        priced: the plan and its figures.
        closure: the closure it is of.
        order: what the layers are sorted by.
        found: the layers that a filter has found; None for all.
    """
    layers = priced.plan.layers
    shown = range(len(layers)) if found is None else sorted(found)
    match order if order in orders(priced) else Order.NUMBER:
        case Order.SIZE:
            return tuple(sorted(shown, key=lambda i: (-layers[i].nar_size, i)))
        case Order.PUSH:
            return tuple(sorted(shown, key=lambda i: (-priced.push_of(i), i)))
        case Order.CHANCE:
            return tuple(sorted(shown, key=lambda i: (-_chance(layers[i]), i)))
        case Order.NAME:
            return tuple(sorted(shown, key=lambda i: (layer_name(layers[i], closure).lower(), i)))
    return tuple(shown)


def _chance(layer: Layer) -> float:
    return -1.0 if layer.change_probability is None else layer.change_probability


def named_paths(query: Query, closure: Closure, priced: PricedPlan) -> frozenset[StorePath]:
    """Return the store paths whose names are asked for; none where no name is."""
    if not query.names:
        return frozenset()
    return frozenset(closure.paths[i] for i in replace(query, words=()).found(closure, priced))


def found_layers(query: Query, closure: Closure, priced: PricedPlan) -> frozenset[int]:
    """Return the indices of the layers that a filter asks for.

    A name is that of the layer, or of a store path in it; sizes and marks are those of the layer.
    """
    named = named_paths(query, closure, priced)

    def holds(index: int) -> bool:
        layer = priced.plan.layers[index]
        called = layer_name(layer, closure)
        by_name = all(pattern.search(called) for pattern in query.names) or not named.isdisjoint(layer.paths)
        return by_name and all(_says(word, index, layer, priced) for word in query.words)

    return frozenset(index for index in range(len(priced.plan.layers)) if holds(index))


def _says(word: str, index: int, layer: Layer, priced: PricedPlan) -> bool:
    if word in _MARKS:
        return bool(priced.layer_marks) and priced.layer_marks[index] == _MARKS[word]
    if word == "pinned":
        return layer.pin is not None
    if word.startswith("layer:"):
        return word == f"layer:{index + 1}"
    return size_test(word).holds(layer.nar_size)


def problem(query: Query, *, sized: bool) -> str:
    """Return what is wrong with a filter of layers; empty where nothing is.

    Args:
        query: the filter.
        sized: whether sizes are known.
    """
    of_paths = [word for word in query.words if word.startswith(("added", "closure"))]
    problems = [query.problem, *(f"{word}: of a layer that is its size" for word in of_paths)]
    if query.of_sizes and not sized:
        problems.append("sizes are unknown: the input gives none")
    return ", ".join(filter(None, problems))
