"""Plan files: what was asked for and what was planned, from TOML that people edit and review.

There are two forms: of one image, and of several images whose layers are planned together. They differ in
their layers alone:

```toml
format = "nixdive.plan/1"     # or "nixdive.fleet/1"
strategy = "churn"
max_layers = 60
spare = 2                     # layers of these that stay free, because people have merged some
horizon = 5                   # releases within which a layer that moves has to pay

[assumed]                     # how an earlier version is taken to be laid out, if that is not known
strategy = "churn"
max_layers = 60

[[pin]]
layer = "runtime"
paths = ["python3-3.*", "openssl-*"]

[rates]                       # how often a package changes by itself, per release
myapp = 1.0

[[layer]]                     # what was planned, lowest first
images = ["shop", "search"]   # in a file of several images: those that use the layer
packages = ["glibc", "libgcc"]
stamp = "21f8c6b11d2f0a3e"    # of one image: by it the layer is known again, see `layering.stamp`
```

Packages stand by their names alone, so that the file stays as it is from release to release. Where an image
holds several of one name, the version is part of it: openssl@3.0.14, openssl@1.1.1w.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nixdive import there
from nixdive.bounds import most, over
from nixdive.errors import PlanFileError, UnknownNameError
from nixdive.layering.request import (
    DEFAULT_HORIZON,
    DEFAULT_MAX_LAYERS,
    DEFAULT_STRATEGY,
    MOST_LAYERS,
    MOST_RELEASES,
    Pin,
    PlanRequest,
)
from nixdive.layering.stamp import stamped
from nixdive.layering.strategies import STRATEGIES
from nixdive.small_file import read_small
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_KEYS = (
    "format",
    "strategy",
    "max_layers",
    "spare",
    "horizon",
    "assumed",
    "exclude",
    "pipeline",
    "pin",
    "rates",
    "layer",
)
_LONGEST = 160  # characters of a part of an error message

# Bounds: a plan file may come out of the label of an image that anybody has pushed.
_MOST_PARTS = 8  # of a dotted key; the time that tomllib takes grows with their square
_LONGEST_PATTERN = 1_000  # characters
# strings over several lines, comments, names, and names joined by dots; what is not closed goes to the end.
# Groups are atomic: a possessive one of CPython 3.11.2 keeps what its last try has read in vain
_PART = r"""(?:[A-Za-z0-9_-]++|"(?>(?:[^"\\\n]++|\\.)*)"?|'[^'\n]*+'?)[ \t]*+"""
_NAMES = re.compile(
    r'"{3}(?>(?:[^"\\]++|\\.|"{1,2}(?!"))*)(?:"{3,5}|\Z)'
    r"|'{3}(?>(?:[^']++|'{1,2}(?!'))*)(?:'{3,5}|\Z)|#[^\n]*+"
    rf"|(?P<deep>{_PART}(?:\.[ \t]*+{_PART}){{{_MOST_PARTS}}})|{_PART}(?>(?:\.[ \t]*+{_PART})*)",
    re.DOTALL,
)
_WILD = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Form:
    """A form of plan files.

    Attributes:
        name: what `format` says.
        noun: what such a file is called in messages.
        layer_keys: the keys that a layer may have.
        needed: those that it has to have.
    """

    name: str
    noun: str
    layer_keys: tuple[str, ...]
    needed: tuple[str, ...] = ()


ONE_IMAGE = Form("nixdive.plan/1", "a plan file", ("packages", "frozen", "stamp"))
SEVERAL_IMAGES = Form(
    "nixdive.fleet/1", "the plan file of several images", ("images", "packages"), ("images", "packages")
)


@dataclass(frozen=True, slots=True)
class PlannedLayer:
    """A store layer in a plan file.

    Attributes:
        packages: what lay in it: names as `versions.names` gives them, or, of a plan, store paths.
        images: the keys of the images that use it; empty in the file of one image.
        frozen: the store paths in it where the layer is to keep its bytes, else empty.
        stamp: by which the layer is known again, as `stamp` gives it; else empty.
    """

    packages: tuple[str, ...]
    images: tuple[str, ...] = ()
    frozen: tuple[StorePath, ...] = ()
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class PlanFile:
    """What a plan file holds.

    Attributes:
        request: what was asked for, without what was planned.
        layers: what was planned, lowest first.
    """

    request: PlanRequest
    layers: tuple[PlannedLayer, ...]


