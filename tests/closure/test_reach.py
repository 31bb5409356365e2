"""Sums over all that can be reached against sets."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.closure import reach as reaching
from nixdive.closure.reach import reach
from tests.closure.graphs import closures, reached

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure


@given(closures(most=30), st.data(), st.sampled_from([1, 3, 8, 8192]))
def test_sums_and_counts_are_those_of_the_sets(closure: Closure, data: st.DataObject, window: int) -> None:
    large = st.integers(0, 1 << 200)  # far more digits than there are paths
    weights = data.draw(
        st.one_of(
            st.lists(st.integers(0, 9), min_size=len(closure), max_size=len(closure)),
            st.lists(large, min_size=len(closure), max_size=len(closure)),
            st.just([1] * len(closure)),
        )
    )
    with patch.object(reaching, "_WINDOW", window), patch.object(reaching, "_FEW", 4):
        sums, counts = reach(closure.references, closure.topological, weights)
    for i in range(len(closure)):
        found = reached(closure, [i])
        assert sums[i] == sum(weights[one] for one in found)
        assert counts[i] == len(found)


@pytest.mark.parametrize("kind", ["chain", "star"])
def test_memory_grows_with_paths_not_with_their_square(kind: str) -> None:
    def most(count: int) -> int:
        rows = [(i - 1,) if i else () for i in range(count)]
        if kind == "star":
            rows = [*[(count - 1,)] * (count - 1), ()]
        order = range(count) if kind == "chain" else [count - 1, *range(count - 1)]
        tracemalloc.start()
        reach(rows, order, [1] * count)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    with patch.object(reaching, "_WINDOW", 256):
        assert most(8000) < 8 * most(2000)
