"""An image into a stream: one pass finds sizes and digests, another writes what a file would contain."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, BinaryIO

from nixdive.errors import UnreadablePathError, WriteError
from nixdive.image.readers.stored import StoredLayer
from nixdive.image.tars.header import end, padding
from nixdive.image.writers.cached import Cacheable
from nixdive.image.writers.hashed import copied, hash_layer, write_plain
from nixdive.image.writers.outer import OuterTar
from nixdive.image.writers.packed import write_packed
from nixdive.progress import Progress, check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from nixdive.cache.layers import CachedBlob
    from nixdive.image.compression import Compression
    from nixdive.image.oci.spec import Stamp
    from nixdive.image.sources import Raw
    from nixdive.image.writers.parts import Blob

# compressed blobs are kept up to this many bytes in all; those beyond are compressed a second time
_KEPT = 64 << 20
_PIECE = 1 << 20


class _Keeping:
    """Keeps the first blobs, as long as there is room."""

    def __init__(self) -> None:
        self.kept: dict[int, bytes] = {}
        self._room = _KEPT
        self._data: list[bytes] | None = None

    def begin(self, part: int) -> None:  # noqa: ARG002
        self._data = []

    def write(self, data: bytes) -> None:
        if self._data is None:
            return
        self._room -= len(data)
        self._data.append(data)
        if self._room < 0:
            self._room += sum(map(len, self._data))
            self._data = None

    def end(self, part: int, blob: Blob) -> None:  # noqa: ARG002
        if self._data is not None:
            self.kept[part] = b"".join(self._data)

    def take(self, part: int, blob: CachedBlob, progress: Progress) -> Callable[[], None]:  # noqa: ARG002
        return _nothing  # it stays in the cache


class _Through:
    """Writes on."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self.write = write

    def begin(self, part: int) -> None:
        pass

    def end(self, part: int, blob: Blob) -> None:
        pass

    def take(self, part: int, blob: CachedBlob, progress: Progress) -> Callable[[], None]:  # noqa: ARG002
        at = 0
        while data := os.pread(blob.descriptor, _PIECE, at):
            check(progress)
            self.write(data)
            at += len(data)
        return _nothing


def _nothing() -> None:
    pass


class StreamTarget:
    """A stream that an image is written to.

    Args:
        stream: written from front to back.
        name: what to call it in messages.
        stamp: its mtime is used for the members.
        layers: lowest first.
        method: how to compress, or None.
    """

    def __init__(
        self,
        stream: BinaryIO,
        name: str,
        stamp: Stamp,
        layers: Sequence[Raw | StoredLayer],
        method: Compression | None,
    ) -> None:
        self._stream = stream
        self._name = name
        self._outer = OuterTar(stamp)
        self._layers = layers
        self._method = method
        self._keeping = _Keeping()
        self._written = 0

    def measure(self, jobs: int, progress: Progress) -> list[Blob]:
        """Return the blobs before they are written."""
        if self._method is None:
            return self._measure_plain(jobs, progress)
        return write_packed(list(enumerate(self._layers)), self._method, self._keeping, jobs, progress)

    def _measure_plain(self, jobs: int, progress: Progress) -> list[Blob]:
        blobs: dict[int, Blob] = {}
        for part, layer in enumerate(self._layers):
            if isinstance(layer, Cacheable) and (known := layer.known()) is not None:
                blobs[part] = known
                progress.advance(layer.size, part)
        rest = [part for part in range(len(self._layers)) if part not in blobs]
        made = write_plain([self._layers[part] for part in rest], [None] * len(rest), jobs, progress)
        for part, blob in zip(rest, made, strict=True):
            blobs[part] = blob
            layer = self._layers[part]
            if isinstance(layer, Cacheable):
                layer.learn(blob)
        return [blobs[part] for part in range(len(self._layers))]

    def finish(
        self,
        blobs: Sequence[tuple[str, Blob]],
        documents: Sequence[tuple[str, bytes]],
        jobs: int,
        progress: Progress,
    ) -> int:
        """Write everything and return the bytes; raises WriteError or UnreadablePathError."""
        progress.start("writing", sum(layer.size for layer in self._layers))
        seen = set()
        for part, (name, blob) in enumerate(blobs):
            if name in seen:
                progress.advance(self._layers[part].size, part)
                continue
            seen.add(name)
            if self._method is not None:
                self._outer.check(blob.size)
            self._write(self._outer.header(name, blob.size))
            if part in self._keeping.kept:
                self._write(self._keeping.kept.pop(part))
                progress.advance(self._layers[part].size, part)
            elif self._again(part, jobs, progress) != blob:
                raise self._changed(part)
            self._write(padding(blob.size))
        for name, data in documents:
            check(progress)
            self._write(self._outer.header(name, len(data)) + data + padding(len(data)))
        self._write(end(self._written))
        try:
            self._stream.flush()
        except OSError as error:
            raise self._refused(error) from error
        return self._written

    def _again(self, part: int, jobs: int, progress: Progress) -> Blob:
        layer = self._layers[part]
        if isinstance(layer, StoredLayer):
            return copied(layer, part, self._write, progress)
        if self._method is not None:
            return write_packed([(part, layer)], self._method, _Through(self._write), jobs, progress)[0]
        return hash_layer(_Teed(layer, self._write), part, None, progress)

    def _changed(self, part: int) -> UnreadablePathError:
        layer = self._layers[part]
        if isinstance(layer, Cacheable):
            layer.forget()
        return UnreadablePathError(
            "the files of a layer are not those that were hashed before", hint="write the image again"
        )

    def _write(self, data: bytes | memoryview) -> None:
        rest = memoryview(data)
        try:
            while rest:
                # an unbuffered stream may take less than it is given
                rest = rest[self._stream.write(rest) or 0 :]
        except OSError as error:
            raise self._refused(error) from error
        self._written += len(data)

    def _refused(self, error: OSError) -> WriteError:
        hints = {errno.EPIPE: "was the reader closed?", errno.ENOSPC: "free some space on the disk"}
        return WriteError(f"{self._name}: {error.strerror}", hint=hints.get(error.errno or 0))


class _Teed:
    """A layer whose pieces are written on as they come."""

    def __init__(self, layer: Raw, write: Callable[[memoryview], None]) -> None:
        self._layer = layer
        self._write = write
        self.size = layer.size

    def blocks(self, take: Callable[[], memoryview]) -> Iterator[memoryview]:
        for block in self._layer.blocks(take):
            self._write(block)
            yield block
