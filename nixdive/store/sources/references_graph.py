"""The old exportReferencesGraph: for each path the path, its deriver, a number, and as many references."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.store.sources.lines import Lines
from nixdive.store.sources.rows import Row, graph_of, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nixdive.store.info import PathGraph


def parse(text: str, origin: str) -> PathGraph:
    """Return the graph, without sizes; raise MalformedGraphError where the text is cut short."""
    return graph_of(_rows(Lines(text, origin)), origin, sized=False)


def _rows(lines: Lines) -> Iterator[Row]:
    while lines:
        path = lines.take("a path")
        where = shortened(path)
        deriver = lines.take("its deriver", where)
        count = lines.number("the number of its references", where)
        yield Row(path, lines.many(count, "references", where), deriver=deriver or None)
