from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nixdive.contents.references import HashFinder

LETTERS = b"0123456789abcdfghijklmnpqrsvwxyz"
HASHES = st.lists(st.sampled_from(b"0az"), min_size=32, max_size=32).map(bytes)
NOISE = st.one_of(
    st.binary(max_size=50),
    st.sampled_from([b"/nix/store/", b"/nix/stor", b"0" * 40, LETTERS, b"e" * 32, b"/"]),
)


@given(st.lists(st.one_of(NOISE, HASHES), max_size=12), st.integers(0, 40))
def test_hashes_are_found_as_a_slow_search_finds_them(parts: list[bytes], start: int) -> None:
    data = b"".join(parts)
    stop = len(data)
    windows = [data[at : at + 32] for at in range(start, stop - 31)]
    behind = {
        one
        for at, one in enumerate(windows, start)
        if data[max(start, at - 11) : at] == b"/nix/store/" and not one.strip(LETTERS)
    }
    assert HashFinder().find(data, start, stop) == behind
