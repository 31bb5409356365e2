"""Plan files: what was asked for and what was planned, from TOML that people edit and review."""

from __future__ import annotations

import difflib
import tomllib
from typing import TYPE_CHECKING, Any

from nixdive.errors import PlanFileError, UnknownNameError
from nixdive.layering.request import DEFAULT_MAX_LAYERS, DEFAULT_STRATEGY, MOST_LAYERS, Pin, PlanRequest
from nixdive.layering.strategies import STRATEGIES
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


FORMAT = "nixdive.plan/1"
_KEYS = ("format", "strategy", "max_layers", "exclude", "pipeline", "pin", "rates", "layer")
_MOST_BYTES = 16 << 20
_LONGEST = 160  # characters of a part of an error message


def read_plan(path: Path, default_strategy: str = DEFAULT_STRATEGY) -> PlanRequest:
    """Return what a plan file asks for; what was planned is to be carried.

    Args:
        path: the file.
        default_strategy: for where the file names none.

    Raises:
        PlanFileError: it cannot be read; the message names file, key and cause.
    """
    return parse_plan(plan_text(path), str(path), default_strategy)


def parse_plan(text: str, where: str, default_strategy: str = DEFAULT_STRATEGY) -> PlanRequest:
    """Return what the text of a plan file asks for; as `read_plan`, `where` is for messages."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlanFileError(f"{where}: it is no TOML: {error}") from error
    except RecursionError:
        raise PlanFileError(f"{where}: it is nested too deeply") from None
    except ValueError as error:  # Python refuses to read numbers of thousands of digits
        raise PlanFileError(f"{where}: it has a number that is too large") from error
    return Reader(where).file(table, default_strategy)


def plan_text(path: Path) -> str:
    """Return the text of a plan file; raise PlanFileError where it cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise PlanFileError(f"{path}: {error.strerror}") from error
    if len(data) > _MOST_BYTES:
        raise PlanFileError(f"{path}: it is larger than any plan file")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PlanFileError(f"{path}: it is not UTF-8 text") from error


class Reader:
    """Reads the tables of one file; the errors name it.

    Args:
        where: the file, for messages.
    """

    def __init__(self, where: str) -> None:
        self._where = where

    def file(self, table: Mapping[str, Any], default_strategy: str) -> PlanRequest:
        """Return what the tables ask for; raise PlanFileError where one is not as it should be."""
        form = table.get("format")
        if form != FORMAT:
            found = "it names no format" if form is None else f"its format is {form!r}"
            raise self._wrong("format", found, hint=f'a plan file begins with format = "{FORMAT}"')
        self._known("", table, _KEYS)
        layers = self._get(table, "max_layers", int, "a number of layers", DEFAULT_MAX_LAYERS)
        if not 1 <= layers <= MOST_LAYERS:
            raise self._wrong("max_layers", f"{layers} is not between 1 and {MOST_LAYERS}")
        return PlanRequest(
            strategy=self._strategy(table, default_strategy),
            max_layers=layers,
            pins=tuple(self._pins(table)),
            exclude=tuple(
                self._store_path(text, "exclude") for text in self._strings(table, "exclude", "exclude")
            ),
            pipeline=self._get(table, "pipeline", str, "JSON text", None),
            rates=tuple(self._rates(table)),
            carried=tuple(self._layers(table)),
            frozen=tuple(self._frozen(table)),
        )

    def _strategy(self, table: Mapping[str, Any], default: str) -> str:
        name: str = self._get(table, "strategy", str, "a name", default)
        if name not in STRATEGIES.names():
            unknown = UnknownNameError("strategy", name, STRATEGIES.names())
            raise self._wrong("strategy", str(unknown), hint=unknown.hint)
        return name

    def _pins(self, table: Mapping[str, Any]) -> Iterable[Pin]:
        for number, pin in enumerate(self._tables(table, "pin"), 1):
            where = f"pin {number}"
            self._known(where, pin, ("layer", "paths"))
            layer = pin.get("layer")
            if not isinstance(layer, str) or not layer:
                raise self._wrong(where, "layer is the name of a layer")
            patterns = self._strings(pin, "paths", where)
            if not patterns:
                raise self._wrong(where, "paths lists what is pinned")
            yield from (Pin(pattern, layer) for pattern in patterns)

    def _layers(self, table: Mapping[str, Any]) -> Iterable[tuple[str, ...]]:
        for number, layer in enumerate(self._tables(table, "layer"), 1):
            where = f"layer {number}"
            self._known(where, layer, ("packages", "frozen"))
            yield tuple(self._strings(layer, "packages", where))

    def _frozen(self, table: Mapping[str, Any]) -> Iterable[tuple[StorePath, ...]]:
        for number, layer in enumerate(self._tables(table, "layer"), 1):
            where = f"layer {number}"
            if paths := self._strings(layer, "frozen", where):
                yield tuple(self._store_path(text, f"{where}: frozen") for text in paths)

    def _rates(self, table: Mapping[str, Any]) -> Iterable[tuple[str, float]]:
        rates = self._get(table, "rates", dict, "a table", {})
        for package, rate in rates.items():
            if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
                hint = "a name with a dot is written in quotes" if isinstance(rate, dict) else None
                raise self._wrong(f"rates.{package}", "a rate is a number from 0 to 1", hint=hint)
        return ((package, float(rate)) for package, rate in rates.items())

    def _store_path(self, text: str, where: str) -> StorePath:
        try:
            return StorePath.parse(text)
        except ValueError as error:
            raise self._wrong(where, f"{text!r} is no store path: {error}") from error

    def _tables(self, table: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
        found = self._get(table, key, list, f"a list of tables, [[{key}]]", [])
        if not all(isinstance(one, dict) for one in found):
            raise self._wrong(key, f"it is a list of tables, [[{key}]]")
        return list(found)

    def _strings(self, table: Mapping[str, Any], key: str, where: str) -> list[str]:
        found = table.get(key, [])
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise self._wrong(where, f"{key} is a list of texts")
        return found

    def _get(self, table: Mapping[str, Any], key: str, kind: type, words: str, default: Any) -> Any:
        value = table.get(key, default)
        if key in table and (not isinstance(value, kind) or isinstance(value, bool)):
            raise self._wrong(key, f"it is {words}, not {value!r}")
        return value

    def _known(self, where: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
        for key in table:
            if key not in known:
                near = difflib.get_close_matches(key[:_LONGEST], known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
                raise self._wrong(f"{where}: {key}" if where else key, "no plan file has this key", hint=hint)

    def _wrong(self, where: str, cause: str, *, hint: str | None = None) -> PlanFileError:
        return PlanFileError(f"{self._where}: {_cut(where)}: {_cut(cause)}", hint=hint)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
