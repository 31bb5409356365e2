from __future__ import annotations

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.contents.names import absolute, below_root, parent_of


@given(st.lists(st.sampled_from(["a", "b", ".", "..", ""]), min_size=1, max_size=8))
def test_absolute_names_are_those_of_normpath(parts: list[str]) -> None:
    depth = 0
    for part in parts:
        depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
        if depth < 0:
            with pytest.raises(ValueError, match="leaves the root"):
                absolute("/".join(parts).encode())
            return
    expected = posixpath.normpath("/" + "/".join(parts)).replace("//", "/")
    assert absolute("/".join(parts).encode()) == expected.encode()


@given(st.lists(st.sampled_from(["a", "b", ".", "..", ""]), max_size=8))
def test_names_below_the_root_stay_there(parts: list[str]) -> None:
    expected = posixpath.normpath("//" + "/".join(parts)).replace("//", "/")
    assert below_root("/".join(parts).encode()) == expected.encode()


def test_a_nul_is_refused() -> None:
    with pytest.raises(ValueError, match="NUL"):
        absolute(b"a\0b")


def test_parents() -> None:
    assert parent_of(b"/a/b") == b"/a"
    assert parent_of(b"/a") == b"/"
    assert parent_of(b"/") == b"/"
    deep = b"/d" * 10_000
    assert len(parent_of(deep)) <= 4096
    steps = 0
    while deep != b"/":
        deep = parent_of(deep)
        steps += 1
    assert steps <= 2050
