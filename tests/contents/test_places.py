from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nixdive.contents.places import Place, places

OLD, NEW = b"a" * 32, b"b" * 32


def test_the_same_has_no_place() -> None:
    assert places(b"abc", b"abc") == ()
    assert places(b"", b"") == ()


def test_what_lies_in_the_hash_of_a_store_path_is_told_by_its_name() -> None:
    text = b"run /nix/store/%b-curl-7.88/bin/curl\0and more than a hash further on: %b-libc"
    found = places(text % (OLD, OLD), text % (NEW, NEW))
    assert [one.path for one in found] == ["curl-7.88", "libc"]
    assert found[0][:2] == (15, 47)


def test_other_data_have_no_store_path() -> None:
    assert places(b"x" * 100 + b"1", b"x" * 100 + b"2") == (Place(100, 101, ""),)
    old, new = b"/nix/store/%b-curl-1" % OLD, b"/nix/store/%b-curl-2" % NEW
    assert [one.path for one in places(old, new)] == [""]  # the version behind the hash differs too


@given(st.binary(max_size=300), st.lists(st.integers(0, 299), max_size=5))
def test_the_places_are_all_that_differs(data: bytes, at: list[int]) -> None:
    changed = bytearray(data)
    for i in at:
        if i < len(data):
            changed[i] ^= 0xFF
    found = places(data, bytes(changed))
    inside = {i for one in found for i in range(one.start, one.stop)}
    assert {i for i in range(len(data)) if data[i] != changed[i]} <= inside
    for one in found:
        assert data[one.start] != changed[one.start]
        assert data[one.stop - 1] != changed[one.stop - 1]
    assert all(later.start - one.stop >= 31 for one, later in pairwise(found))