def read_plan(path: Path, default_strategy: str = DEFAULT_STRATEGY) -> PlanRequest:
    """Return what the plan file of one image asks for; what was planned is to be carried.

    Args:
        path: the file.
        default_strategy: for where the file names none.

    Raises:
        PlanFileError: it cannot be read; the message names file, key and cause.
    """
    return _carrying(read_plan_file(path, ONE_IMAGE, default_strategy))


def parse_plan(text: str, where: str) -> PlanRequest:
    """Return what the text of a plan file asks for; as `read_plan`, `where` is for messages."""
    return _carrying(parse_plan_file(text, where, ONE_IMAGE, DEFAULT_STRATEGY))


def _carrying(file: PlanFile) -> PlanRequest:
    hashes = [stamped(layer.packages, layer.stamp) for layer in file.layers]
    return replace(
        file.request.carrying([layer.packages for layer in file.layers], hashes if any(hashes) else ()),
        frozen=tuple(layer.frozen for layer in file.layers if layer.frozen),
    )


def read_plan_file(path: Path, form: Form, default_strategy: str) -> PlanFile:
    """Return what a plan file of a form holds; raise PlanFileError where it cannot be read."""
    return parse_plan_file(plan_text(path), str(path), form, default_strategy)


def parse_plan_file(text: str, where: str, form: Form, default_strategy: str) -> PlanFile:
    """Return what the text of a plan file holds; as `read_plan_file`, `where` is for messages."""
    if deep := next(filter(None, (name["deep"] for name in _NAMES.finditer(text))), None):
        raise PlanFileError(
            f"{where}: it has a name of more than {_MOST_PARTS} parts: {_cut(deep)}",
            hint="write a name with dots in quotes",
        )
    if not text.strip():
        raise PlanFileError(f"{where}: it is empty", hint=_begins(form))
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlanFileError(f"{where}: it is not TOML: {error}") from error
    except RecursionError:
        raise PlanFileError(f"{where}: it is nested too deeply") from None
    except ValueError as error:  # Python refuses to read numbers of thousands of digits
        raise PlanFileError(f"{where}: it has a number that is too large") from error
    return _Reader(where, form).file(table, default_strategy)


def _begins(form: Form) -> str:
    return f'{form.noun} begins with format = "{form.name}"'


def plan_text(path: Path) -> str:
    """Return the text of a plan file; raise PlanFileError where it cannot be read."""
    try:
        data = read_small(path, "plan-file", piped=True)
    except OSError as error:
        raise PlanFileError(f"{path}: {there.cause(error, path)}") from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PlanFileError(f"{path}: it is not UTF-8 text") from error


