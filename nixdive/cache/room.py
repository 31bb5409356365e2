"""Room for files of one kind in the cache: those go that were used least recently."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from nixdive.cache.folder import Folder, Found


class Room:
    """What files whose names end alike may take; used from any thread.

    None goes that was used through this value: an image bigger than the cache would otherwise remove its own
    lowest layers before their next use.

    Args:
        folder: the files of the cache.
        ending: how the names of the files end.
        limit: bytes of all of them together.
        others: returns those of all files that go as well when it is looked what there is.

    Attributes:
        limit: as above.
    """

    def __init__(
        self,
        folder: Folder,
        ending: str,
        limit: int,
        others: Callable[[list[Found]], Iterable[Found]] = lambda _: (),
    ) -> None:
        self.limit = limit
        self._folder = folder
        self._ending = ending
        self._others = others
        self._lock = Lock()
        self._used: set[str] = set()
        self._total: int | None = None

    def use(self, name: str) -> None:
        """Note that a file was used."""
        self._used.add(name)
        self._folder.touch(name)

    def look(self) -> None:
        """See to the limit, once for each value; raises OSError if the directory cannot be listed."""
        with self._lock:
            if self._total is None:
                self._total = self._shrunk(self.limit)

    def make(self, name: str, size: int) -> bool:
        """Make room for a file, and return whether there is any.

        Args:
            name: its name.
            size: its bytes.

        Raises:
            OSError: the directory cannot be listed.
        """
        with self._lock:
            if self._total is None or self._total + size > self.limit:
                self._total = self._shrunk(self.limit - size)
            if self._total + size > self.limit:
                return False
            self._total += size
            self._used.add(name)
            return True

    def _shrunk(self, most: int) -> int:
        """Remove files until the others take no more than so many bytes; return what these take."""
        found = list(self._folder.files())
        files = by_use(found, self._ending)
        total = sum(one.size for one in files)
        for one in files:
            if total <= most:
                break
            if one.name not in self._used:
                self._folder.remove(one.name)
                total -= one.size
        for other in self._others(found):
            self._folder.remove(other.name)
        return total


def by_use(files: list[Found], ending: str) -> list[Found]:
    """Return the files whose names end so, those that were not used for the longest time first."""
    return sorted((one for one in files if one.name.endswith(ending)), key=lambda one: (one.used, one.name))
