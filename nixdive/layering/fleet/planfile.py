"""Plan files of fleets: like those of one image, and each layer names the images that use it.

```toml
format = "nixdive.fleet/1"
strategy = "churn"
max_layers = 60

[[layer]]                     # lowest first
images = ["shop", "search"]
packages = ["glibc", "libgcc"]
```
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import tomlkit

from nixdive.beside import told, write_text
from nixdive.errors import PlanFileError
from nixdive.layering.fleet.carry import CarriedLayer, carried_layers
from nixdive.layering.planfile import FORMAT as PLAN_FORMAT
from nixdive.layering.planfile import Reader, plan_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from nixdive.layering.fleet.plan import FleetPlan
    from nixdive.layering.request import PlanRequest

FORMAT = "nixdive.fleet/1"


@dataclass(frozen=True, slots=True)
class FleetPlanFile:
    """What a plan file holds.

    Attributes:
        request: what was asked for.
        layers: what was planned, lowest first.
    """

    request: PlanRequest
    layers: tuple[CarriedLayer, ...]


def read_fleet_plan(path: Path, default_strategy: str) -> FleetPlanFile:
    """Read a plan file; raise PlanFileError, which names file, key and cause, where it is none."""
    text = plan_text(path)
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PlanFileError(f"{path}: it is no TOML: {error}") from error
    except ValueError as error:  # Python refuses to read numbers of thousands of digits
        raise PlanFileError(f"{path}: it has a number that is too large") from error
    form = table.get("format")
    if form != FORMAT:
        found = "it names no format" if form is None else f"its format is {form!r}"
        raise PlanFileError(
            f"{path}: format: {found}", hint=f'the plan file of a fleet begins with format = "{FORMAT}"'
        )
    layers = table.pop("layer", [])
    request = Reader(str(path)).file({**table, "format": PLAN_FORMAT}, default_strategy)
    return FleetPlanFile(request, tuple(_layers(path, layers)))


def _layers(path: Path, tables: Any) -> Iterable[CarriedLayer]:
    if not isinstance(tables, list):
        raise PlanFileError(f"{path}: layer: it is a list of tables, [[layer]]")
    for number, table in enumerate(tables, 1):
        where = f"{path}: layer {number}"
        if not isinstance(table, dict):
            raise PlanFileError(f"{where}: it is a table, [[layer]]")
        for key in table:
            if key not in {"images", "packages"}:
                raise PlanFileError(
                    f"{where}: {key}: no plan file has this key", hint="known: images, packages"
                )
        yield CarriedLayer(_texts(where, table, "packages"), _texts(where, table, "images"))


def _texts(where: str, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    found = table.get(key)
    if not isinstance(found, list) or not found or not all(isinstance(one, str) for one in found):
        raise PlanFileError(f"{where}: {key} is a list of texts")
    return tuple(found)


def write_fleet_plan(plan: FleetPlan, path: Path) -> None:
    """Write a plan file beside its place, synced, then renamed.

    The rates of an earlier one are kept where the plan has none; its comments are lost.

    Raises:
        PlanFileError: what is there is no plan file of a fleet.
        WriteError: it cannot be written.
    """
    with told(path, None):
        if path.exists() and not path.is_file():
            raise PlanFileError(f"{path}: it is no regular file")
        there = path.exists() and path.stat().st_size > 0
    if there:
        before = read_fleet_plan(path, plan.request.strategy)  # what is no plan file is not written over
        if not plan.request.rates:
            plan = replace(plan, request=replace(plan.request, rates=before.request.rates))
    write_text(path, fleet_toml(plan))


def fleet_toml(plan: FleetPlan) -> str:
    """Return the text of the plan file."""
    request = plan.request
    lines = [
        f"format = {_text(FORMAT)}",
        f"strategy = {_text(request.strategy)}",
        f"max_layers = {request.max_layers}",
    ]
    if request.exclude:
        lines.append(f"exclude = {_list(request.exclude)}")
    if request.pipeline is not None:
        lines.append(f"pipeline = {_text(request.pipeline)}")
    pins: dict[str, list[str]] = {}
    for pin in request.pins:
        pins.setdefault(pin.layer, []).append(pin.pattern)
    for layer, patterns in pins.items():
        lines += ["", "[[pin]]", f"layer = {_text(layer)}", f"paths = {_list(patterns)}"]
    if request.rates:
        lines += ["", "[rates]", *(f"{_text(package)} = {rate!r}" for package, rate in request.rates)]
    for kept in carried_layers(plan):
        lines += ["", "[[layer]]", f"images = {_list(kept.images)}", f"packages = {_list(kept.packages)}"]
    return "\n".join(lines) + "\n"


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, texts))}]"


def _text(text: str) -> str:
    return tomlkit.string(str(text)).as_string()
