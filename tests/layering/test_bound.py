"""The lower bound against its definition, and against what it is a bound of."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.layering.bound import lower_bound
from tests.examples import examples
from tests.layering.made import SEEDS, optima, random_scenarios

if TYPE_CHECKING:
    from collections.abc import Sequence

PATHS = st.lists(
    st.tuples(
        st.one_of(st.sampled_from([0.0, 0.25, 1.0]), st.floats(0, 1)),
        st.one_of(st.just(0), st.integers(0, 1 << 40)),
    ),
    min_size=1,
    max_size=25,
)


def textbook(chances: Sequence[float], sizes: Sequence[int], count: int) -> float:
    """The best cuts of the order of change, where a layer changes when the one that changes most does."""
    order = sorted(range(len(sizes)), key=lambda i: chances[i])
    best = [0.0] + [float("inf")] * len(order)
    for _ in range(count):
        best = [0.0] + [
            min(
                best[start] + sum(sizes[i] for i in order[start:end]) * chances[order[end - 1]]
                for start in range(end)
            )
            for end in range(1, len(order) + 1)
        ]
    return best[-1]


@given(PATHS, st.integers(1, 12))
def test_it_is_the_optimum_of_the_relaxation(paths: list[tuple[float, int]], count: int) -> None:
    chances, sizes = [one for one, _ in paths], [one for _, one in paths]
    found = lower_bound(np.array(chances), sizes, count)
    expected = textbook(chances, sizes, count)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-9 * sum(sizes))
    assert found <= expected * (1 + 1e-9) + 1e-12 * sum(sizes)


@examples(40)
@given(SEEDS, st.integers(1, 8))
def test_no_layout_is_below(seed: int, count: int) -> None:
    scenarios, sizes = random_scenarios(seed, count)
    for layers, least in enumerate(optima(scenarios, sizes), 1):
        assert lower_bound(scenarios.chances, sizes, layers) * scenarios.total <= least * (1 + 1e-9)


@given(PATHS)
def test_the_extremes_are_exact(paths: list[tuple[float, int]]) -> None:
    chances, sizes = [one for one, _ in paths], [one for _, one in paths]
    each = sum(chance * size for chance, size in paths)
    assert lower_bound(np.array(chances), sizes, len(paths)) == pytest.approx(each)
    assert lower_bound(np.array(chances), sizes, 125) == pytest.approx(each)
    together = max(chances) * sum(sizes)
    assert lower_bound(np.array(chances), sizes, 1) == pytest.approx(together, rel=1e-6)


@given(PATHS)
def test_more_layers_never_raise_it(paths: list[tuple[float, int]]) -> None:
    chances, sizes = np.array([one for one, _ in paths]), [one for _, one in paths]
    bounds = [lower_bound(chances, sizes, count) for count in range(1, 10)]
    slack = 1e-9 * sum(sizes)
    assert all(after <= before + slack for before, after in itertools.pairwise(bounds))


def test_many_levels_are_rounded_down_a_little() -> None:
    dice = np.random.default_rng(1)
    chances = np.sort(dice.random(2500)) ** 3
    sizes = dice.lognormal(10, 2, 2500).astype(np.int64).tolist()
    for count in (1, 10, 60):
        fine = _convex(chances.tolist(), sizes, count)
        assert 0.98 * fine < lower_bound(chances, sizes, count) <= fine * (1 + 1e-9)


def _convex(chances: Sequence[float], sizes: Sequence[int], count: int) -> float:
    """As `textbook`, all starts of a row at once."""
    levels = np.array(chances)
    below = np.concatenate([[0.0], np.cumsum(sizes)])
    best = np.concatenate([[0.0], below[1:] * levels])
    for _ in range(count - 1):
        best = np.concatenate(
            [
                [0.0],
                [
                    float((best[:end] - below[:end] * levels[end - 1]).min() + below[end] * levels[end - 1])
                    for end in range(1, len(levels) + 1)
                ],
            ]
        )
    return float(best[-1])


@pytest.mark.parametrize("sizes", [[1 << 62] * 40, [0] * 40, [1 << 62, 0] * 20, [1] * 39 + [1 << 62]])
def test_odd_sizes(sizes: list[int]) -> None:
    chances = np.linspace(0, 1, 40)
    for count in (1, 3, 39, 40):
        expected = textbook(chances.tolist(), sizes, count)
        assert lower_bound(chances, sizes, count) == pytest.approx(expected, rel=1e-6)
