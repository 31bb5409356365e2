"""`nix path-info --json`, in the shapes that Nix has given it.

A list of objects up to Nix 2.18, then one object keyed by path, then (`--json-format 2`) one keyed by base
name below `info`. Lists of the same objects are what an exportReferencesGraph holds, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nixdive.errors import MalformedGraphError
from nixdive.store.path import STORE_DIR
from nixdive.store.sources.rows import NOT_VALID, Row, graph_of, shortened, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from nixdive.store.info import PathGraph


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
        return graph_of(rows_of_list(document, origin), origin)
    if _is_versioned(document):
        return graph_of(_rows_by_base(document, origin), origin)
    return graph_of(_rows_by_path(document, origin), origin)


def rows_of_list(entries: Iterable[Any], origin: str) -> Iterator[Row]:
    """Yield a row for each object of a list; raise MalformedGraphError where one is no object."""
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
        raise MalformedGraphError(origin, None, cause, hint="nix path-info --json --json-format 2")
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
