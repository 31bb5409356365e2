"""Unions of layers: what they cost, held against merging two by two and against all partitions."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nixdive.layering.churn import unions
from nixdive.layering.churn.atoms import Atoms
from nixdive.layering.churn.hierarchy import BottomUp
from nixdive.layering.churn.unions import united
from tests.examples import examples
from tests.layering.made import SEEDS, cost_of, partitions, random_scenarios, subset_costs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pytest

    from nixdive.layering.change.scenarios import Costs, Scenarios

PRICES = st.sampled_from([0, 1 << 8, 1 << 16, 1 << 44])  # of a byte pushed at once: from nothing to all


def made(seed: int, count: int, price: int) -> tuple[Scenarios, list[int], list[int]]:
    """Layers, each of one path, their bytes, and what each costs besides where it does not stay alone."""
    scenarios, sizes = random_scenarios(seed, count)
    there = np.random.default_rng(seed).random(count) < 0.7
    return scenarios, sizes, [price * size * int(some) for size, some in zip(sizes, there, strict=True)]


def paid(
    scenarios: Scenarios, sizes: Sequence[int], again: Sequence[int], groups: Iterable[Sequence[int]]
) -> int:
    """What groups cost, exactly."""
    some = list(groups)
    return cost_of(scenarios, sizes, some) + sum(again[i] for group in some if len(group) > 1 for i in group)


def alone(count: int) -> list[np.ndarray]:
    return [np.array([i]) for i in range(count)]


def by_pairs(atoms: Atoms, again: Costs, count: int) -> list[list[int]]:
    return [group.tolist() for group in BottomUp(atoms, alone(len(atoms)), again).layers(count)]


@examples(20)
@given(SEEDS, st.integers(2, 30), PRICES, st.data())
def test_they_cost_no_more_than_merges_two_by_two(
    seed: int, layers: int, price: int, data: st.DataObject
) -> None:
    scenarios, sizes, again = made(seed, layers, price)
    count = data.draw(st.integers(1, layers - 1))
    atoms, extra = Atoms.apart(scenarios, sizes, range(layers)), np.array(again, dtype=np.float64)
    groups = united(atoms, extra, count)
    assert len(groups) == count
    assert groups == sorted(tuple(sorted(group)) for group in groups)
    assert sorted(i for group in groups for i in group) == list(range(layers))
    assert paid(scenarios, sizes, again, groups) <= paid(
        scenarios, sizes, again, by_pairs(atoms, extra, count)
    )
    assert united(atoms, extra, count) == groups


@examples(20)
@given(SEEDS, st.integers(2, 7), PRICES)
def test_of_few_layers_they_are_the_best_there_are(seed: int, layers: int, price: int) -> None:
    scenarios, sizes, again = made(seed, layers, price)
    costs = subset_costs(scenarios, sizes)
    for chosen in range(len(costs)):
        if chosen.bit_count() > 1:
            costs[chosen] += sum(more for i, more in enumerate(again) if chosen >> i & 1)
    least = [inf] * (layers + 1)
    for parts in partitions(layers):
        least[len(parts)] = min(least[len(parts)], sum(costs[part] for part in parts))
    atoms = Atoms.apart(scenarios, sizes, range(layers))
    for count in range(1, layers):
        groups = united(atoms, np.array(again, dtype=np.float64), count)
        best = min(least[1 : count + 1])
        assert best <= paid(scenarios, sizes, again, groups) <= best * (1 + 1e-8)


def test_without_the_best_of_all_ways_exchanges_leave_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unions, "EXACT", 0)
    exact, pairs, found = 0, 0.0, 0.0
    for seed in range(25):
        scenarios, sizes, again = made(seed, 9, 1 << 8)
        atoms, extra = Atoms.apart(scenarios, sizes, range(9)), np.array(again, dtype=np.float64)
        with monkeypatch.context() as whole:
            whole.setattr(unions, "EXACT", 9)
            best = paid(scenarios, sizes, again, united(atoms, extra, 4))
        merged = paid(scenarios, sizes, again, by_pairs(atoms, extra, 4))
        groups = paid(scenarios, sizes, again, united(atoms, extra, 4))
        assert best <= groups * (1 + 1e-8)
        pairs += merged / best - 1
        found += groups / best - 1
        exact += groups <= best * (1 + 1e-8)
    assert found < pairs / 3
    assert exact >= 18


def test_as_many_layers_as_no_engine_takes_are_merged_two_by_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unions, "_MANY", 12)
    differ = 0
    for seed in range(8):
        for layers in (12, 13):
            scenarios, sizes, again = made(seed, layers, 1 << 8)
            atoms, extra = Atoms.apart(scenarios, sizes, range(layers)), np.array(again, dtype=np.float64)
            same = united(atoms, extra, 4) == sorted(
                tuple(sorted(group)) for group in by_pairs(atoms, extra, 4)
            )
            assert same or layers == 12
            differ += not same
    assert differ
