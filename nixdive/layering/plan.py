"""The plan as a value: layers, lowest first, each with its paths and the reason why it exists."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.request import PlanRequest
    from nixdive.store.path import StorePath


class LayerKind(StrEnum):
    """Where a layer comes from."""

    BASE = "base"
    STORE = "store"
    CUSTOMISATION = "customisation"


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a plan.

    Attributes:
        kind: a base layer is passed through, a store layer holds store paths, the customisation layer holds
            the links at the root.
        paths: the store paths in the order in which the tar has them. Other kinds have paths only where a
            layer that was found has them together with other files, and stays as it is.
        nar_size: NAR bytes of the paths; for other kinds the bytes of the uncompressed layer tar.
        reason: why the layer exists, in a few words.
        pin: the name of the layer if pins made it, else None.
        change_probability: the chance that a release changes it, where a change model knows.
        frozen: whether the request asks for exactly these paths in this order.
        diff_id: where the layer stays as it was found, what its tar hashes to: "sha256:<hex>".
        fault: why a layer that was found cannot be read, so that its paths and its size are not known; else
            None.
        foreign: whether a layer that was found is the tar of another program, whose bytes for the same paths
            are not those that are written here.
        tar_digest: what the tar of a layer made here will hash to, with the usual time and owner; None where
            that is not known before it is made.
    """

    kind: LayerKind
    paths: tuple[StorePath, ...]
    nar_size: int
    reason: str
    pin: str | None = None
    change_probability: float | None = None
    frozen: bool = False
    diff_id: str | None = None
    fault: str | None = None
    foreign: bool = False
    tar_digest: str | None = None


@dataclass(frozen=True, slots=True)
class LayerPlan:
    """Every path that is neither excluded nor left out in exactly one layer, no more layers than the budget.

    Attributes:
        request: what was asked for.
        layers: lowest first: base layers, store layers, the customisation layer.
        left_out: store paths in no layer, because the pipeline removed them.
        sized: whether NAR sizes are known; if not, every path counts as one byte.
    """

    request: PlanRequest
    layers: tuple[Layer, ...]
    left_out: tuple[StorePath, ...] = ()
    sized: bool = True

    @property
    def nar_size(self) -> int:
        """NAR bytes of all store layers."""
        return sum(layer.nar_size for layer in self.layers if layer.kind is LayerKind.STORE)

    @property
    def budget(self) -> int:
        """How many layers other layouts may have beside it: its budget; the layers of one kept as it is."""
        return len(self.layers) if self.request.strategy == "keep" else self.request.max_layers

    @property
    def stored(self) -> tuple[tuple[StorePath, ...], ...]:
        """The store paths of each store layer, lowest first."""
        return tuple(layer.paths for layer in self.layers if layer.kind is LayerKind.STORE)

    @property
    def native(self) -> LayerPlan:
        """The plan without store layers of other programs: what is written here can be none of them."""
        if not any(layer.foreign for layer in self.layers):
            return self
        return replace(self, layers=tuple(layer for layer in self.layers if not layer.foreign))

    @property
    def unread(self) -> dict[int, str]:
        """The indices of layers that cannot be read, with the cause of each."""
        return {i: layer.fault for i, layer in enumerate(self.layers) if layer.fault is not None}

    def layer_of(self) -> dict[StorePath, int]:
        """Return for each store path the index of its layer."""
        return {path: i for i, layer in enumerate(self.layers) for path in layer.paths}


