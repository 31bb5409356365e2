"""exportReferencesGraph with structured attributes: graphs among the keys of a JSON object.

A build finds them in its `.attrs.json`, beside everything else that it was given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nixdive.errors import MalformedGraphError
from nixdive.store.sources.path_info import rows_of_list
from nixdive.store.sources.rows import EXPORT, Row, graph_of, shortened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.store.info import PathGraph
    from nixdive.store.path import StorePath


def parse(document: Mapping[str, Any], origin: str) -> PathGraph:
    """Return the union of all graphs that the object holds.

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
        found = graph_of(rows_of_list(entries, where), where)
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
