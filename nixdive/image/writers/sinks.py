"""Blobs of unknown size, one after the other into the slots of a target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from nixdive.image.writers.slot_writer import SlotWriter

if TYPE_CHECKING:
    from nixdive.image.writers.parts import Blob, Slot


class _Slots(Protocol):
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
