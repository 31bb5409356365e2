"""The plan as a value: layers, lowest first, each with its paths and the reason why it exists."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    """

    kind: LayerKind
    paths: tuple[StorePath, ...]
    nar_size: int
    reason: str
    pin: str | None = None
    change_probability: float | None = None
    frozen: bool = False
    diff_id: str | None = None


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

    def layer_of(self) -> dict[StorePath, int]:
        """Return for each store path the index of its layer."""
        return {path: i for i, layer in enumerate(self.layers) for path in layer.paths}
