"""What the layout of a fleet costs at least."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nixdive.layering.cost import lower_bound
from nixdive.layering.fleet.cost import _in_ranks


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 10**9)), min_size=1, max_size=40), st.integers(1, 12)
)
def test_layers_by_rank_are_above_the_bound(paths: list[tuple[float, int]], count: int) -> None:
    chances, sizes = np.array([one for one, _ in paths]), np.array([float(one) for _, one in paths])
    least = lower_bound(chances, [one for _, one in paths], count)
    assert _in_ranks(chances, sizes, count) >= least * (1 - 1e-9)
