"""closureInfo's `registration`, which `nix-store --dump-db` writes and `--load-db` reads.

For each path: path, hash, NAR size, deriver (may be empty), number of references, references.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.store.sources.lines import Lines
from nixdive.store.sources.rows import Row, graph_of, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nixdive.store.info import PathGraph


def parse(text: str, origin: str) -> PathGraph:
    """Return the graph; raise MalformedGraphError where the text is cut short or a number is none."""
    return graph_of(_rows(Lines(text, origin)), origin)


def _rows(lines: Lines) -> Iterator[Row]:
    while lines:
        path = lines.take("a path")
        where = shortened(path)
        digest = lines.take("its hash", where)
        size = lines.number("its NAR size", where)
        deriver = lines.take("its deriver", where)
        count = lines.number("the number of its references", where)
        yield Row(path, lines.many(count, "references", where), size, deriver or None, nar_hash=digest)
