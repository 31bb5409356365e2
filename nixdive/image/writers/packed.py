"""Compressed layers: read in order, compressed by several threads, written in order; nothing is spooled."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from nixdive.image.readers.stored import StoredLayer
from nixdive.image.writers.hashed import copied
from nixdive.image.writers.parts import Blob
from nixdive.progress import Progress, check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from nixdive.image.compression import Compression
    from nixdive.image.sources import Raw


class Sink(Protocol):
    """Takes blobs one after the other."""

    def begin(self, part: int) -> None:
        """A layer's blob begins."""

    def write(self, data: bytes) -> None:
        """More of it."""

    def end(self, part: int, blob: Blob) -> None:
        """It is complete."""


class _Packing:
    """A layer being compressed: the hashes of input and output."""

    def __init__(self, part: int, sink: Sink, method: Compression) -> None:
        self.part = part
        self.plain = sha256()
        self.packed = sha256()
        self.plain_size = 0
        self.size = 0
        self._sink = sink
        self._method = method

    def take(self, block: memoryview) -> None:
        """Hash one piece of the tar; pieces come in order."""
        self.plain.update(block)
        self.plain_size += len(block)

    def begin(self) -> None:
        self._sink.begin(self.part)

    def write(self, data: bytes) -> None:
        self.packed.update(data)
        self.size += len(data)
        self._sink.write(data)

    def end(self) -> Blob:
        if not self.plain_size:
            self.write(self._method.compress(memoryview(b"")))
        blob = Blob(
            f"sha256:{self.plain.hexdigest()}",
            f"sha256:{self.packed.hexdigest()}",
            self.size,
            self.plain_size,
            self._method.name,
        )
        self._sink.end(self.part, blob)
        return blob


def whole(blocks: Iterable[memoryview], size: int) -> Iterator[memoryview]:
    """Yield pieces of exactly this size, the last may be shorter; those of this size pass unchanged.

    The compressed bytes of a piece depend on where it begins and ends.
    """
    short = bytearray()
    for block in blocks:
        if not short and len(block) == size:
            yield block
            continue
        short += block
        while len(short) >= size:
            yield memoryview(short[:size])  # a copy, which can be written to as those of others
            del short[:size]
    if short:
        yield memoryview(short)


def write_packed(  # noqa: C901  the steps share the pools
    layers: Sequence[tuple[int, Raw | StoredLayer]],
    method: Compression,
    sink: Sink,
    jobs: int,
    progress: Progress,
) -> list[Blob]:
    """Compress layers into a sink, in their order.

    Args:
        layers: each with its index in the plan.
        method: how to compress; base layers pass as they are stored.
        sink: where the blobs go.
        jobs: threads that compress; the bytes do not depend on it.
        progress: notified of uncompressed bytes once they are written.
    """
    blobs: list[Blob] = []
    steps: deque[Callable[[], None]] = deque()  # what the sink is still to see, in order
    free: list[memoryview] = []
    depth = 2 * jobs + 2

    def buffer() -> memoryview:
        return free.pop() if free else memoryview(bytearray(method.piece))

    with ThreadPoolExecutor(jobs, "compress") as pool, ThreadPoolExecutor(1, "hash") as hasher:

        def add(layer: Raw, packing: _Packing) -> None:
            steps.append(packing.begin)
            for block in whole(layer.blocks(buffer), method.piece):
                check(progress)
                hashed = hasher.submit(packing.take, block)
                packed = pool.submit(method.compress, block)

                def write(
                    block: memoryview = block, hashed: Future[None] = hashed, packed: Future[bytes] = packed
                ) -> None:
                    packing.write(packed.result())
                    hashed.result()
                    progress.advance(len(block), packing.part)
                    if len(block) == method.piece and len(free) < depth:
                        free.append(block)

                steps.append(write)
                while len(steps) > depth:
                    steps.popleft()()
            steps.append(lambda: blobs.append(packing.end()))

        def copy(part: int, layer: StoredLayer) -> None:
            sink.begin(part)
            blob = copied(layer, part, sink.write, progress)
            sink.end(part, blob)
            blobs.append(blob)

        try:
            for part, layer in layers:
                if isinstance(layer, StoredLayer):
                    steps.append(partial(copy, part, layer))
                else:
                    add(layer, _Packing(part, sink, method))
            while steps:
                check(progress)
                steps.popleft()()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            hasher.shutdown(cancel_futures=True)
            raise
    return blobs
