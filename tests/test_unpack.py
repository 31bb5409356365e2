"""Packed data: all of them, not one byte too many, and little memory for much."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import tracemalloc
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from isal import isal_zlib

from nixdive import unpack
from nixdive.errors import MalformedImageError, NixdiveError
from nixdive.magic import sniff
from nixdive.unpack import refuse, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


def streamed(data: bytes) -> bytes:
    """A zstd frame that does not say how long its data are."""
    packed = io.BytesIO()
    with zstandard.ZstdCompressor().stream_writer(packed, closefd=False) as stream:
        stream.write(data)
    return packed.getvalue()


PACKS: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "xz": lzma.compress,
    "zstd": zstandard.compress,
    "bzip2": bz2.compress,
}
ALL = [*PACKS.items(), ("zstd", streamed)]
IDS = [*PACKS, "zstd stream"]
MIB = 1 << 20
SKIPPED = b"\x50\x2a\x4d\x18" + (3).to_bytes(4, "little") + b"abc"
# a frame with a window of 128 KiB, whose blocks are one byte repeated: four bytes stand for 128 KiB
BLOCKS = 4000
BOMB = (
    b"\x28\xb5\x2f\xfd\x00\x38"
    + b"".join(((1 << 17) << 3 | 2).to_bytes(3, "little") + b"x" for _ in range(BLOCKS))
    + ((1 << 17) << 3 | 3).to_bytes(3, "little")
    + b"x"
)


def cut(data: bytes, size: int) -> Iterable[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def plain(packed: bytes, name: str, size: int = 1000, bound: str | None = None) -> bytes:
    return b"".join(unpacked(cut(packed, size), name, MalformedImageError, bound))


@pytest.mark.parametrize(("name", "pack"), ALL, ids=IDS)
@given(data=st.binary(max_size=5000), copies=st.integers(1, 3), size=st.integers(1, 6000))
def test_what_was_packed_comes_back(
    name: str, pack: Callable[[bytes], bytes], data: bytes, copies: int, size: int
) -> None:
    assert sniff(pack(data)) == name
    assert plain(pack(data) * copies, name, size) == data * copies


@pytest.mark.slow
@pytest.mark.parametrize("library", [isal_zlib, zlib], ids=["isal", "zlib"])
@pytest.mark.parametrize(("name", "pack"), ALL, ids=IDS)
def test_large_data_come_back(
    name: str, pack: Callable[[bytes], bytes], library: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpack, "deflate", library)
    data = b"".join(b"%d " % number for number in range(500_000)) + bytes(5 * MIB)
    packed = pack(data)
    for size in (100_000, 1 << 16, MIB, 1 << 30):
        assert plain(packed, name, size) == data


@given(st.binary(max_size=100).filter(lambda data: sniff(data) == "none"))
def test_what_is_not_packed_stays(data: bytes) -> None:
    assert plain(data, "none") == data


def test_many_small_parts_are_read_in_their_order() -> None:
    texts = [b"part %d\n" % number for number in range(3000)]
    for name, pack in PACKS.items():
        assert plain(b"".join(map(pack, texts)), name, MIB) == b"".join(texts)


def test_frames_without_data_are_passed_over() -> None:
    frame = zstandard.compress(b"data")
    for packed in (SKIPPED + frame, frame + SKIPPED, SKIPPED * 2 + frame + SKIPPED + frame):
        assert sniff(packed) == "zstd"
        for size in (1, 5, 1000):
            assert plain(packed, "zstd", size) == b"data" * packed.count(frame)


@pytest.mark.parametrize(
    ("name", "tail"),
    [("gzip", bytes(3)), ("gzip", bytes(100_000)), ("bzip2", bytes(3)), ("xz", bytes(512))],
)
def test_zeros_may_follow_where_tools_let_them_pass(name: str, tail: bytes) -> None:
    packed = PACKS[name](b"data")
    for size in (1, 1000, 1 << 17):
        assert plain(packed + tail, name, size) == b"data"
        assert plain(packed + tail + packed, name, size) == b"datadata"


@pytest.mark.parametrize(
    "tail", [bytes(1), bytes(6), bytes(100_000), bytes(6) + gzip.compress(b"more", mtime=0)]
)
@pytest.mark.parametrize("threads", [0, 2])
def test_zeros_are_an_error_where_it_has_to_be_exact(threads: int, tail: bytes) -> None:
    packed = gzip.compress(b"data") * 2 + tail
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        for size in (1, 1000, 1 << 17):
            pieces = (packed[at : at + size] for at in range(0, len(packed), size))
            with pytest.raises(NixdiveError, match="followed by zeros"):
                list(unpacked(pieces, "gzip", NixdiveError, pool=pool if threads else None, zeros=refuse))


@pytest.mark.parametrize(
    ("name", "tail"),
    [
        ("xz", bytes(3)),
        ("zstd", bytes(4)),
        *[(name, tail) for name in PACKS for tail in (b"garbage", bytes(4) + b"garbage", b"\x1f")],
    ],
)
def test_nothing_else_may_follow(name: str, tail: bytes) -> None:
    for size in (1, 1000, 1 << 17):
        with pytest.raises(MalformedImageError, match=r"followed by something else|are damaged|too early"):
            plain(PACKS[name](b"data") + tail, name, size)


@pytest.mark.parametrize(("name", "pack"), ALL, ids=IDS)
@pytest.mark.parametrize("parts", [1, 2])
def test_each_cut_is_noticed(name: str, pack: Callable[[bytes], bytes], parts: int) -> None:
    data = random.Random(3).randbytes(60) + b"text " * 30
    packed = pack(data)
    for end in range((parts - 1) * len(packed) + 1, parts * len(packed)):
        with pytest.raises(MalformedImageError, match=f"^its {name} data (end too early|are damaged)"):
            plain((packed * parts)[:end], name)


@pytest.mark.parametrize(("name", "pack"), PACKS.items())
@given(st.data())
def test_damage_never_surprises(name: str, pack: Callable[[bytes], bytes], draws: st.DataObject) -> None:
    data = b"some closure " * 50
    packed = bytearray(pack(data))
    packed[draws.draw(st.integers(6, len(packed) - 1))] ^= draws.draw(st.integers(1, 255))
    found, told = data, f"its {name} data "
    try:
        found = plain(bytes(packed), name, draws.draw(st.integers(1, 400)))
    except MalformedImageError as error:
        told = str(error)
    assert told.startswith(f"its {name} data ")
    assert "\n" not in told
    assert found == data or name == "zstd"  # zstd.compress adds no checksum


@pytest.mark.parametrize(("name", "pack"), ALL, ids=IDS)
def test_a_bomb_is_refused_early(
    name: str, pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIXDIVE_BOUNDS", "plan-file=8MiB")
    bomb = pack(bytes(200 * MIB))
    tracemalloc.start()
    try:
        with pytest.raises(MalformedImageError, match=r"^it unpacks to more than 8\.00 MiB \(the bound"):
            list(unpacked([bomb], name, MalformedImageError, "plan-file"))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 40 * MIB


def test_dense_frames_leave_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIXDIVE_BOUNDS", "ratio=1000000")
    assert zstandard.ZstdDecompressor().decompress(BOMB[: 6 + 40] + BOMB[-4:], max_output_size=2 * MIB)
    tracemalloc.start()
    try:
        lengths = [len(piece) for piece in unpacked([BOMB], "zstd", MalformedImageError)]
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sum(lengths) == (BLOCKS + 1) << 17
    assert max(lengths) <= 33 * MIB
    assert most < 100 * MIB


def test_a_window_of_a_gigabyte_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=30, enable_ldm=True)
    stream = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    packed = stream.compress(b"little" * 1000) + stream.flush()
    with pytest.raises(MalformedImageError, match=r"need more than 128 MiB \(the bound zstd-window"):
        plain(packed, "zstd")


def test_a_dictionary_of_a_gigabyte_is_refused() -> None:
    packed = bytearray(lzma.compress(b"little", filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 30}]))
    with pytest.raises(MalformedImageError, match=r"need more than 256 MiB \(the bound xz-memory"):
        plain(bytes(packed), "xz")


def test_the_ratio_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIXDIVE_BOUNDS", "ratio=100")
    with pytest.raises(MalformedImageError, match="more than 100 times"):
        plain(zstandard.compress(bytes(64 * MIB)), "zstd")


def test_exactly_as_much_as_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIXDIVE_BOUNDS", "plan-file=1MiB")
    assert len(plain(gzip.compress(bytes(MIB)), "gzip", bound="plan-file")) == MIB
    with pytest.raises(MalformedImageError, match=r"more than 1\.00 MiB"):
        plain(gzip.compress(bytes(MIB + 1)), "gzip", bound="plan-file")


def test_errors_of_the_source_are_its_own() -> None:
    def failing() -> Iterable[bytes]:
        yield gzip.compress(b"x")
        raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        list(unpacked(failing(), "gzip", MalformedImageError))
