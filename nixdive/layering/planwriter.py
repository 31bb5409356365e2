"""Writing plan files: what people have put into one stays."""

from __future__ import annotations

import tomllib
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any

from tomlkit.exceptions import TOMLKitError

from nixdive import there
from nixdive.beside import file_place, write_text
from nixdive.errors import PlanFileError, WriteError
from nixdive.layering.plan import LayerKind, LayerPlan
from nixdive.layering.planfile import ONE_IMAGE, Form, PlanFile, PlannedLayer, parse_plan_file, plan_text
from nixdive.layering.request import DEFAULT_HORIZON, DEFAULT_STRATEGY
from nixdive.layering.stamp import stamp
from nixdive.layering.tomltext import written_over
from nixdive.layering.versions import names_of, origins

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from nixdive.layering.request import PlanRequest

# a table of pins is the one with the same layer, a layer the one with most packages in common
_ALIKE = {"pin": "layer", "layer": "packages"}


def write_plan(plan: LayerPlan, path: Path) -> None:
    """Write the plan file of one image beside its place, synced, then renamed.

    Where there is a plan file already, its comments and its order are kept; its rates if the plan has none.

    Raises:
        PlanFileError: what is there is not such a plan file.
        WriteError: it cannot be written.
    """
    write_plan_file(path, ONE_IMAGE, plan.request, _layers(plan))


def plan_toml(plan: LayerPlan) -> str:
    """Return the text of a plan file that nobody has put anything into."""
    return plan_file_toml(ONE_IMAGE, plan.request, _layers(plan))


def write_plan_file(path: Path, form: Form, request: PlanRequest, layers: Iterable[PlannedLayer]) -> None:
    """Write a plan file of any form, as `write_plan` does."""
    made = tuple(layers)
    wanted = _content(form, request, made)
    old, before = existing(path, form)
    renamed: dict[str, str] = {}
    if before is not None:
        if before.request.rates and not request.rates:
            wanted["rates"] = dict(before.request.rates)
        pairs = origins(_packages(made), _packages(before.layers)).items()
        renamed = {was: name for name, was in pairs if was != name}
    try:
        text = written_over(old, wanted, _ALIKE, renamed)
        kept = tomllib.loads(text) == wanted
    except (TOMLKitError, tomllib.TOMLDecodeError):
        kept = False
    if not kept:
        raise PlanFileError(
            f"{path}: it cannot be changed without losing its form", hint="write the plan to another file"
        )
    write_text(path, text)


def _packages(layers: Iterable[PlannedLayer]) -> Iterable[str]:
    return (name for layer in layers for name in layer.packages)


def plan_file_toml(form: Form, request: PlanRequest, layers: Iterable[PlannedLayer]) -> str:
    """Return the text of a new plan file of any form."""
    return written_over("", _content(form, request, layers), _ALIKE)


def _content(form: Form, request: PlanRequest, layers: Iterable[PlannedLayer]) -> dict[str, Any]:
    """Return what the file holds; what is empty is not in it."""
    content = {
        "format": form.name,
        "strategy": request.strategy,
        "max_layers": request.max_layers,
        "spare": request.spare or None,
        "horizon": None if request.horizon == DEFAULT_HORIZON else request.horizon,
        "assumed": dict(zip(("strategy", "max_layers"), request.assumed or (), strict=False)),
        "exclude": list(map(str, request.exclude)),
        "pipeline": request.pipeline,
        "pin": [
            {"layer": layer, "paths": [pin.pattern for pin in pins]}
            for layer, pins in groupby(request.pins, lambda pin: pin.layer)
        ],
        "rates": dict(request.rates),
        "layer": [_table(form, layer) for layer in layers],
    }
    return {name: value for name, value in content.items() if value or value == 0}


def _table(form: Form, layer: PlannedLayer) -> dict[str, list[str] | str]:
    found = {key: getattr(layer, key) for key in form.layer_keys}
    values = {key: one if isinstance(one, str) else list(map(str, one)) for key, one in found.items()}
    return {key: value for key, value in values.items() if value or key == "packages"}


def _layers(plan: LayerPlan) -> Iterable[PlannedLayer]:
    stored = [layer for layer in plan.layers if layer.kind is LayerKind.STORE]
    paths = [layer.paths for layer in stored]
    everyone = [*chain.from_iterable(paths), *plan.left_out, *plan.request.exclude]
    for layer, names in zip(stored, names_of(everyone, paths), strict=True):
        frozen = layer.paths if layer.frozen else ()
        yield PlannedLayer(names, frozen=frozen, stamp=stamp(names, layer.paths))


def existing(path: Path, form: Form) -> tuple[str, PlanFile | None]:
    """Return the text of the plan file that a plan is written over, and what it asks; "" and None for none.

    Raises:
        PlanFileError: what is there is not a plan file of that form, which is not written over.
        WriteError: nothing can be written there.
    """
    file_place(path)
    found = there.status(path, WriteError)
    text = plan_text(path) if found is not None and found.st_size else ""
    return text, parse_plan_file(text, str(path), form, DEFAULT_STRATEGY) if text else None
