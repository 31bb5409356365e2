"""Weights of scenarios against those that are added one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.layering.change.scenarios import Scale
from tests.layering.made import SEEDS, cost_of, flags_of, random_scenarios, weights_of


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 1 << 33)), min_size=1, max_size=5), SEEDS)
def test_a_row_weighs_what_its_scenarios_weigh(parts: list[tuple[int, int]], seed: int) -> None:
    scale = Scale.of(parts)
    words = sum(count for count, _ in parts)
    bits = np.random.default_rng(seed).integers(0, 1 << 64, (3, words), dtype=np.uint64)
    bits[2] = ~np.uint64(0)
    singles = [weight for count, weight in parts for _ in range(count * 64)]
    expected = [
        sum(weight for weight, flag in zip(singles, row, strict=True) if flag) for row in flags_of(bits)
    ]
    assert scale.weigh(bits).tolist() == expected
    assert [int(scale.weigh(row)) for row in bits] == expected
    assert scale.weigh(bits[None]).tolist() == [expected]


def test_a_kind_of_release_may_have_a_thousand_words() -> None:
    assert int(Scale.of([(1000, 3)]).weigh(np.full(1000, ~np.uint64(0)))) == 1000 * 64 * 3


@given(SEEDS, st.integers(1, 8))
def test_chances_and_bytes(seed: int, count: int) -> None:
    scenarios, sizes = random_scenarios(seed, count)
    weights, flags = weights_of(scenarios), flags_of(scenarios.bits)
    assert sum(weights) == scenarios.total

    def chance(layer: list[int]) -> float:
        changed = (any(flags[i][at] for i in layer) for at in range(len(weights)))
        return sum(w for w, yes in zip(weights, changed, strict=True) if yes) / scenarios.total

    assert scenarios.chances.tolist() == [chance([i]) for i in range(count)]
    everything = list(range(count))
    assert scenarios.probability(everything) == chance(everything)
    layers = [everything[::2], everything[1::2]][: min(count, 2)]
    assert scenarios.expected(layers, sizes) == pytest.approx(
        cost_of(scenarios, sizes, layers) / scenarios.total
    )
