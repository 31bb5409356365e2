"""Texts of one fact per line: closureInfo's registration, and the old exportReferencesGraph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.errors import MalformedGraphError
from nixdive.store.sources.rows import Row, graph_of, shortened, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nixdive.store.path import PathGraph


def registration(text: str, origin: str) -> PathGraph:
    """Return the graph of a registration, which `nix-store --dump-db` writes and `--load-db` reads.

    For each path: path, hash, NAR size, deriver (may be empty), number of references, references.

    Raises:
        MalformedGraphError: the text is cut short, or something else stands where a number should.
    """
    return graph_of(_rows(Lines(text, origin), sized=True), origin)


def references_graph(text: str, origin: str) -> PathGraph:
    """Return the graph of an old exportReferencesGraph: as a registration, but without hashes and sizes."""
    return graph_of(_rows(Lines(text, origin), sized=False), origin, sized=False)


def _rows(lines: Lines, *, sized: bool) -> Iterator[Row]:
    while lines:
        path = lines.take("a path")
        where = shortened(path)
        digest = lines.take("its hash", where) if sized else None
        size = lines.number("its NAR size", where) if sized else 1
        deriver = lines.take("its deriver", where)
        count = lines.number("the number of its references", where)
        yield Row(path, lines.many(count, "references", where), size, deriver or None, nar_hash=digest)


class Lines:
    """The lines of a text, taken one after the other.

    Args:
        text: the whole text; its last line may lack the newline.
        origin: what the user named, for messages.
    """

    def __init__(self, text: str, origin: str) -> None:
        self._lines = text.split("\n")
        while self._lines and not self._lines[-1]:
            self._lines.pop()
        self._next = 0
        self._origin = origin

    def __bool__(self) -> bool:
        return self._next < len(self._lines)

    def take(self, what: str, path: str | None = None) -> str:
        """Return the next line; raise MalformedGraphError where the text ends before `what`."""
        if not self:
            raise MalformedGraphError(self._origin, path, f"the file ends before {what}")
        self._next += 1
        return self._lines[self._next - 1]

    def number(self, what: str, path: str) -> int:
        """Return the next line as a whole number; raise MalformedGraphError where it is something else."""
        line = self.take(what, path)
        if not (line.isascii() and line.isdigit() and len(line) < 20):
            cause = f"line {self._next}: {what} should stand here, not {shown(line)}"
            raise MalformedGraphError(self._origin, path, cause)
        return int(line)

    def many(self, count: int, what: str, path: str) -> list[str]:
        """Return the next `count` lines; raise MalformedGraphError where there are fewer."""
        found = self._lines[self._next : self._next + count]
        if len(found) < count:
            cause = f"the file ends after {len(found)} of {count} {what}"
            raise MalformedGraphError(self._origin, path, cause)
        self._next += count
        return found
