"""gzip data that a pool helps to unpack become what they become without it, or fail in the same way."""

from __future__ import annotations

import gzip
import random
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive import unpack
from nixdive.errors import MalformedImageError
from nixdive.unpack import unpacked
from tests.examples import examples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEADER = gzip.compress(b"", mtime=0)[:10]
# what begins like a member inside of another one is stored there as it is
PLAIN = st.one_of(st.binary(max_size=300), st.just(b"a" * 3000), st.just(b"x" + HEADER + b"y" * 90))
MEMBERS = st.lists(st.tuples(PLAIN, st.sampled_from([0, 1, 9])), max_size=8)


@pytest.fixture(scope="module", autouse=True)
def _small() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unpack, "_SEGMENT", 40)
        patch.setattr(unpack, "_LONGEST", 400)
        patch.setattr(unpack, "_MOST_AHEAD", 2000)
        yield


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def outcome(packed: bytes, size: int, pool: ThreadPoolExecutor | None) -> bytes | str:
    pieces = (packed[at : at + size] for at in range(0, len(packed), size))
    try:
        return b"".join(unpacked(pieces, "gzip", MalformedImageError, pool=pool))
    except MalformedImageError as error:
        return str(error)


def joined(members: list[tuple[bytes, int]]) -> bytes:
    return b"".join(gzip.compress(plain, level, mtime=0) for plain, level in members)


@examples(300)
@given(members=MEMBERS, size=st.integers(1, 900), zeros=st.integers(0, 3))
def test_members_come_back(
    pool: ThreadPoolExecutor, members: list[tuple[bytes, int]], size: int, zeros: int
) -> None:
    packed = joined(members) + bytes(zeros if members else 0)
    found = outcome(packed, size, pool)
    assert found == outcome(packed, size, None)
    if members:
        assert found == b"".join(plain for plain, _ in members)


@examples(300)
@given(
    members=MEMBERS,
    size=st.integers(1, 900),
    noise=st.binary(max_size=20),
    at=st.integers(0, 2000),
    end=st.integers(0, 4000),
)
def test_what_is_damaged_or_cut_fails_in_the_same_way(
    pool: ThreadPoolExecutor, members: list[tuple[bytes, int]], size: int, noise: bytes, at: int, end: int
) -> None:
    data = bytearray(joined(members))
    data[at : at + len(noise)] = noise
    packed = bytes(data[:end])
    # the words for what follows the end depend on how much of it comes at once
    assert outcome(packed, size, pool) in {outcome(packed, one, None) for one in (size, 1 << 20)}


class Counting(ThreadPoolExecutor):
    """A pool that counts what it is given."""

    given = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.given += 1
        return super().submit(fn, *args, **kwargs)


def test_the_pool_gets_members_and_no_part_of_one() -> None:
    noise = random.Random(1).randbytes
    with Counting(2) as pool:
        outcome(joined([(noise(100), 9)] * 20), 1000, pool)
        assert pool.given == 20
        outcome(gzip.compress(noise(5000), mtime=0), 100, pool)
        assert pool.given == 20


def test_who_stops_asking_leaves_no_work_behind() -> None:
    packed = joined([(b"a" * 900, 0)] * 50)
    with Counting(1) as pool:
        pieces = unpacked([packed], "gzip", MalformedImageError, pool=pool)
        assert next(pieces)
        pieces.close()  # type: ignore[attr-defined]
        assert pool.given <= 12


class Streams:
    """Counts the members that come as streams; those that libdeflate unpacks at once are none."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun = 0
        begin = unpack._Deflate

        def counted() -> unpack._Deflate:
            self.begun += 1
            return begin()

        monkeypatch.setitem(unpack._KINDS, "gzip", unpack._KINDS["gzip"]._replace(begin=counted))


def test_members_that_begin_alike_are_unpacked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = random.Random(2).randbytes
    plain = [noise(100) for _ in range(20)]
    streams = Streams(monkeypatch)
    with ThreadPoolExecutor(2) as pool:
        assert outcome(joined([(one, 9) for one in plain]), 1000, pool) == b"".join(plain)
    assert streams.begun == 1  # the one that the data would come through without the pool


def test_no_member_is_hidden_behind_one_of_its_length() -> None:
    one = gzip.compress(b"a" * 90, mtime=0)
    other = gzip.compress(b"b" * 90, mtime=1)  # which does not begin like the first one
    for packed in (one + other, one + other + one, one * 3 + other * 3):
        with ThreadPoolExecutor(2) as pool:
            assert outcome(packed, 1000, pool) == gzip.decompress(packed)


def test_what_follows_a_member_is_no_part_of_it() -> None:
    one = gzip.compress(b"a" * 90, mtime=0)
    for rest in (b"noise" * 9, bytes(40) + one[-3:], b"\x1f\x8b", one[:17]):
        with ThreadPoolExecutor(2) as pool:
            assert outcome(one + rest, 1000, pool) == outcome(one + rest, 1000, None)
