"""Layers arranged by hand: from a plan to the layers that the next request states one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from nixdive.errors import PlanError
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.versions import layer_before, origins
from nixdive.store.path import StorePath, name_and_hash

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from nixdive.layering.change.model import ChangeModel

Arrangement: TypeAlias = tuple[tuple["StorePath", ...], ...]
"""The store layers of a plan, lowest first: what a request carries."""

THAW = "thaw it first"
UNPIN = "remove its pins first"


def merged(plan: LayerPlan, numbers: Collection[int]) -> Arrangement:
    """Return the layers with some of them as one, in the place of the lowest.

    Args:
        plan: the layers.
        numbers: the indices of those to merge, at least two.

    Raises:
        PlanError: one of them is not a store layer, or is frozen.
    """
    chosen = [_movable(plan, number) for number in sorted(numbers)]
    together = tuple(sorted((path for layer in chosen for path in layer.paths), key=name_and_hash))
    first, gone = chosen[0].paths, {layer.paths for layer in chosen[1:]}
    return tuple(together if paths == first else paths for paths in plan.stored if paths not in gone)


def split(plan: LayerPlan, number: int, model: ChangeModel) -> Arrangement:
    """Return the layers with one of them cut in two where releases then push least; the calmer half below.

    Args:
        plan: the layers.
        number: the index of the layer to cut.
        model: what is believed of the releases to come.

    Raises:
        PlanError: it is not a store layer, has only one path, or is frozen or pinned.
    """
    from nixdive.layering.churn.atoms import Atoms, best_cut  # noqa: PLC0415  only here are numbers crunched

    layer = _divisible(plan, number)
    index = model.closure.index
    members = [index[path] for path in layer.paths]
    atoms = Atoms.apart(model.scenarios, model.closure.nar_sizes, members)
    cut = best_cut(atoms, atoms.named([members])[0])
    taken = {members[atom] for atom in cut.low.tolist()} if cut.gain else {_largest(model, members)}
    low = tuple(path for path in layer.paths if index[path] in taken)
    high = tuple(path for path in layer.paths if index[path] not in taken)
    chance = model.scenarios.probability
    if chance([index[path] for path in low]) > chance([index[path] for path in high]):
        low, high = high, low
    return _replaced(plan, layer, (low, high))


def apart(plan: LayerPlan, path: StorePath) -> Arrangement:
    """Return the layers with a store path taken out of its layer into one of its own, right above.

    Raises:
        PlanError: the path is in no store layer or alone there, or its layer is frozen or pinned.
    """
    number = plan.layer_of().get(path)
    if number is None:
        raise PlanError(f"{path.name} is in no layer")
    layer = _divisible(plan, number)
    rest = tuple(other for other in layer.paths if other != path)
    return _replaced(plan, layer, (rest, (path,)))


def moved(plan: LayerPlan, number: int, places: int) -> Arrangement:
    """Return the layers with one of them higher, or lower where the number of places is negative.

    Raises:
        PlanError: it is not a store layer, or there is no place for it.
    """
    paths = _store_layer(plan, number).paths
    layers = list(plan.stored)
    at = layers.index(paths)
    if not 0 <= at + places < len(layers):
        end = "highest" if places > 0 else "lowest"
        raise PlanError(f"layer {number + 1} is already the {end} store layer")
    layers.insert(at + places, layers.pop(at))
    return tuple(layers)


def as_before(plan: LayerPlan, number: int, baseline: LayerPlan | None) -> tuple[StorePath, ...]:
    """Return the layer that an earlier version had in the place of one: frozen so, the registry has it.

    It is the same layer where the earlier version has it, else the one that most of its paths come from; the
    layer as it is where there is no earlier version.

    Args:
        plan: the layers.
        number: the index of the layer.
        baseline: the layers of the earlier version, or None.

    Raises:
        PlanError: it is not a store layer; the earlier version has none like it, or one whose paths are not
            all there any more.
    """
    paths = _store_layer(plan, number).paths
    before = baseline.stored if baseline else (paths,)
    if paths in before:
        return paths
    here = plan.layer_of()
    lay = {path: at for at, layer in enumerate(before) for path in layer}
    found = layer_before(paths, origins(here, lay), lay)
    if found is None:
        raise PlanError(f"no earlier layer is like layer {number + 1}")
    nearest = before[found[0]]
    for path in nearest:
        if path not in here:
            raise PlanError(f"the earlier layer cannot stay: {path.name} is no longer in the closure")
    return nearest


def holding(plan: LayerPlan, number: int, paths: tuple[StorePath, ...]) -> Arrangement:
    """Return the layers with exactly these paths in one of them, and out of all others.

    Paths that were there and are not among these are in no layer then: they are to be placed anew.

    Raises:
        PlanError: it is not a store layer.
    """
    here = _store_layer(plan, number).paths
    wanted = frozenset(paths)
    left = (
        paths if layer == here else tuple(path for path in layer if path not in wanted)
        for layer in plan.stored
    )
    return tuple(layer for layer in left if layer)


def _store_layer(plan: LayerPlan, number: int) -> Layer:
    layer = plan.layers[number]
    if layer.kind is not LayerKind.STORE:
        raise PlanError(f"layer {number + 1} holds other files too and stays as it is")
    return layer


def _movable(plan: LayerPlan, number: int) -> Layer:
    layer = _store_layer(plan, number)
    if layer.frozen:
        raise PlanError(f"layer {number + 1} is frozen", hint=THAW)
    return layer


def _divisible(plan: LayerPlan, number: int) -> Layer:
    layer = _movable(plan, number)
    if layer.pin is not None:
        raise PlanError(f"layer {number + 1} is pinned", hint=UNPIN)
    if len(layer.paths) < 2:
        raise PlanError(f"layer {number + 1} has only one path")
    return layer


def _replaced(plan: LayerPlan, layer: Layer, parts: Iterable[tuple[StorePath, ...]]) -> Arrangement:
    parts = tuple(parts)
    return tuple(one for paths in plan.stored for one in (parts if paths == layer.paths else (paths,)))


def _largest(model: ChangeModel, members: Iterable[int]) -> int:
    return max(members, key=lambda i: (model.closure.nar_sizes[i], -i))
