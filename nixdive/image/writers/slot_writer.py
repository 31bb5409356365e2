"""A blob written into its slot, and flushed to the disk while more of it arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.beside import write_at
from nixdive.image.writers.disk import begin_sync

if TYPE_CHECKING:
    from nixdive.image.writers.parts import Slot

_PAGE = 1 << 12
# large enough that the disk is not asked too often, small enough that fsync waits for little at the end
_STEP = 1 << 23


class SlotWriter:
    """Fills a slot from front to back."""

    def __init__(self, slot: Slot) -> None:
        self._descriptor = slot.descriptor
        self._at = slot.offset
        self._begun = slot.offset - slot.offset % _PAGE

    def until_page(self, size: int) -> int:
        """Return how many of so many bytes to write so that the next write begins at a page of the file.

        Whole pages are written in about three quarters of the time. The size is more than a page.
        """
        return size - self._at % _PAGE

    def write(self, data: memoryview | bytes) -> None:
        """Write more of the blob."""
        write_at(self._descriptor, data, self._at)
        self._at += len(data)
        ready = self._at - self._at % _PAGE - self._begun
        if ready >= _STEP:
            begin_sync(self._descriptor, self._begun, ready)
            self._begun += ready
