"""A tar as it comes: pieces of any length, read forward once, counted and hashed on the way."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class TarStream:
    """The window on a stream of bytes.

    Attributes:
        data: the bytes at hand.
        at: where the next unread one lies in them.
    """

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.data = b""
        self.at = 0
        self._before = 0
        self._pieces = iter(pieces)
        self._hash = sha256()

    @property
    def offset(self) -> int:
        """Where the next unread byte lies in the whole."""
        return self._before + self.at

    def has(self, count: int) -> bool:
        """Bring so many bytes into the window; return whether there are so many."""
        while len(self.data) - self.at < count:
            if not self._more():
                return False
        return True

    def parts(self, count: int) -> Iterator[tuple[int, int]]:
        """Read so many bytes, however many: yield where they lie in `data`, window after window.

        Raises EOFError where they end before.
        """
        while count:
            if self.at == len(self.data) and not self._more():
                raise EOFError
            start = self.at
            self.at = min(len(self.data), start + count)
            count -= self.at - start
            yield start, self.at

    def skip(self, count: int) -> None:
        """Leave out so many bytes; raises EOFError where they end before."""
        for _ in self.parts(count):
            pass

    def finish(self) -> tuple[int, str]:
        """Read the rest; return the bytes of the whole and their digest, sha256:<digits>."""
        self.at = len(self.data)
        while self._more():
            self.at = len(self.data)
        return self.offset, f"sha256:{self._hash.hexdigest()}"

    def _more(self) -> bool:
        piece = next(self._pieces, None)
        if piece is None:
            return False
        self._hash.update(piece)
        self._before += self.at
        self.data = self.data[self.at :] + piece if self.at < len(self.data) else piece
        self.at = 0
        return True
