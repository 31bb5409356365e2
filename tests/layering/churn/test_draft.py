"""Layers while the search changes them: what is known of them is always what they hold."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.layering.churn.atoms import Atoms, best_cut
from nixdive.layering.churn.draft import Draft
from nixdive.layering.churn.hierarchy import BottomUp, TopDown
from nixdive.layering.churn.moves import exchange, fill, move
from tests.examples import examples
from tests.layering.made import SEEDS, cost_of, random_scenarios


def made(seed: int, paths: int, layers: int) -> tuple[Draft, list[int]]:
    scenarios, sizes = random_scenarios(seed, paths)
    homes = np.random.default_rng(seed).integers(0, layers, paths)
    parts = [np.flatnonzero(homes == at) for at in range(layers)]
    return Draft(Atoms.apart(scenarios, sizes, range(paths)), [part for part in parts if len(part)]), sizes


def check(draft: Draft, sizes: list[int]) -> None:
    assert sorted(np.concatenate(draft.layers).tolist()) == list(range(len(sizes)))
    fresh = Draft(draft.atoms, draft.layers)
    assert draft.sizes.tolist() == fresh.sizes.tolist()
    assert (draft.bits == fresh.bits).all()
    assert draft.weights.tolist() == fresh.weights.tolist()
    for at in range(len(draft)):
        assert draft.cut(at).gain == best_cut(draft.atoms, draft.layers[at]).gain


@examples(50)
@given(SEEDS, st.integers(2, 40), st.integers(1, 8))
def test_every_step_saves_and_tells_the_truth(seed: int, paths: int, layers: int) -> None:
    draft, sizes = made(seed, paths, layers)
    count = len(draft) + 2
    glance = draft.atoms.thinned(4)
    cost = draft.cost
    for step in (
        lambda: move(draft, glance),
        lambda: exchange(draft),
        lambda: fill(draft, count),
        lambda: move(draft, glance),
        lambda: exchange(draft),
    ):
        layout = [layer.tolist() for layer in draft.layers]
        done = step()
        check(draft, sizes)
        assert draft.cost <= cost * (1 + 1e-12)
        if done:
            assert draft.cost < cost
        elif done is not None:
            assert [layer.tolist() for layer in draft.layers] == layout
        cost = draft.cost
    assert len(draft) <= count


@given(SEEDS, st.integers(1, 30))
def test_the_best_cut_gains_what_it_says(seed: int, paths: int) -> None:
    scenarios, sizes = random_scenarios(seed, paths)
    atoms = Atoms.apart(scenarios, sizes, range(paths))
    cut = best_cut(atoms, np.arange(paths))
    assert sorted([*cut.low.tolist(), *cut.high.tolist()]) == list(range(paths))
    parts = [part.tolist() for part in (cut.low, cut.high) if len(part)]
    whole = cost_of(scenarios, sizes, [range(paths)])
    assert whole - cost_of(scenarios, sizes, parts) == pytest.approx(cut.gain, rel=1e-9, abs=whole * 1e-12)
    if paths == 2:
        assert cut.gain == pytest.approx(
            whole - cost_of(scenarios, sizes, [[0], [1]]), rel=1e-9, abs=whole * 1e-12
        )


@examples(50)
@given(SEEDS, st.integers(2, 20), st.integers(1, 6))
def test_what_a_merge_costs(seed: int, paths: int, layers: int) -> None:
    draft, sizes = made(seed, paths, layers)
    for at in range(len(draft)):
        costs = draft.merges(at)
        assert costs[at] == np.inf
        for other in set(range(len(draft))) - {at}:
            rest = [layer for one, layer in enumerate(draft.layers) if one not in {at, other}]
            merged = Draft(draft.atoms, [*rest, np.concatenate([draft.layers[at], draft.layers[other]])])
            check(merged, sizes)
            assert merged.cost - draft.cost == pytest.approx(costs[other], rel=1e-6, abs=draft.cost * 1e-12)


@examples(50)
@given(SEEDS, st.integers(2, 60), st.integers(1, 40))
def test_all_at_once_is_the_same_to_the_last_bit_as_one_by_one(seed: int, paths: int, layers: int) -> None:
    draft, _ = made(seed, paths, layers)
    unions = np.empty_like(draft.bits)
    one_by_one = [draft.atoms.unite(layer, row) for layer, row in zip(draft.layers, unions, strict=True)]
    assert one_by_one == [*zip(draft.sizes, draft.weights, strict=True)]
    assert (unions == draft.bits).all()
    assert (draft.pairs() == [draft.merges(at) for at in range(len(draft))]).all()


@examples(50)
@given(SEEDS, st.integers(1, 60), st.sampled_from([0.0, 1e12]))
def test_no_pair_costs_less_than_the_one_that_is_merged(seed: int, paths: int, dear: float) -> None:
    scenarios, sizes = random_scenarios(seed, paths)
    atoms = Atoms.apart(scenarios, sizes, range(paths))
    again = np.random.default_rng(seed).random(paths) * dear
    merges = BottomUp(atoms, [np.array([i]) for i in range(paths)], again)
    for done, (before, after) in enumerate(pairwise(merges.costs)):
        layers = merges.layers(paths - done)
        besides = np.array([again[layer[0]] if len(layer) == 1 else 0.0 for layer in layers])
        costs = Draft(atoms, layers).pairs() + besides + besides[:, None]
        assert after == before + costs.min(), "to the last bit"


@examples(50)
@given(SEEDS, st.integers(1, 25))
def test_from_the_bottom_the_cheapest_merge_is_made_each_time(seed: int, paths: int) -> None:
    scenarios, sizes = random_scenarios(seed, paths)
    atoms = Atoms.apart(scenarios, sizes, range(paths))
    singles = [np.array([i]) for i in range(paths)]
    merges = BottomUp(atoms, singles)
    draft = Draft(atoms, singles)
    for count in range(paths, 0, -1):
        layers = merges.layers(count)
        assert len(layers) == count
        assert sorted(np.concatenate(layers).tolist()) == list(range(paths))
        assert Draft(atoms, layers).cost == pytest.approx(draft.cost, rel=1e-9)
        if count > 1:
            least = min(float(draft.merges(at).min()) for at in range(count))
            draft = Draft(atoms, merges.layers(count - 1))
            assert draft.cost - Draft(atoms, layers).cost == pytest.approx(
                least, rel=1e-6, abs=draft.cost * 1e-12
            )
    assert merges.layers(0)
    assert len(merges.layers(paths + 5)) == paths


@examples(50)
@given(SEEDS, st.integers(1, 25), st.lists(st.integers(1, 30), min_size=1, max_size=4))
def test_from_the_top_each_number_of_layers_is_a_cut_of_the_one_before(
    seed: int, paths: int, counts: list[int]
) -> None:
    scenarios, sizes = random_scenarios(seed, paths)
    atoms = Atoms.of(scenarios, sizes, range(paths))
    cuts = TopDown(atoms)
    for count in counts:
        layers = cuts.layers(count)
        assert sorted(np.concatenate(layers).tolist()) == list(range(len(atoms)))
        assert len(layers) <= count
        if len(layers) < count:
            assert all(best_cut(atoms, layer).gain == 0 for layer in layers)
        before = {frozenset(layer.tolist()) for layer in cuts.layers(count - 1)}
        assert len({frozenset(layer.tolist()) for layer in layers} - before) in {0, 2} or count == 1
