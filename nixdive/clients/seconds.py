"""Seconds that clients take over a link: a recurrence over the layers, for many releases at once.

A client works on so many layers at the same time. Each waits for its round trips; the bytes of all of them
pass the one link, in the order of the layers. But those that are under way share it, so that a layer is whole
later than its last byte would be there if it had the link for itself; that matters where unpacking follows,
in the order of the layers, a layer as soon as it is whole or when all are. All that happens is adding, and
taking the earlier or the later of two moments: so no link that is better in anything, and no layer that is
smaller or there already, makes anything later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self, TypeAlias

import numpy as np

from nixdive.clients.client import Reuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nixdive.clients.client import Load, Pull, Push
    from nixdive.clients.link import Link

Times: TypeAlias = "NDArray[np.float64]"
Flags: TypeAlias = "NDArray[np.bool_]"

# bytes of a frame for each byte of a blob in it: the heads of Ethernet, IP and TCP count for the rate too
_FRAMES: Final = 1514 / 1448
# layers times pulls that are worked out together: images may have thousands of layers
_AT_ONCE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Blobs:
    """The layers of an image, lowest first.

    Attributes:
        tar: bytes of each layer's tar.
        wire: bytes of each layer's blob.
        entries: how many files, directories and links each layer has.
    """

    tar: Times
    wire: Times
    entries: Times

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
    passing = np.maximum(blobs.wire * max(_FRAMES / link.rate, push.wire_byte), blobs.tar * push.tar_byte)
    workers = _Workers.of(push.at_once, new)
    wire_free = np.zeros(new.shape[1])
    for i in range(len(blobs)):
        began = workers.next()
        there = began + push.layer + push.there_turns * link.round_trip
        packed = began + push.layer + push.new_turns * link.round_trip
        done = np.maximum(wire_free, packed) + passing[i]
        wire_free = np.where(sent[i], done, wire_free)
        workers.busy(np.where(sent[i], done, there))
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
    cases = max(_AT_ONCE // max(len(blobs), 1), 1)
    parts = (slice(at, at + cases) for at in range(0, max(new.shape[1], 1), cases))
    pulls = [
        _pulled(pull, link, blobs, new[:, part], None if moved is None else moved[:, part]) for part in parts
    ]
    return np.concatenate(pulls)


def load_seconds(load: Load, blobs: Blobs) -> float:
    """Return the seconds of loading an image from a file that is in memory."""
    bytes_and_entries = load.tar_byte * float(blobs.tar.sum()) + load.entry * float(blobs.entries.sum())
    return load.start + load.layer * len(blobs) + bytes_and_entries


def _pulled(pull: Pull, link: Link, blobs: Blobs, new: Flags, moved: Flags | None) -> Times:
    chain = _or_below(new if moved is None else new | moved)
    fetched = chain if pull.reuse is Reuse.CHAIN else new
    downloads = _Workers.of(pull.at_once, new)
    unpacks = _Workers.of(pull.unpacks_at_once, new)
    wire_free = np.zeros(new.shape[1])
    waiting = pull.turns * link.round_trip
    passing = blobs.wire * max(_FRAMES / link.rate, pull.wire_byte)
    unpacking = pull.unpack_layer + blobs.tar * pull.unpack_byte + blobs.entries * pull.unpack_entry

    others = max(min(pull.at_once, len(blobs)) - 1, 0)
    later = _later(passing, fetched, others) if pull.overlaps else passing

    def unpack(i: int, there: Times) -> None:
        free = unpacks.next()
        unpacked = np.maximum(free, there) + unpacking[i]
        unpacks.busy(np.where(chain[i], unpacked, free))

    for i in range(len(blobs)):
        began = downloads.next()
        done = np.maximum(wire_free, began + waiting) + passing[i]
        wire_free = np.where(fetched[i], done, wire_free)
        if pull.overlaps:
            unpack(i, np.where(fetched[i], done + later[i], 0.0))
        downloads.busy(np.where(fetched[i], done, began))
    if not pull.overlaps:
        all_there = downloads.finished()
        for i in range(len(blobs)):
            unpack(i, all_there)
    finished = np.maximum(downloads.finished(), unpacks.finished())
    return finished + pull.start + pull.start_turns * link.round_trip


def _later(passing: Times, fetched: Flags, others: int) -> Times:
    """Return for each layer and case how many seconds later it is whole, because it shares the link.

    Each of the others that are under way takes as much of the link as it has bytes, at most as many as the
    layer has. Of those above it the ones are counted that take most: so a layer that is there already, whose
    place another takes, makes nothing later.

    Args:
        passing: seconds in which each layer would pass the link alone.
        fetched: whether each layer passes it, in each case.
        others: how many layers pass it at most beside one.
    """
    most = list(np.zeros((others, fetched.shape[1])))  # of the layers above, in each case the longest first
    found = np.empty(fetched.shape)
    for i in reversed(range(len(passing))):
        found[i] = sum((np.minimum(one, passing[i]) for one in most), np.zeros(fetched.shape[1]))
        one = np.where(fetched[i], passing[i], 0.0)
        for at, other in enumerate(most):
            most[at], one = np.maximum(other, one), np.minimum(other, one)
    return found


def _or_below(flags: Flags) -> Flags:
    """Return for each row whether it or one before it is set; numpy's accumulate takes 100 times as long."""
    found = flags.copy()
    for row in range(1, len(found)):
        found[row] |= found[row - 1]
    return found


class _Workers:
    """When workers are free, in each of so many cases; who of them works makes no difference."""

    def __init__(self, count: int, cases: int) -> None:
        self._free = list(np.zeros((count, cases)))  # in each case sorted

    @classmethod
    def of(cls, count: int, new: Flags) -> Self:
        """Return so many, or as many as there are layers, where layers have a row and cases a column."""
        return cls(max(min(count, len(new)), 1), new.shape[1])

    def next(self) -> Times:
        """Return from when on the first of them is free."""
        return self._free[0]

    def busy(self, until: Times) -> None:
        """Note until when the first of them works; that array, and what `next` returned, are used up."""
        free = self._free
        spare = free[0]
        for at, other in enumerate(free[1:]):
            free[at] = np.minimum(until, other, out=spare)
            np.maximum(until, other, out=until)
            spare = other
        free[-1] = until

    def finished(self) -> Times:
        """Return when all of them are free."""
        return self._free[-1]
