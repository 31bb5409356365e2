"""Blobs of unknown size, one after the other into the slots of a target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from nixdive.image.writers.cached import PresentBlob
from nixdive.image.writers.copying import clone, copy_range
from nixdive.image.writers.disk import begin_sync
from nixdive.image.writers.parts import PRESENT
from nixdive.image.writers.slot_writer import SlotWriter

if TYPE_CHECKING:
    from collections.abc import Callable

    from nixdive.cache.layers import CachedBlob
    from nixdive.image.writers.parts import Blob, Slot
    from nixdive.progress import Progress


class _Slots(Protocol):
    alone: bool

    def slot(self, size: int | None) -> Slot: ...

    def close_slot(self, slot: Slot, size: int) -> None: ...


class SlotSink:
    """Writes each blob where the one before ended.

    Attributes:
        slots: the place of each blob so far.
    """

    def __init__(self, place: _Slots) -> None:
        self.slots: list[Slot] = []
        self._place = place
        self._writer: SlotWriter | None = None

    def begin(self, part: int) -> None:  # noqa: ARG002  blobs come in order
        """A blob begins."""
        self.slots.append(self._place.slot(None))
        self._writer = SlotWriter(self.slots[-1])

    def write(self, data: bytes) -> None:
        """More of it."""
        assert self._writer is not None  # noqa: S101  a blob has begun
        self._writer.write(data)

    def end(self, part: int, blob: Blob) -> None:  # noqa: ARG002
        """It is complete."""
        self._place.close_slot(self.slots[-1], blob.size)

    def take(self, part: int, blob: CachedBlob, progress: Progress) -> Callable[[], None]:  # noqa: ARG002
        """Reserve the place of a whole blob, and return what copies it there, in any thread."""
        size = blob.facts.size
        slot = PRESENT if isinstance(blob, PresentBlob) else self._place.slot(size)
        self.slots.append(slot)

        def copy() -> None:
            if slot is PRESENT or (self._place.alone and clone(blob.descriptor, slot.descriptor)):
                return
            copy_range(blob.descriptor, slot.descriptor, size, offset=slot.offset, progress=progress)
            begin_sync(slot.descriptor, slot.offset, size)

        return copy
