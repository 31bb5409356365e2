"""What the search works on."""

from __future__ import annotations

import random  # noqa: TC003

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.layering.change.scenarios import Scale, Scenarios
from nixdive.layering.churn.atoms import Atoms, best_cut
from nixdive.layering.churn.draft import Draft
from tests.layering.made import SEEDS, random_scenarios


@given(SEEDS, st.integers(1, 40))
def test_what_changes_alike_is_one_atom(seed: int, count: int) -> None:
    scenarios, sizes = random_scenarios(seed, count)
    atoms = Atoms.of(scenarios, sizes, range(count))
    assert sorted(i for one in atoms.members for i in one) == list(range(count))
    assert len({row.tobytes() for row in atoms.bits}) == len(atoms)
    for one, size, row in zip(atoms.members, atoms.sizes, atoms.bits, strict=True):
        assert size == sum(sizes[i] for i in one)
        assert (scenarios.bits[list(one)] == row).all()
    for places in atoms.orders:
        assert sorted(places.tolist()) == list(range(len(atoms)))
    by_weight = np.argsort(atoms.orders[0])
    assert (np.diff(atoms.weights[by_weight]) >= 0).all()


@given(SEEDS, st.integers(2, 20))
def test_larger_atoms_are_all_of_the_smaller_ones(seed: int, count: int) -> None:
    scenarios, sizes = random_scenarios(seed, count)
    atoms = Atoms.apart(scenarios, sizes, range(count))
    joined = atoms.joined([np.arange(0, count, 2), np.arange(1, count, 2)])
    assert joined.members == (tuple(range(0, count, 2)), tuple(range(1, count, 2)))
    assert joined.sizes.tolist() == [sum(sizes[::2]), sum(sizes[1::2])]
    assert joined.weigh(joined.bits).tolist() == [
        int(scenarios.scale.weigh(scenarios.union(range(at, count, 2)))) for at in (0, 1)
    ]


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1 << 20, 1 << 30)), min_size=1, max_size=5),
    st.integers(1, 5),
)
def test_fewer_scenarios_weigh_as_much(parts: list[tuple[int, int]], by: int) -> None:
    """However few words a kind of release has, like the one of what was seen, its share stays what it is."""
    words = sum(count for count, _ in parts)
    bits = np.zeros((len(parts) + 1, words), dtype=np.uint64)
    bits[-1] = ~np.uint64(0)
    scale = Scale.of(parts)
    for row, start, (count, _) in zip(bits, scale.starts.tolist(), parts, strict=False):
        row[start : start + count] = ~np.uint64(0)
    total = int(scale.weigh(bits[-1]))
    atoms = Atoms.apart(Scenarios(bits, scale, total), [1] * len(bits), range(len(bits)))
    thin = atoms.thinned(by)
    assert thin.bits.shape[1] < words or by == 1 or words == len(parts)
    assert thin.weights.tolist() == pytest.approx(atoms.weights.tolist(), rel=1e-5)


@given(SEEDS, st.integers(1, 40), st.integers(1, 8))
def test_layers_cost_what_they_cost_at_least(seed: int, paths: int, layers: int) -> None:
    scenarios, sizes = random_scenarios(seed, paths)
    atoms = Atoms.apart(scenarios, sizes, range(paths))
    named = [np.arange(at, paths, layers) for at in range(min(layers, paths))]
    assert atoms.at_least(named) <= Draft(atoms, named).cost


@given(SEEDS, st.integers(2, 40), st.randoms(use_true_random=False))
def test_a_cut_that_is_remembered_is_the_best_one(seed: int, paths: int, dice: random.Random) -> None:
    scenarios, sizes = random_scenarios(seed, paths)
    atoms = Atoms.apart(scenarios, sizes, range(paths))
    order = list(range(paths))
    for _ in range(3):
        dice.shuffle(order)
        layer = np.array(order[: dice.randrange(1, paths + 1)], dtype=np.int64)
        first, again, best = atoms.cut(layer), atoms.cut(layer[::-1]), best_cut(atoms, layer)
        assert first is again
        assert first.gain == best.gain
        if best.gain:
            assert (first.low.tolist(), first.high.tolist()) == (best.low.tolist(), best.high.tolist())


@given(SEEDS, st.sampled_from([1, 2, 3, 30, 64, 65, 90]))
def test_the_best_cut_is_the_best_of_all_between_neighbours(seed: int, paths: int) -> None:
    atoms = Atoms.apart(*random_scenarios(seed, paths), range(paths))
    layer = np.arange(paths)
    whole = Draft(atoms, [layer]).cost
    costs = [whole]
    for places in atoms.orders:
        order = np.argsort(places)
        costs += [Draft(atoms, [order[:at], order[at:]]).cost for at in range(1, paths)]
    cut = best_cut(atoms, layer)
    assert cut.gain == pytest.approx(whole - min(costs), abs=whole * 1e-12)
    assert sorted([*cut.low.tolist(), *cut.high.tolist()]) == layer.tolist()
    parts = [part for part in (cut.low, cut.high) if len(part)]
    assert Draft(atoms, parts).cost == pytest.approx(min(costs))
