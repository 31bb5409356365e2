"""Text of one fact per line, read from the first line to the last."""

from __future__ import annotations

from nixdive.errors import MalformedGraphError
from nixdive.store.sources.rows import shown


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
        """Return the next line as a whole number; raise MalformedGraphError where it is none."""
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
