"""Compressed layers: read in order, compressed by several threads, written in order; nothing is spooled."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, Protocol

from nixdive.image.readers.stored import StoredLayer
from nixdive.image.writers.cached import Cacheable, blob_of
from nixdive.image.writers.hashed import copied
from nixdive.image.writers.parts import Blob
from nixdive.progress import Progress, check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from nixdive.cache.layers import CachedBlob
    from nixdive.image.compression import Compression
    from nixdive.image.sources import Raw


_MOST_COPIES = 64  # that wait for a thread, each with an open file


class Sink(Protocol):
    """Takes blobs one after the other."""

    def begin(self, part: int) -> None:
        """A layer's blob begins."""

    def write(self, data: bytes) -> None:
        """More of it."""

    def end(self, part: int, blob: Blob) -> None:
        """It is complete."""

    def take(self, part: int, blob: CachedBlob, progress: Progress) -> Callable[[], None]:
        """A whole blob that was made before; return what copies it, which is called once, in any thread."""


class _Packing:
    """A layer being compressed: the hashes of input and output."""

    def __init__(self, part: int, layer: Raw, sink: Sink, method: Compression) -> None:
        self.part = part
        self._layer = layer if isinstance(layer, Cacheable) else None
        self._recording = self._layer.recording() if self._layer is not None else None
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
        if self._recording is not None:
            self._recording.write(data)

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
        if self._layer is not None and self._recording is not None:
            self._layer.keep(self._recording, blob)
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


class _Pools(NamedTuple):
    """The threads that share the work."""

    compress: ThreadPoolExecutor
    hash: ThreadPoolExecutor


class _Writing:
    """Layers on their way into a sink, which sees one after the other."""

    def __init__(
        self, method: Compression, sink: Sink, pools: _Pools, depth: int, progress: Progress
    ) -> None:
        self._blobs: list[Blob] = []
        self._method = method
        self._sink = sink
        self._pools = pools
        self._depth = depth
        self._progress = progress
        self._steps: deque[Callable[[], None]] = deque()  # what the sink is still to see, in order
        self._copies: deque[Future[None]] = deque()
        self._free: list[memoryview] = []

    def add(self, part: int, layer: Raw | StoredLayer) -> None:
        """Begin with a layer; those before it may still be at work."""
        if isinstance(layer, StoredLayer):
            self._steps.append(partial(self._copy, part, layer))
        elif isinstance(layer, Cacheable) and (found := layer.found(self._progress)) is not None:
            self._steps.append(partial(self._reuse, part, layer, found))
        else:
            self._pack(layer, _Packing(part, layer, self._sink, self._method))
        self._go_on()

    def finish(self) -> list[Blob]:
        """Return the blobs when all is done."""
        while self._steps:
            check(self._progress)
            self._steps.popleft()()
        for copy in self._copies:
            copy.result()
        return self._blobs

    def _pack(self, layer: Raw, packing: _Packing) -> None:
        steps = self._steps
        steps.append(packing.begin)
        for block in whole(layer.blocks(self._buffer), self._method.piece):
            check(self._progress)
            hashed = self._pools.hash.submit(packing.take, block)
            packed = self._pools.compress.submit(self._method.compress, block)
            steps.append(partial(self._write, packing, block, hashed, packed))
            self._go_on()
        steps.append(lambda: self._blobs.append(packing.end()))

    def _go_on(self) -> None:
        while len(self._steps) > self._depth:
            self._steps.popleft()()

    def _buffer(self) -> memoryview:
        return self._free.pop() if self._free else memoryview(bytearray(self._method.piece))

    def _write(
        self, packing: _Packing, block: memoryview, hashed: Future[None], packed: Future[bytes]
    ) -> None:
        packing.write(packed.result())
        hashed.result()
        self._progress.advance(len(block), packing.part)
        if len(block) == self._method.piece and len(self._free) < self._depth:
            self._free.append(block)

    def _copy(self, part: int, layer: StoredLayer) -> None:
        self._sink.begin(part)
        blob = copied(layer, part, self._sink.write, self._progress)
        self._sink.end(part, blob)
        self._blobs.append(blob)

    def _reuse(self, part: int, layer: Raw, found: CachedBlob) -> None:
        take = self._sink.take(part, found, self._progress)

        def run() -> None:
            with found:
                take()
            self._progress.advance(layer.size, part)

        self._copies.append(self._pools.compress.submit(run))
        if len(self._copies) > _MOST_COPIES:
            self._copies.popleft().result()
        self._blobs.append(blob_of(found.facts))


def write_packed(
    layers: Sequence[tuple[int, Raw | StoredLayer]],
    method: Compression,
    sink: Sink,
    jobs: int,
    progress: Progress,
) -> list[Blob]:
    """Compress layers into a sink, in their order.

    Args:
        layers: each with its index in the plan.
        method: how to compress; base layers pass as they are stored, and those in a cache as they are there.
        sink: where the blobs go.
        jobs: threads that compress; the bytes do not depend on it.
        progress: notified of uncompressed bytes once they are written.
    """
    with ThreadPoolExecutor(jobs, "compress") as pool, ThreadPoolExecutor(1, "hash") as hasher:
        writing = _Writing(method, sink, _Pools(pool, hasher), 2 * jobs + 2, progress)
        try:
            for part, layer in layers:
                writing.add(part, layer)
            return writing.finish()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            hasher.shutdown(cancel_futures=True)
            raise
