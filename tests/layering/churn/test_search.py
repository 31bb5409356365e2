"""The search: what it finds, held against the optimum."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nixdive.errors import Cancelled
from nixdive.layering.change.scenarios import Scale, Scenarios
from nixdive.layering.churn import search
from nixdive.layering.churn.atoms import Atoms
from nixdive.layering.churn.search import EXACT, Near, Search, optimum
from nixdive.progress import NullProgress, wanted
from tests.examples import examples
from tests.layering.made import SEEDS, cost_of, optima, random_scenarios

if TYPE_CHECKING:
    from collections.abc import Sequence


def found(scenarios: Scenarios, sizes: Sequence[int], count: int) -> list[list[int]]:
    layers = Search(scenarios, sizes, range(len(sizes))).layers(count)
    assert sorted(i for layer in layers for i in layer) == list(range(len(sizes)))
    assert all(layers)
    assert len(layers) <= count
    return layers


def test_a_search_that_is_stopped_anywhere_finds_the_same_later() -> None:
    scenarios, sizes = random_scenarios(3, 60)
    whole = Search(scenarios, sizes, range(60)).layers(9)

    class Counts(NullProgress):
        """Stops at the so manieth time that it is asked."""

        left = 0

        def cancelled(self) -> bool:
            self.left -= 1
            return self.left < 0

    asked, stops = Counts(), 0
    engine = Search(scenarios, sizes, range(60))
    with wanted(asked):
        while True:
            asked.left = stops
            try:
                again = engine.layers(9)
                break
            except Cancelled:
                stops += 1
    assert stops > 3
    assert again == whole


@examples(40)
@given(SEEDS, st.integers(1, 8))
def test_few_paths_are_laid_out_at_the_least_cost(seed: int, paths: int) -> None:
    scenarios, sizes = random_scenarios(seed, paths)
    engine = Search(scenarios, sizes, range(paths))
    for count, least in enumerate(optima(scenarios, sizes), 1):
        assert cost_of(scenarios, sizes, engine.layers(count)) == pytest.approx(least, rel=1e-8)


def test_without_the_exact_search_little_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "EXACT", 0)
    excess = []
    for seed in range(60):
        scenarios, sizes = random_scenarios(seed, 8)
        engine = Search(scenarios, sizes, range(8))
        for count, least in enumerate(optima(scenarios, sizes)[1:5], 2):
            if least:
                excess.append(cost_of(scenarios, sizes, engine.layers(count)) / least - 1)
    assert len(excess) > 200
    assert min(excess) > -1e-9
    assert sum(excess) / len(excess) < 0.01
    assert max(excess) < 0.15


@example(seed=65353, paths=35, count=1)  # one of three has no size, and no cut in two saves anything
@examples(50)
@given(SEEDS, st.integers(12, 40), st.integers(1, 12))
def test_no_merge_saves_and_more_layers_cost_no_more(seed: int, paths: int, count: int) -> None:
    scenarios, sizes = random_scenarios(seed, paths)
    layers = found(scenarios, sizes, count)
    cost = cost_of(scenarios, sizes, layers)
    for at, layer in enumerate(layers):
        for other in range(at):
            merged = [*layers[:other], *layers[other + 1 : at], *layers[at + 1 :], layer + layers[other]]
            assert cost_of(scenarios, sizes, merged) >= cost
        if len(layer) > 1:
            parts = [*layers[:at], *layers[at + 1 :], layer[::2], layer[1::2]]
            assert cost_of(scenarios, sizes, parts) <= cost
    assert cost_of(scenarios, sizes, found(scenarios, sizes, paths)) == cost_of(
        scenarios, sizes, [[i] for i in range(paths)]
    )


@example(seed=30, paths=42)  # what is found first for 13 layers is better than what is found first for 14
@example(seed=191, paths=53)  # for 16 it is better than for 17 and for 18
@examples(30, derandomize=True)  # what is found for four counts in a row may be worse, which is rare
@given(SEEDS, st.integers(12, 60))
def test_room_for_one_more_layer_costs_no_more(seed: int, paths: int) -> None:
    scenarios, sizes = random_scenarios(seed, paths)
    engine = Search(scenarios, sizes, range(paths))
    costs = [cost_of(scenarios, sizes, engine.layers(count)) for count in range(1, paths + 1)]
    assert all(after <= before * (1 + 1e-9) for before, after in pairwise(costs))


@examples(20)
@given(SEEDS, st.integers(12, 40), st.lists(st.integers(1, 40), max_size=5))
def test_layers_do_not_depend_on_what_was_asked_before(seed: int, paths: int, before: list[int]) -> None:
    scenarios, sizes = random_scenarios(seed, paths)
    engine = Search(scenarios, sizes, range(paths))
    for count in before:
        engine.layers(count)
    assert engine.layers(9) == found(scenarios, sizes, 9)


@examples(50)
@given(SEEDS, st.integers(2, 30), st.integers(1, 6), st.data())
def test_what_others_have_is_no_better(seed: int, paths: int, count: int, data: st.DataObject) -> None:
    scenarios, sizes = random_scenarios(seed, paths)
    homes = data.draw(st.lists(st.integers(0, count - 1), min_size=paths, max_size=paths))
    other = [[i for i in range(paths) if homes[i] == layer] for layer in sorted(set(homes))]
    engine = Search(scenarios, sizes, range(paths))
    layers = engine.layers(count, [other])
    assert sorted(i for layer in layers for i in layer) == list(range(paths))
    cost = cost_of(scenarios, sizes, layers)
    assert cost <= cost_of(scenarios, sizes, other) * (1 + 1e-9)
    assert cost <= cost_of(scenarios, sizes, engine.layers(count)) * (1 + 1e-9)


def test_what_others_have_is_taken_up_where_it_is_better(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "EXACT", 0)
    better = 0
    for seed in range(40):
        scenarios, sizes = random_scenarios(seed, 9)
        engine = Search(scenarios, sizes, range(9))
        layers = optimum(Atoms.apart(scenarios, sizes, range(9)), 3, math.inf)
        assert layers is not None
        best = [layer.tolist() for layer in layers]
        least = cost_of(scenarios, sizes, best)
        better += least < cost_of(scenarios, sizes, engine.layers(3)) * (1 - 1e-6)
        assert cost_of(scenarios, sizes, engine.layers(3, [best])) == pytest.approx(least, rel=1e-8)
    assert better


@examples(50)
@given(SEEDS, st.integers(2, 30), st.sets(st.integers(0, 29), min_size=1))
def test_only_the_paths_asked_for_are_laid_out(seed: int, paths: int, chosen: set[int]) -> None:
    scenarios, sizes = random_scenarios(seed, 30)
    some = sorted(chosen)
    layers = Search(scenarios, sizes, some).layers(3)
    assert sorted(i for layer in layers for i in layer) == some


@examples(50)
@given(SEEDS, st.sets(st.integers(0, 29), min_size=1), st.integers(1, 12), st.sampled_from([6, 2000]))
def test_the_search_for_all_goes_on_with_some(seed: int, chosen: set[int], count: int, pieces: int) -> None:
    scenarios, sizes = random_scenarios(seed, 30)
    some = sorted(chosen)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "PIECES", pieces)
        layers = Search(scenarios, sizes, some, Search(scenarios, sizes, range(30))).layers(count)
    assert sorted(i for layer in layers for i in layer) == some
    assert all(layers)
    assert len(layers) <= count


def test_going_on_with_some_loses_little() -> None:
    excess = []
    for seed in range(30):
        scenarios, sizes = random_scenarios(seed, 40)
        whole = Search(scenarios, sizes, range(40))
        some = [path for path in range(40) if path % 8]
        for count in (3, 9):
            anew = cost_of(scenarios, sizes, Search(scenarios, sizes, some).layers(count))
            went_on = cost_of(scenarios, sizes, Search(scenarios, sizes, some, whole).layers(count))
            excess.append(went_on / anew - 1)
    assert sum(excess) / len(excess) < 0.01
    assert max(excess) < 0.1


@examples(20)
@given(SEEDS, st.lists(st.integers(1, 40), min_size=2, max_size=4))
def test_what_was_asked_before_does_not_matter(seed: int, counts: list[int]) -> None:
    scenarios, sizes = random_scenarios(seed, 40)
    engine = Search(scenarios, sizes, range(40))
    for count in counts:
        assert engine.layers(count) == Search(scenarios, sizes, range(40)).layers(count)


def test_what_changes_alike_is_together_and_no_layer_is_used_in_vain() -> None:
    bits = np.repeat(np.array([[0], [3], [4]], dtype=np.uint64), 4, axis=0).repeat(4, axis=1)
    scenarios = Scenarios(bits, Scale.of([(4, 1)]), 256)
    layers = found(scenarios, [10] * 12, 12)
    assert sorted(map(sorted, layers)) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]


@pytest.mark.parametrize("size", [0, 1, 1 << 62])
def test_paths_of_one_size(size: int) -> None:
    scenarios, _ = random_scenarios(5, 60)
    layers = found(scenarios, [size] * 60, 7)
    cost = cost_of(scenarios, [size] * 60, layers)
    assert cost <= cost_of(scenarios, [size] * 60, [range(at, 60, 7) for at in range(7)])


def test_huge_and_tiny_together() -> None:
    """The least of 2^62 bytes is lost in a sum of doubles, but no path is."""
    scenarios, _ = random_scenarios(11, 80)
    sizes = [1 << 62 if i % 3 else i % 2 for i in range(80)]
    for count in (1, 2, 9, 80):
        found(scenarios, sizes, count)


def test_nothing_ever_changes() -> None:
    scenarios = Scenarios(np.zeros((30, 8), dtype=np.uint64), Scale.of([(8, 1)]), 512)
    assert len(found(scenarios, [5] * 30, 9)) == 1


def test_everything_always_changes() -> None:
    scenarios = Scenarios(np.full((30, 8), ~np.uint64(0)), Scale.of([(8, 1)]), 512)
    assert len(found(scenarios, [5] * 30, 9)) == 1


def test_more_atoms_than_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    scenarios, sizes = random_scenarios(3, 200)
    fine = cost_of(scenarios, sizes, found(scenarios, sizes, 10))
    monkeypatch.setattr(search, "PIECES", 60)
    monkeypatch.setattr(search, "_START", 30)
    assert cost_of(scenarios, sizes, found(scenarios, sizes, 10)) < 1.2 * fine


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
    scenarios, sizes = random_scenarios(8, EXACT)
    layers = optimum(Atoms.apart(scenarios, sizes, range(EXACT)), 4, math.inf)
    assert layers is not None
    assert sum(map(len, layers)) == EXACT


@examples(30)
@given(SEEDS, st.integers(2, 40), st.integers(1, 8))
def test_what_is_near_costs_no_more_than_what_it_started_from(seed: int, paths: int, count: int) -> None:
    scenarios, sizes = random_scenarios(seed, paths)
    start = [list(range(at, paths, count)) for at in range(min(count, paths))]
    layers = Near(scenarios, sizes, range(paths)).layers(start, count)
    assert sorted(i for layer in layers for i in layer) == list(range(paths))
    assert all(layers)
    assert len(layers) <= count
    assert cost_of(scenarios, sizes, layers) <= cost_of(scenarios, sizes, start) * (1 + 1e-9)


@examples(30)
@given(SEEDS, st.integers(4, 40), st.integers(1, 8))
def test_what_else_there_is_makes_no_difference_to_what_is_near(seed: int, paths: int, count: int) -> None:
    scenarios, sizes = random_scenarios(seed, paths)
    shared = Near(scenarios, sizes, range(paths))
    for some in (range(0, paths, 2), range(paths // 3, paths)):
        start = [list(some[at::count]) for at in range(min(count, len(some)))]
        assert shared.layers(start, count) == Near(scenarios, sizes, some).layers(start, count)
