"""JSON of Nix: `nix path-info --json` in the shapes that Nix has given it, and exportReferencesGraph.

The first is a list of objects up to Nix 2.18, then one object keyed by path, then (`--json-format 2`) one
keyed by base name below `info`. With structured attributes, exportReferencesGraph is lists of the same
objects among the keys of the JSON object that a build finds in its `.attrs.json`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nixdive.errors import MalformedGraphError
from nixdive.store.path import STORE_DIR, PathGraph, StorePath
from nixdive.store.sources.rows import EXPORT, NOT_VALID, Row, graph_of, shortened, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def holds(document: Any) -> bool:
    """Whether a JSON document has one of the shapes."""
    if isinstance(document, dict):
        return _is_versioned(document) or all(key.startswith("/") for key in document)
    return isinstance(document, list)


def parse(document: Any, origin: str) -> PathGraph:
    """Return the graph that a JSON document of one of the shapes holds.

    Raises:
        MalformedGraphError: an entry lacks what it should have, or a path was not valid when Nix was asked.
    """
    if isinstance(document, list):
        return graph_of(_rows_of_list(document, origin), origin)
    if _is_versioned(document):
        return graph_of(_rows_by_base(document, origin), origin)
    return graph_of(_rows_by_path(document, origin), origin)


def _rows_of_list(entries: Iterable[Any], origin: str) -> Iterator[Row]:
    """Yield a row for each object of a list; raise MalformedGraphError where one is not an object."""
    for position, entry in enumerate(entries, 1):
        record = _record(entry, f"entry {position}", origin)
        path = record.get("path")
        _check_valid(record, path if isinstance(path, str) else f"entry {position}", origin)
        yield _row(path, record.get("references"), record)


def _rows_by_path(document: Mapping[str, Any], origin: str) -> Iterator[Row]:
    for path, entry in document.items():
        if entry is None:
            raise MalformedGraphError(origin, shortened(path), NOT_VALID)
        record = _record(entry, path, origin)
        _check_valid(record, path, origin)
        if record.get("path", path) != path:
            cause = f"its entry is that of another path, {shown(record['path'])}"
            raise MalformedGraphError(origin, shortened(path), cause)
        yield _row(path, record.get("references"), record)


def _rows_by_base(document: Mapping[str, Any], origin: str) -> Iterator[Row]:
    if document["version"] != 2:
        cause = f"its format is version {shown(document['version'])}, and only 2 is known"
        raise MalformedGraphError(origin, None, cause, hint=EXPORT)
    default = document.get("storeDir", STORE_DIR)
    for base, entry in document["info"].items():
        if entry is None:
            raise MalformedGraphError(origin, shortened(base), NOT_VALID)
        record = _record(entry, base, origin)
        store_dir = record.get("storeDir", default)
        if not isinstance(store_dir, str):
            raise MalformedGraphError(origin, shortened(base), f"its storeDir is {shown(store_dir)}")
        references = record.get("references")
        if isinstance(references, list):
            references = [f"{store_dir}/{to}" if isinstance(to, str) else to for to in references]
        yield _row(f"{store_dir}/{base}", references, record)


def _row(path: Any, references: Any, record: Mapping[str, Any]) -> Row:
    return Row(
        path,
        references,
        record.get("narSize"),
        record.get("deriver"),
        record.get("downloadSize"),
        record.get("narHash"),
    )


def _record(entry: Any, where: str, origin: str) -> Mapping[str, Any]:
    if isinstance(entry, dict):
        return entry
    cause = f"{shown(entry)} stands where an object with path, narSize and references should"
    raise MalformedGraphError(origin, shortened(where), cause)


def _check_valid(record: Mapping[str, Any], where: str, origin: str) -> None:
    if record.get("valid", True) is not True:
        raise MalformedGraphError(origin, shortened(where), NOT_VALID)


def _is_versioned(document: Mapping[str, Any]) -> bool:
    return "version" in document and isinstance(document.get("info"), dict)


def structured(document: Mapping[str, Any], origin: str) -> PathGraph:
    """Return the union of all graphs that an object with exportReferencesGraph holds.

    The roots are the paths that its `exportReferencesGraph` names, if it lists all of them.

    Raises:
        MalformedGraphError: there is no graph, one is malformed, or two say different things of a path.
    """
    asked = document.get("exportReferencesGraph")
    named = asked if isinstance(asked, dict) else {}
    graphs = {
        key: value
        for key, value in document.items()
        if isinstance(value, list) and (key in named or any(map(_is_info, value)))
    }
    if not graphs:
        raise MalformedGraphError(origin, None, "none of its keys holds a closure", hint=EXPORT)
    union: dict[Any, Row] = {}
    for key, entries in graphs.items():
        where = f"{origin}: {shortened(key)}"
        found = graph_of(_rows_of_list(entries, where), where)
        seen: set[StorePath] = set()
        for info in found.infos:
            row = Row(
                info.path,
                sorted(info.references),
                info.nar_size,
                info.deriver,
                info.download_size,
                info.nar_hash,
            )
            if info.path in seen:
                raise MalformedGraphError(found.origin, info.path, "it is listed twice")
            if union.setdefault(info.path, row) != row:
                raise MalformedGraphError(origin, info.path, "two graphs say different things of it")
            seen.add(info.path)
    return graph_of(union.values(), origin, roots=_roots(named, union))


def _roots(named: Mapping[str, Any], union: Mapping[Any, Row]) -> tuple[StorePath, ...]:
    asked = [path for paths in named.values() for path in (paths if isinstance(paths, list) else [paths])]
    if not all(isinstance(path, str) and path in union for path in asked):
        return ()
    return tuple(union[path].path for path in dict.fromkeys(asked))


def _is_info(value: Any) -> bool:
    return isinstance(value, dict) and "path" in value and ("references" in value or "narSize" in value)
