"""Writing a plan file: what people have put into it stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from nixdive.beside import write_text
from nixdive.errors import PlanFileError
from nixdive.layering.plan import LayerKind
from nixdive.layering.planfile import FORMAT, plan_text, read_plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tomlkit import TOMLDocument

    from nixdive.layering.plan import LayerPlan
    from nixdive.layering.request import Pin


def write_plan(plan: LayerPlan, path: Path) -> None:
    """Write a plan file beside its place, synced, then renamed.

    Where there is a plan file already, its comments, its order and its rates are kept.

    Raises:
        PlanFileError: what is there is no plan file.
        WriteError: it cannot be written.
    """
    document = _existing(path)
    request = plan.request
    document["format"] = FORMAT
    document["strategy"] = request.strategy
    document["max_layers"] = request.max_layers
    _put(document, "exclude", [str(one) for one in request.exclude])
    _put(document, "pipeline", request.pipeline)
    _put(document, "pin", _tables(_pin_tables(request.pins), document.get("pin")))
    packages = (
        {"packages": list(dict.fromkeys(path.package for path in layer.paths))}
        for layer in plan.layers
        if layer.kind is LayerKind.STORE
    )
    _put(document, "layer", _tables(packages, document.get("layer")))
    write_text(path, tomlkit.dumps(document))


def _existing(path: Path) -> TOMLDocument:
    if not path.exists():
        return tomlkit.document()
    read_plan(path)  # what is no plan file is not written over
    try:
        return tomlkit.parse(plan_text(path))
    except TOMLKitError as error:
        raise PlanFileError(f"{path}: it is no TOML: {error}") from error


def _pin_tables(pins: Iterable[Pin]) -> list[dict[str, Any]]:
    layers: dict[str, list[str]] = {}
    for pin in pins:
        layers.setdefault(pin.layer, []).append(pin.pattern)
    return [{"layer": layer, "paths": patterns} for layer, patterns in layers.items()]


def _tables(wanted: Iterable[Mapping[str, Any]], existing: Any) -> Any:
    """Return the tables as TOML; those that were there already stay as they were written."""
    old = list(existing or ())
    array = tomlkit.aot()
    for table in wanted:
        same = next((one for one in old if _plain(one) == table), None)
        if same is not None:
            old.remove(same)
            array.append(same)
        else:
            new = tomlkit.table()
            new.update(table)
            array.append(new)
    return array


def _plain(table: Any) -> Any:
    return table.unwrap() if hasattr(table, "unwrap") else table


def _put(document: TOMLDocument, key: str, value: Any) -> None:
    """Set a key, or take it away where there is nothing to say; what is the same stays as it was written."""
    if not value:
        document.pop(key, None)
    elif key not in document or _plain(document[key]) != _plain(value):
        document.pop(key, None)
        document[key] = value