def problems(closure: Closure, plan: LayerPlan) -> list[str]:
    """Return what is wrong with a plan: an empty list for every plan that `solve` returns.

    Each path of the closure that is neither excluded nor left out lies in exactly one layer, no store layer
    is empty, and there are no more layers than the budget.
    """
    wrong = []
    laid = [path for layer in plan.layers for path in layer.paths]
    expected = set(closure.paths).difference(plan.request.exclude, plan.left_out)
    if len(set(laid)) < len(laid):
        wrong.append("a path is in two layers")
    if set(laid) != expected:
        wrong.append(f"{len(expected.symmetric_difference(laid))} paths are missing or do not belong there")
    if any(layer.kind is LayerKind.STORE and not layer.paths for layer in plan.layers):
        wrong.append("a store layer is empty")
    if len(plan.layers) > plan.request.max_layers:
        wrong.append(f"{len(plan.layers)} layers are over the budget of {plan.request.max_layers}")
    return wrong


@dataclass(frozen=True, slots=True)
class Frame:
    """The layers around those of the store, which count in the budget, and the layout that was found.

    Attributes:
        base: layers of the base image, lowest first.
        above: layers above those of the store, like that of links at the root, lowest first.
        found: the store layers as they were found, lowest first, which the strategy `keep` keeps; empty for
            a closure.
        diff_ids: what the tars of the found layers hash to, where they were found as tars.
        foreign: those of the found layers that are tars of other programs.
        between: layers above the lowest store layer that were found as well, lowest first, each with the
            number of found layers below it. `keep` leaves them there; else they lie above all store layers.
        repeats: the places in `between` of layers that only repeat a found one; `keep` alone keeps them.
        rests: by the places in `between` of layers whose store paths can leave the other files there, what is
            left of them then, as a layer.
        fixed: why the found layers can only stay as they are, or None.
    """

    base: tuple[Layer, ...] = ()
    above: tuple[Layer, ...] = ()
    found: tuple[tuple[StorePath, ...], ...] = ()
    diff_ids: tuple[str, ...] = ()
    foreign: frozenset[tuple[StorePath, ...]] = frozenset()
    between: tuple[tuple[int, Layer], ...] = ()
    repeats: frozenset[int] = frozenset()
    rests: Mapping[int, Layer] = field(default_factory=dict)
    fixed: str | None = None

    def staying(self, *, keep: bool) -> tuple[tuple[int, Layer], ...]:
        """Return the layers that stay above the base, each with the number of found layers below it."""
        if keep:
            return self.between
        return tuple(
            (below, self.rests.get(at, layer))
            for at, (below, layer) in enumerate(self.between)
            if at not in self.repeats
        )

    def fixed_paths(self, *, keep: bool) -> tuple[StorePath, ...]:
        """Return the store paths of layers that stay as they are, because they have other files, too."""
        staying = [layer for _, layer in self.staying(keep=False)]
        if keep:
            staying += (self.between[at][1] for at in self.rests)
        found = (path for layer in (*self.base, *staying) for path in layer.paths)
        return tuple(dict.fromkeys(found))

    def count(self, *, keep: bool = True) -> int:
        """Return how many layers there are around those of the store."""
        return len(self.base) + len(self.staying(keep=keep)) + len(self.above)

    def budget(self, least: int) -> int:
        """Return the budget, at least this one, under which all layers that were found can stay."""
        return max(least, self.count() + len(self.found))

    def around(self, layers: Sequence[Layer], *, keep: bool) -> tuple[Layer, ...]:
        """Return all layers of an image, lowest first, with the layers that were found by their diff_ids.

        Args:
            layers: the store layers, lowest first.
            keep: whether layers that stay keep their places between them.
        """
        ids = dict(zip(self.found, self.diff_ids, strict=False))
        place = {path: i for i, found in enumerate(self.found) for path in found}
        waiting = list(self.staying(keep=keep))
        made: list[Layer] = list(self.base)
        for layer in layers:
            below = min((place[path] for path in layer.paths if path in place), default=len(self.found))
            while keep and waiting and waiting[0][0] <= below:
                made.append(waiting.pop(0)[1])
            made.append(replace(layer, diff_id=ids.get(layer.paths), foreign=layer.paths in self.foreign))
        made += (layer for _, layer in waiting)
        return (*made, *self.above)
