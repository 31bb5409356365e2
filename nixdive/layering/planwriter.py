"""Writing a plan file: what people have put into it stays."""

from __future__ import annotations

import tomllib
from itertools import chain
from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array, Comment, Whitespace

from nixdive.beside import told, write_text
from nixdive.errors import PlanFileError
from nixdive.layering.homes import names_of
from nixdive.layering.plan import LayerKind
from nixdive.layering.planfile import FORMAT, plan_text, read_plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tomlkit import TOMLDocument
    from tomlkit.items import Table

    from nixdive.layering.plan import LayerPlan

_NAMES = ("format", "strategy", "max_layers", "exclude", "pipeline", "pin", "rates", "layer")


def write_plan(plan: LayerPlan, path: Path) -> None:
    """Write a plan file beside its place, synced, then renamed.

    Where there is a plan file already, its comments and its order are kept; its rates if the plan has none.

    Raises:
        PlanFileError: what is there is no plan file, or its form cannot be kept.
        WriteError: it cannot be written.
    """
    wanted = _content(plan)
    text = _text(_existing(path), wanted)
    if not _says(text, wanted):
        raise PlanFileError(f"{path}: its form cannot be kept", hint="write the plan to another file")
    write_text(path, text)


def plan_toml(plan: LayerPlan) -> str:
    """Return the text of a plan file that nobody has put anything into."""
    return _text(tomlkit.document(), _content(plan))


def _text(document: TOMLDocument, wanted: Mapping[str, Any]) -> str:
    for name in _NAMES:
        if name in wanted or name != "rates":
            _put(document, name, wanted.get(name))
    return tomlkit.dumps(document)


def _says(text: str, wanted: Mapping[str, Any]) -> bool:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return {name: value for name, value in table.items() if name in wanted or name != "rates"} == wanted


def _content(plan: LayerPlan) -> dict[str, Any]:
    """Return what the file holds; what is empty is not in it."""
    request = plan.request
    pins: dict[str, list[str]] = {}
    for pin in request.pins:
        pins.setdefault(pin.layer, []).append(pin.pattern)
    stored = [layer for layer in plan.layers if layer.kind is LayerKind.STORE]
    paths = [layer.paths for layer in stored]
    everyone = [*chain.from_iterable(paths), *plan.left_out, *request.exclude]
    content = {
        "format": FORMAT,
        "strategy": request.strategy,
        "max_layers": request.max_layers,
        "exclude": [str(one) for one in request.exclude],
        "pipeline": request.pipeline,
        "pin": [{"layer": layer, "paths": patterns} for layer, patterns in pins.items()],
        "rates": dict(request.rates),
        "layer": [
            {"packages": list(names)} | ({"frozen": list(map(str, layer.paths))} if layer.frozen else {})
            for layer, names in zip(stored, names_of(everyone, paths), strict=True)
        ],
    }
    return {name: value for name, value in content.items() if value}


def _existing(path: Path) -> TOMLDocument:
    with told(path, None):
        if not path.exists():
            return tomlkit.document()
        if not path.is_file():
            raise PlanFileError(f"{path}: it is no regular file")
        if not path.stat().st_size:
            return tomlkit.document()
    read_plan(path)  # what is no plan file is not written over
    try:
        return tomlkit.parse(plan_text(path))
    except TOMLKitError as error:
        raise PlanFileError(f"{path}: it is no TOML: {error}") from error


def _put(document: TOMLDocument, name: str, value: Any) -> None:
    """Set a value, or take it away where there is none; what is the same stays as it was written."""
    old = document.get(name)
    if old is not None and old.unwrap() == value:
        return
    if value is None:
        document.pop(name, None)
    elif name not in {"pin", "layer"}:
        _set(document, name, value)
    elif isinstance(old, AoT):
        document[name] = _tables(old.body, value)
    else:
        document.pop(name, None)
        document[name] = _tables([], value)


def _set(table: TOMLDocument | Table, name: str, value: Any) -> None:
    """Set a value that is no table; a list on several lines keeps how its items were written."""
    old = table.get(name)
    if isinstance(old, Array) and "\n" in old.as_string():
        for gone in [one for one in old.unwrap() if one not in value]:
            old.remove(gone)
        known = old.unwrap()
        old.extend(one for one in value if one not in known)
        if old.unwrap() == value:
            return
    table[name] = _listed(value) if isinstance(value, list) else value


def _listed(texts: Sequence[str]) -> Array:
    # item by item it would take ten seconds for ten thousand
    return tomlkit.array(f"[{', '.join(tomlkit.string(text).as_string() for text in texts)}]")


def _tables(old: Sequence[Table], wanted: Sequence[dict[str, Any]]) -> AoT:
    """Return the tables as TOML; each is written over the old one that is most like it."""
    left = list(old)
    tail = _claim_comments(left)
    array = tomlkit.aot()
    for table in wanted:
        likeness = [_likeness(one, table) for one in left]
        most = max(likeness, default=0)
        chosen = left.pop(likeness.index(most)) if most else tomlkit.table()
        for gone in chosen.keys() - table.keys():
            del chosen[gone]
        for name, value in table.items():
            if chosen.get(name) != value:
                _set(chosen, name, value)
        array.append(chosen)
    array.body[-1].value.body.extend(tail)
    return array


def _claim_comments(tables: Sequence[Table]) -> list[Any]:
    """Give the comments above each table to it; return what is below the last one.

    To tomlkit they are the end of the table before.
    """
    below: list[Any] = []
    for table in tables:
        table.trivia.indent = "".join(item.as_string() for _, item in below) + table.trivia.indent
        body = table.value.body
        end = len(body)
        while end and isinstance(body[end - 1][1], Comment | Whitespace):
            end -= 1
        below = body[end:]
        del body[end:]
    return below


def _likeness(old: Table, wanted: dict[str, Any]) -> int:
    if "layer" in wanted:
        return int(old.get("layer") == wanted["layer"])
    return len(set(old.get("packages", ())).intersection(wanted["packages"]))
