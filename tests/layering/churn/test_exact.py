"""Branch and bound against all partitions there are."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.layering.churn.atoms import Atoms
from nixdive.layering.churn.exact import MOST, optimum
from tests.examples import examples
from tests.layering.made import SEEDS, cost_of, optima, random_scenarios


@examples(40)
@given(SEEDS, st.integers(1, 8), st.integers(1, 8))
def test_it_is_the_optimum(seed: int, paths: int, count: int) -> None:
    scenarios, sizes = random_scenarios(seed, paths)
    atoms = Atoms.apart(scenarios, sizes, range(paths))
    least = optima(scenarios, sizes)[min(count, paths) - 1]
    layers = optimum(atoms, count, math.inf)
    assert layers is not None
    assert sorted(np.concatenate(layers).tolist()) == list(range(paths))
    assert len(layers) <= count
    assert cost_of(scenarios, sizes, [layer.tolist() for layer in layers]) == pytest.approx(least, rel=1e-12)
    assert optimum(atoms, count, least) is None, "nothing is cheaper"
    assert optimum(atoms, count, 0.0) is None


def test_nine_paths() -> None:
    for seed in range(6):
        scenarios, sizes = random_scenarios(seed, 9)
        atoms = Atoms.apart(scenarios, sizes, range(9))
        for count, least in enumerate(optima(scenarios, sizes), 1):
            layers = optimum(atoms, count, math.inf)
            assert layers is not None
            assert cost_of(scenarios, sizes, [layer.tolist() for layer in layers]) == pytest.approx(least)


def test_as_many_as_there_may_be() -> None:
    scenarios, sizes = random_scenarios(8, MOST)
    layers = optimum(Atoms.apart(scenarios, sizes, range(MOST)), 4, math.inf)
    assert layers is not None
    assert sum(map(len, layers)) == MOST
