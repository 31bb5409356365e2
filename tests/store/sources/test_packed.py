"""Packed closure files: all of them, and not one byte too many."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tracemalloc
from typing import TYPE_CHECKING

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from nixdive.errors import MalformedGraphError
from nixdive.store.sources.packed import unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PACKS: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "xz": lzma.compress,
    "zstd": zstandard.compress,
    "bzip2": bz2.compress,
}
MIB = 1 << 20


def streamed(data: bytes) -> bytes:
    """A zstd frame that does not tell its size."""
    packed = io.BytesIO()
    with zstandard.ZstdCompressor().stream_writer(packed, closefd=False) as stream:
        stream.write(data)
    return packed.getvalue()


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
@given(data=st.binary(max_size=5000), copies=st.integers(1, 3))
def test_what_was_packed_comes_back(pack: Callable[[bytes], bytes], data: bytes, copies: int) -> None:
    assert unpacked(pack(data) * copies, "x") == data * copies


@pytest.mark.parametrize("pack", [*PACKS.values(), streamed], ids=[*PACKS, "zstd stream"])
def test_large_data_come_back(pack: Callable[[bytes], bytes]) -> None:
    data = b"".join(b"%d " % number for number in range(500_000))
    assert unpacked(pack(data), "x") == data


@given(
    st.binary(max_size=100).filter(lambda data: data[:2] not in {b"\x1f\x8b", b"\xfd7", b"\x28\xb5", b"BZ"})
)
def test_what_is_not_packed_stays(data: bytes) -> None:
    assert unpacked(data, "x") == data


@pytest.mark.parametrize("name", PACKS)
@pytest.mark.parametrize("keep", [0.1, 0.5, 0.99])
def test_cut_short(name: str, keep: float) -> None:
    packed = PACKS[name](bytes(range(256)) * 4000)
    with pytest.raises(MalformedGraphError, match=f"x.json: its {name} stream is (cut short|damaged)"):
        unpacked(packed[: max(7, int(len(packed) * keep))], "x.json")


@pytest.mark.parametrize("name", PACKS)
@given(st.data())
def test_damage_never_surprises(name: str, draws: st.DataObject) -> None:
    packed = bytearray(PACKS[name](b"some closure " * 50))
    packed[draws.draw(st.integers(6, len(packed) - 1))] ^= draws.draw(st.integers(1, 255))
    told = f"x: its {name} stream is "
    try:
        unpacked(bytes(packed), "x")
    except MalformedGraphError as error:
        told = str(error)
    assert told.startswith(f"x: its {name} stream is ")


@pytest.mark.parametrize("pack", [*PACKS.values(), streamed], ids=[*PACKS, "zstd stream"])
def test_a_bomb_is_refused_early(pack: Callable[[bytes], bytes]) -> None:
    bomb = pack(bytes(200 * MIB))
    tracemalloc.start()
    try:
        with pytest.raises(MalformedGraphError, match="bomb: it unpacks to more than 8 MiB"):
            unpacked(bomb, "bomb", most=8 * MIB)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 120 * MIB


def test_exactly_as_much_as_may_be() -> None:
    assert len(unpacked(gzip.compress(bytes(1000)), "x", most=1000)) == 1000
    with pytest.raises(MalformedGraphError, match="more than"):
        unpacked(gzip.compress(bytes(1001)), "x", most=1000)
