"""Why layers are pushed, in a few words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nixdive.layering.versions import layer_before
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import Layer
    from nixdive.store.path import StorePath
    from nixdive.workspace.baseline import Baseline
    from nixdive.workspace.priced_plan import PricedPlan


@dataclass(frozen=True, slots=True)
class Causes:
    """What a baseline tells of causes.

    Attributes:
        baseline: the earlier version.
    """

    baseline: Baseline

    def cause(self, closure: Closure, priced: PricedPlan, index: int) -> str:
        """Return why a layer is pushed: "git rebuilt +2", "perl was moved out"; names come from the input.

        Args:
            closure: the closure of the plan.
            priced: the plan, compared with the baseline.
            index: the index of the layer.
        """
        layer = priced.plan.layers[index]
        if priced.cost is None or not layer.paths:
            return layer.reason
        if priced.layer_marks[index] == "+" and layer.pin is not None:
            return f"pin {layer.pin}: new layer"
        sizes = {path: closure.nar_sizes[closure.index[path]] for path in layer.paths}
        changed = [path for path in layer.paths if priced.path_marks.get(path, "=") != "="]
        if not changed:
            return (
                f"pin {layer.pin}: new layer" if layer.pin is not None else self._moves(priced, layer, sizes)
            )
        largest = max(changed, key=lambda path: (sizes[path], path))
        was = priced.pricer.origins.get(largest)
        verb = "is new" if was is None else "rebuilt" if was.version == largest.version else "updated"
        more = f" +{len(changed) - 1}" if len(changed) > 1 else ""
        return f"{largest.package} {verb}{more}"

    def _moves(self, priced: PricedPlan, layer: Layer, sizes: Mapping[StorePath, int]) -> str:
        """Return what came to a layer or left it, where all of its paths are as they were."""
        nearest = layer_before(layer.paths, priced.pricer.origins, self.baseline.layer_of)
        if nearest is None:
            return "new layer"
        was = self.baseline.plan.layers[nearest[0]].paths
        came = [path for path in layer.paths if path not in was]
        if came:
            largest = max(came, key=lambda path: (sizes[path], path))
            return f"{largest.package} was moved in" + (f" +{len(came) - 1}" if len(came) > 1 else "")
        went = [path for path in was if path not in layer.paths]
        if not went:
            return "in a different order"
        if len(went) > len(layer.paths):
            return f"split off from {counted(len(went), 'path')}"
        largest = max(went, key=lambda path: (self.baseline.sizes.get(path, 0), path))
        return f"{largest.package} was moved out" + (f" +{len(went) - 1}" if len(went) > 1 else "")
