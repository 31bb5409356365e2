"""Compression: the same blob for the same tar, on any machine and however its bytes come."""

from __future__ import annotations

import gzip
import lzma
import random
import tracemalloc
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.errors import MalformedImageError, UnknownNameError
from nixdive.image.base import BaseImage
from nixdive.image.compression import Gzip, Zstd, compression
from nixdive.image.sources import Repacked
from nixdive.image.writers.packed import whole, write_packed
from nixdive.magic import sniff
from nixdive.progress import NullProgress
from nixdive.unpack import unpacked
from tests.image.made import archive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from nixdive.cache.layers import CachedBlob
    from nixdive.image.writers.parts import Blob
    from nixdive.progress import Progress

MIB = 1 << 20


def data(size: int) -> bytes:
    """Return bytes as layers have them: words that come again, noise, zeros; the same on every machine."""
    chance = random.Random(1)
    words = [chance.randbytes(chance.randrange(2, 40)) for _ in range(500)]
    made = bytearray()
    while len(made) < size:
        kind = chance.random()
        made += chance.choice(words) if kind < 0.9 else bytes(300) if kind < 0.95 else chance.randbytes(200)
    return bytes(made[:size])


DATA = data(5 * MIB + 12345)


class Pieces:
    """A layer that comes in pieces of sizes of its own, whatever is asked for."""

    def __init__(self, content: bytes, sizes: Callable[[], int]) -> None:
        self._content = content
        self._sizes = sizes
        self.size = len(content)

    def blocks(self, take: Callable[[], memoryview]) -> Iterator[memoryview]:
        at = 0
        while at < self.size:
            end = min(at + max(self._sizes(), 1), self.size)
            yield memoryview(bytearray(self._content[at:end]))
            at = end


class Kept:
    """A sink that keeps the blobs."""

    def __init__(self) -> None:
        self.blobs: list[bytes] = []

    def begin(self, part: int) -> None:
        self.blobs.append(b"")

    def write(self, packed: bytes) -> None:
        self.blobs[-1] += packed

    def end(self, part: int, blob: Blob) -> None:
        assert blob.digest == f"sha256:{sha256(self.blobs[-1]).hexdigest()}"
        assert blob.size == len(self.blobs[-1])

    def take(self, part: int, blob: CachedBlob, progress: Progress) -> Callable[[], None]:
        raise AssertionError("there is no cache")


def packed(layer: Any, method: str, jobs: int) -> bytes:
    chosen = compression(method)
    assert chosen is not None
    sink = Kept()
    write_packed([(0, layer)], chosen, sink, jobs, NullProgress())
    return sink.blobs[0]


# what the libraries made when the level was chosen: other bytes are another format
@pytest.mark.parametrize(
    ("method", "digest"),
    [
        ("gzip", "ffef2fe3ae2ee95b"),
        ("zstd", "c92af4983de553f6"),
        ("zstd:1", "ab62a4e28f79dc08"),
        ("zstd:9", "16a6b775c1ffff6f"),
    ],
)
def test_the_bytes_are_part_of_the_format(method: str, digest: str) -> None:
    assert sha256(DATA).hexdigest()[:16] == "953710d28b3a023b", "the data are other ones"
    assert sha256(packed(Pieces(DATA, lambda: MIB), method, 2)).hexdigest()[:16] == digest


@pytest.mark.parametrize("method", ["gzip", "zstd"])
def test_neither_the_pieces_nor_the_threads_change_a_byte(method: str) -> None:
    chance = random.Random(2)
    sizes: list[Callable[[], int]] = [
        lambda: MIB,
        lambda: 4 * MIB,
        lambda: 777_777,
        lambda: len(DATA),
        lambda: chance.choice([1, 511, 4096, 70_000, MIB - 1, MIB, MIB + 1, 3 * MIB]),
    ]
    made = {packed(Pieces(DATA, size), method, jobs) for size in sizes for jobs in (1, 3)}
    assert len(made) == 1
    assert b"".join(unpacked(list(made), method, MalformedImageError)) == DATA


@pytest.mark.parametrize("method", ["gzip", "zstd"])
def test_a_layer_that_was_packed_in_another_way_gives_the_same_blob(method: str, tmp_path: Path) -> None:
    wanted = packed(Pieces(DATA, lambda: MIB), method, 1)
    for form, pack in (("gzip", gzip.compress), ("xz", lzma.compress), ("none", bytes)):
        file = archive(tmp_path / f"{form}.tar", [DATA], pack=pack)
        assert packed(Repacked.of(BaseImage.open(file).blobs[0]), method, 2) == wanted


@given(st.lists(st.binary(max_size=30), max_size=20), st.integers(1, 40))
def test_whole_pieces(blocks: list[bytes], size: int) -> None:
    found = [bytes(one) for one in whole(map(memoryview, blocks), size)]
    assert b"".join(found) == b"".join(blocks)
    assert all(len(one) == size for one in found[:-1])
    assert all(0 < len(one) <= size for one in found[-1:])


def test_pieces_that_are_whole_pass_as_they_are() -> None:
    blocks = [memoryview(bytearray(8)) for _ in range(3)] + [memoryview(bytearray(5))]
    assert [one is other for one, other in zip(whole(blocks, 8), blocks, strict=True)] == [True] * 3 + [False]


@pytest.mark.parametrize("method", ["gzip", "zstd", "zstd:9"])
@pytest.mark.parametrize("size", [0, 1, MIB, MIB + 1])
def test_every_blob_is_recognised_and_comes_back(method: str, size: int) -> None:
    blob = packed(Pieces(DATA[:size], lambda: MIB), method, 1)
    name = method.partition(":")[0]
    assert sniff(blob[:6]) == name
    assert b"".join(unpacked([blob], name, MalformedImageError)) == DATA[:size]
    if name == "gzip":
        assert gzip.decompress(blob) == DATA[:size]
        assert blob[:4] == b"\x1f\x8b\x08\x00"  # no name
        assert blob[4:8] == bytes(4)  # no time


def test_a_long_layer_takes_no_more_memory_than_its_pieces() -> None:
    layer = Pieces(bytes(200 * MIB), lambda: MIB)
    tracemalloc.start()
    packed(layer, "gzip", 2)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 40 * MIB


@pytest.mark.parametrize("text", ["lzma", "gzip:9", "zstd:0", "zstd:23", "zstd:x", "zstd:", ""])
def test_what_is_no_compression(text: str) -> None:
    with pytest.raises(UnknownNameError):
        compression(text)


def test_levels() -> None:
    assert compression("none") is None
    assert isinstance(compression("gzip"), Gzip)
    assert isinstance(compression("zstd:22"), Zstd)
