"""Scenarios: their weights, and how they are drawn by name."""

from __future__ import annotations

import pickle
from itertools import pairwise
from math import fsum
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.layering.change import scenarios as module
from nixdive.layering.change.scenarios import Scale, draw
from tests.layering.made import SEEDS, cost_of, flags_of, random_scenarios, weights_of

if TYPE_CHECKING:
    from random import Random


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


def test_of_no_layers_and_of_empty_ones_nothing_is_sent() -> None:
    scenarios, sizes = random_scenarios(1, 3)
    assert scenarios.expected([], sizes) == 0
    assert scenarios.expected([[], []], sizes) == 0
    assert scenarios.expected([[], [1, 2], []], sizes) == scenarios.expected([[1, 2]], sizes) > 0


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


@given(SEEDS, st.integers(2, 9), st.sets(st.integers(1, 8)))
def test_what_is_known_of_some_layers_changes_no_cost(seed: int, count: int, ends: set[int]) -> None:
    scenarios, sizes = random_scenarios(seed, count)
    edges = [0, *sorted(end for end in ends if end < count), count]
    layers = [range(start, end) for start, end in pairwise(edges)]
    cost = scenarios.expected(layers, sizes)
    assert scenarios.expected(layers, sizes) == cost
    for known in layers:
        anew, _ = random_scenarios(seed, count)
        anew.probability(known)
        both = anew.expected([*layers, known], sizes)
        assert both == scenarios.expected([known, *layers], sizes)
        assert both == pytest.approx(cost + scenarios.expected([known], sizes))


@given(SEEDS, st.integers(2, 9), st.randoms(use_true_random=False))
def test_a_cost_is_the_same_in_every_order_and_so_on_every_python(
    seed: int, count: int, random: Random
) -> None:
    """sum() adds floats one after the other before Python 3.12, and with compensation from there on."""
    scenarios, sizes = random_scenarios(seed, count)
    layers = [[i] for i in range(count)]
    cost = scenarios.expected(layers, sizes)
    random.shuffle(layers)
    assert scenarios.expected(layers, sizes) == cost
    assert cost == fsum(size * chance for size, chance in zip(sizes, scenarios.chances.tolist(), strict=True))


def test_a_set_of_paths_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """And again once too many are kept, or in another process; nobody can change what is kept."""
    scenarios, _ = random_scenarios(1, 6)
    chance, union = scenarios.probability([1, 2, 3]), scenarios.union((1, 2, 3))
    assert scenarios.union(iter((1, 2, 3))) is union
    with pytest.raises(ValueError, match="read-only"):
        union |= union
    there = pickle.loads(pickle.dumps(scenarios))
    assert there._sets.find((1, 2, 3)) is None
    assert there.probability([1, 2, 3]) == chance
    monkeypatch.setattr(module, "_KEPT", 4)
    scenarios.union([4, 5])
    assert scenarios._sets.find((1, 2, 3)) is None
    assert scenarios.union([1, 2, 3]) is not union
    assert (scenarios.union([1, 2, 3]) == union).all()


TEXTS = st.lists(st.text(max_size=8), min_size=1, max_size=12, unique=True)
RATES = st.floats(0, 1)


def of(name: str, rate: float, words: int) -> list[int]:
    found: list[int] = draw([name], np.array([[rate]]), [words])[0].tolist()
    return found


@given(TEXTS)
def test_never_is_never_and_always_is_always(names: list[str]) -> None:
    rates = np.array([[0.0, 1.0]] * len(names))
    assert (draw(names, rates, [3, 2]) == [[0] * 3 + [(1 << 64) - 1] * 2] * len(names)).all()


@pytest.mark.parametrize("rate", [0.001, 0.03, 0.5, 0.97])
def test_it_happens_as_often_as_the_rate_says(rate: float) -> None:
    names = [f"package-{i}" for i in range(600)]
    bits = draw(names, np.full((600, 1), rate), [8])
    count = bits.size * 64
    spread = (rate * (1 - rate) / count) ** 0.5
    assert abs(int(np.bitwise_count(bits).sum()) / count - rate) < 4 * spread + 1 / (1 << 17)
    each = np.bitwise_count(bits).sum(axis=1) / 512
    assert abs(each.var() / (rate * (1 - rate) / 512) - 1) < 0.3, "names draw apart from each other"
    scenarios = np.unpackbits(bits.view(np.uint8), axis=1).mean(axis=0)
    assert abs(scenarios.var() / (rate * (1 - rate) / 600) - 1) < 0.3, "and so do scenarios"


@given(st.text(max_size=12), RATES, RATES)
def test_a_higher_rate_only_adds(name: str, one: float, other: float) -> None:
    low, high = (np.array(of(name, rate, 6), dtype=np.uint64) for rate in sorted((one, other)))
    assert (low & ~high == 0).all()


@given(TEXTS, st.data())
def test_nobody_else_matters(names: list[str], data: st.DataObject) -> None:
    rates = np.array([[data.draw(RATES), data.draw(RATES)] for _ in names])
    together = draw(names, rates, [2, 3])
    order = data.draw(st.permutations(range(len(names))))
    some = order[: data.draw(st.integers(1, len(names)))]
    assert (draw([names[i] for i in some], rates[some], [2, 3]) == together[some]).all()


def test_many_names_are_drawn_as_few_are() -> None:
    names = [f"p{i}" for i in range(1300)]
    bits = draw(names, np.full((1300, 1), 0.3), [2])
    for i in (0, 511, 512, 1024, 1299):
        assert bits[i].tolist() == of(names[i], 0.3, 2)
    assert len({row.tobytes() for row in bits}) == 1300


def test_rates_outside_are_clipped_and_odd_names_are_drawn() -> None:
    assert of("x", 7.5, 1) == [(1 << 64) - 1]
    assert of("x", -0.5, 1) == [0]
    assert of("\udcff", 0.5, 1) != of("", 0.5, 1)


def test_no_release_draws_otherwise() -> None:
    """Other draws would change the layers of everybody."""
    assert of("openssl", 0.3, 2) == GOLDEN["openssl"]
    assert of("python3.11-flask", 0.02, 2) == GOLDEN["python3.11-flask"]


GOLDEN = {
    "openssl": [11538648873188934996, 2514384394957886984],
    "python3.11-flask": [2147483680, 8589934592],
}


@given(st.lists(st.floats(0, 1), min_size=2, max_size=2), st.text(max_size=8))
def test_rows_that_are_drawn_exactly_have_as_many_bits_as_they_should(rates: list[float], name: str) -> None:
    words = [3, 40]
    both = draw([name, name], np.array([rates, rates]), words, [1])
    counts = np.bitwise_count(both[1]).astype(int)
    assert counts[:3].sum() == round(rates[0] * 192)
    assert counts[3:].sum() == round(rates[1] * 2560)
    chance, exact = (np.unpackbits(row.view(np.uint8)).astype(int) for row in both)
    differ = abs(chance[:192].sum() - exact[:192].sum()) + abs(chance[192:].sum() - exact[192:].sum())
    assert (chance != exact).sum() == differ, "as few differ as can be"