class _Reader:
    """Reads the tables of one file; the errors name it."""

    def __init__(self, where: str, form: Form) -> None:
        self._where = where
        self._form = form

    def file(self, table: Mapping[str, Any], default_strategy: str) -> PlanFile:
        form = table.get("format")
        if form != self._form.name:
            found = "it names no format" if form is None else f"its format is {form!r}"
            raise self._wrong("format", found, hint=_begins(self._form))
        self._known("", table, _KEYS)
        request = PlanRequest(
            strategy=self._strategy(table, default_strategy),
            max_layers=self._budget(table),
            spare=self._spare(table),
            horizon=self._horizon(table),
            assumed=self._assumed(table, default_strategy),
            pins=tuple(self._pins(table)),
            exclude=self._store_paths(table, "exclude", "exclude"),
            pipeline=self._get(table, "pipeline", str, "JSON text", None),
            rates=tuple(self._rates(table)),
        )
        self._bounded([*(pin.pattern for pin in request.pins), *(name for name, _ in request.rates)])
        return PlanFile(request, tuple(self._layers(table)))

    def _strategy(self, table: Mapping[str, Any], default: str) -> str:
        name: str = self._get(table, "strategy", str, "a name", default)
        if name not in STRATEGIES.names():
            unknown = UnknownNameError("strategy", name, STRATEGIES.names())
            raise self._wrong("strategy", str(unknown), hint=unknown.hint)
        return name

    def _horizon(self, table: Mapping[str, Any]) -> int:
        releases: int = self._get(table, "horizon", int, "a number of releases", DEFAULT_HORIZON)
        if not 0 <= releases <= MOST_RELEASES:
            raise self._wrong("horizon", f"{releases} is not between 0 and {MOST_RELEASES}")
        return releases

    def _assumed(self, table: Mapping[str, Any], default: str) -> tuple[str, int] | None:
        found: Mapping[str, Any] = self._get(table, "assumed", dict, "a table", {})
        if not found:
            return None
        self._known("assumed", found, ("strategy", "max_layers"))
        return self._strategy(found, default), self._budget(found)

    def _budget(self, table: Mapping[str, Any]) -> int:
        layers: int = self._get(table, "max_layers", int, "a number of layers", DEFAULT_MAX_LAYERS)
        if not 1 <= layers <= MOST_LAYERS:
            raise self._wrong("max_layers", f"{layers} is not between 1 and {MOST_LAYERS}")
        return layers

    def _spare(self, table: Mapping[str, Any]) -> int:
        layers: int = self._get(table, "spare", int, "a number of layers", 0)
        if not 0 <= layers < self._budget(table):
            raise self._wrong("spare", f"{layers} is not between 0 and a layer less than max_layers")
        return layers

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

    def _layers(self, table: Mapping[str, Any]) -> Iterable[PlannedLayer]:
        lies: dict[tuple[str, str], int] = {}
        for number, layer in enumerate(self._tables(table, "layer"), 1):
            where = f"layer {number}"
            self._known(where, layer, self._form.layer_keys)
            for key in self._form.needed:
                if not self._strings(layer, key, where):
                    raise self._wrong(where, f"{key} is a list of texts, at least one")
            packages, images = (tuple(self._strings(layer, key, where)) for key in ("packages", "images"))
            for image in images or ("",):
                for package in packages:
                    before = lies.setdefault((package, image), number)
                    if before != number:
                        raise self._twice(where, package, image, f"already in layer {before}")
            often, count = max(Counter(packages).items(), key=lambda one: one[1], default=("", 0))
            if count > 1:
                raise self._twice(where, often, "", "listed twice")
            stamp = layer.get("stamp", "")
            if not isinstance(stamp, str):
                raise self._wrong(where, "stamp is a text")
            yield PlannedLayer(packages, images, self._store_paths(layer, "frozen", where), stamp)

    def _twice(self, where: str, package: str, image: str, cause: str) -> PlanFileError:
        of = f" of {image}" if image else ""
        return self._wrong(
            f"{where}: {package}",
            f"it is {cause}",
            hint=f"a package{of} belongs to one layer; remove it from one",
        )

    def _rates(self, table: Mapping[str, Any]) -> Iterable[tuple[str, float]]:
        rates = self._get(table, "rates", dict, "a table", {})
        for package, rate in rates.items():
            if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
                hint = "write a name with a dot in quotes" if isinstance(rate, dict) else None
                raise self._wrong(f"rates.{package}", "a rate is a number from 0 to 1", hint=hint)
            yield package, float(rate)

    def _store_paths(self, table: Mapping[str, Any], key: str, where: str) -> tuple[StorePath, ...]:
        texts = self._strings(table, key, where)
        place = where if where == key else f"{where}: {key}"
        found = []
        for text in texts:
            try:
                found.append(StorePath.parse(text))
            except ValueError as error:
                raise self._wrong(place, f"{text!r} is not a store path: {error}") from error
        return tuple(found)

    def _bounded(self, patterns: Sequence[str]) -> None:
        """Raise PlanFileError where holding the patterns against all paths would take minutes."""
        wild = sum(1 for pattern in patterns if _WILD.search(pattern))
        for name, count, kind in (
            ("patterns", len(patterns), "patterns"),
            ("wildcards", wild, "patterns with wildcards"),
        ):
            if count > most(name):
                raise self._wrong("pins and rates", over(name, f"{count:,} {kind} are more than {{}}"))
        if longest := next((one for one in patterns if len(one) > _LONGEST_PATTERN), None):
            raise self._wrong(longest, f"a pattern may have at most {_LONGEST_PATTERN} characters")

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
