"""Seconds that clients take over a link: a recurrence over the layers, for many releases at once.

A client works on so many layers at the same time. Each waits for its round trips; the bytes of all of them
pass the one link in the order of the layers. Unpacking follows in that order, a layer as soon as it is there
or when all are. All that happens is adding, and taking the earlier or the later of two moments: so no link
that is better in anything, and no layer that is smaller or there already, makes anything later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nixdive.clients.client import Reuse

if TYPE_CHECKING:
    from nixdive.clients.client import Load, Pull, Push
    from nixdive.clients.link import Link

Times: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Blobs:
    """The layers of an image, lowest first.

    Attributes:
        tar: bytes of each layer's tar.
        wire: bytes of each layer's blob.
    """

    tar: Times
    wire: Times

    def __len__(self) -> int:
        return len(self.tar)


def push_seconds(push: Push, link: Link, blobs: Blobs, new: Flags) -> Times:
    """Return the seconds of pushes.

    Args:
        push: how the client pushes.
        link: to the registry.
        blobs: the layers.
        new: for each layer a row: whether the registry lacks it in each of the pushes.
    """
    sent = new if push.keeps_digests else np.ones_like(new)
    own = link.round_trip * push.start_turns + push.start
    passing = np.maximum(blobs.wire * max(1 / link.rate, push.wire_byte), blobs.tar * push.tar_byte)
    workers = _Workers(push.at_once, new.shape[1])
    wire_free = np.zeros(new.shape[1])
    for i in range(len(blobs)):
        at, began = workers.next()
        there = began + push.layer + push.there_turns * link.round_trip
        packed = began + push.layer + push.new_turns * link.round_trip
        done = np.maximum(wire_free, packed) + passing[i]
        wire_free = np.where(sent[i], done, wire_free)
        workers.busy(at, np.where(sent[i], done, there))
    return workers.finished() + own


def pull_seconds(pull: Pull, link: Link, blobs: Blobs, new: Flags, moved: Flags | None = None) -> Times:
    """Return the seconds of pulls, until the image can run.

    Args:
        pull: how the client pulls.
        link: to the registry.
        blobs: the layers.
        new: for each layer a row: whether the client lacks it before each of the pulls.
        moved: as `new`: whether it has the layer, but above others than here; None where it has all that it
            has in this order.
    """
    chain = np.logical_or.accumulate(new if moved is None else new | moved, axis=0)
    fetched = chain if pull.reuse is Reuse.CHAIN else new
    downloads = _Workers(pull.at_once, new.shape[1])
    unpacks = _Workers(pull.unpacks_at_once, new.shape[1])
    wire_free = np.zeros(new.shape[1])
    waiting = pull.turns * link.round_trip
    passing = blobs.wire * max(1 / link.rate, pull.wire_byte)
    there = np.zeros(new.shape)
    for i in range(len(blobs)):
        at, began = downloads.next()
        done = np.maximum(wire_free, began + waiting) + passing[i]
        wire_free = np.where(fetched[i], done, wire_free)
        there[i] = np.where(fetched[i], done, 0.0)
        downloads.busy(at, np.where(fetched[i], done, began))
    if not pull.overlaps:
        there[:] = downloads.finished()
    for i in range(len(blobs)):
        at, free = unpacks.next()
        unpacked = np.maximum(free, there[i]) + pull.unpack_layer + blobs.tar[i] * pull.unpack_byte
        unpacks.busy(at, np.where(chain[i], unpacked, free))
    finished = np.maximum(downloads.finished(), unpacks.finished())
    return finished + pull.start + pull.start_turns * link.round_trip


def load_seconds(load: Load, blobs: Blobs) -> float:
    """Return the seconds of loading an image from a file that is in memory."""
    return load.start + load.layer * len(blobs) + load.tar_byte * float(blobs.tar.sum())


class _Workers:
    """When each of so many workers is free, in each of so many cases."""

    def __init__(self, count: int, cases: int) -> None:
        self._free = np.zeros((count, cases))
        self._cases = np.arange(cases)

    def next(self) -> tuple[NDArray[np.intp], Times]:
        """Return who is free first, and from when on."""
        at = self._free.argmin(axis=0)
        return at, self._free[at, self._cases]

    def busy(self, at: NDArray[np.intp], until: Times) -> None:
        """Note until when they work."""
        self._free[at, self._cases] = until

    def finished(self) -> Times:
        """Return when all of them are free."""
        last: Times = self._free.max(axis=0)
        return last
