"""The change model of a closure."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.closure.closure import Closure
from nixdive.layering.change.model import ChangeModel
from nixdive.layering.change.rates import KINDS, PackageSet, Rates
from nixdive.layering.change.scenarios import draw
from nixdive.store.path import PathGraph
from tests.closure.graphs import reached
from tests.examples import examples
from tests.layering.made import SEEDS, closure_of, random_closure


@examples(50)
@given(SEEDS)
def test_a_path_changes_with_all_that_it_needs(seed: int) -> None:
    closure = random_closure(seed)
    model = ChangeModel.of(closure)
    bits, own = model.scenarios.bits, model._own
    for i in closure.topological:
        expected = own[i].copy()
        for target in closure.references[i]:
            assert (bits[target] & ~bits[i] == 0).all()
            expected |= bits[target]
        assert (bits[i] == expected).all()
    assert model.scenarios.total == pytest.approx(1 << 40, rel=1e-6)
    assert int(model.scenarios.scale.weigh(~np.zeros_like(bits[0]))) == model.scenarios.total


@examples(50)
@given(SEEDS)
def test_the_order_of_the_input_changes_nothing(seed: int) -> None:
    closure = random_closure(seed)
    again = Closure.of(PathGraph("again", closure.infos[::-1]))
    one, other = ChangeModel.of(closure).scenarios, ChangeModel.of(again).scenarios
    assert (one.bits == other.bits).all()
    assert one.scale.weights.tolist() == other.scale.weights.tolist()


def test_outputs_of_one_derivation_change_together() -> None:
    names = ["openssl-3.0.14", "openssl-3.0.14-bin", "openssl-1.1.1", "zlib-1.3", "openssl-1.1.1-bin"]
    closure = closure_of([[]] * 5, names)
    rates = Rates(KINDS, np.full((5, 5), 0.2))
    rows = [row.tobytes() for row in ChangeModel.sampled(closure, rates).scenarios.bits]
    assert rows[0] == rows[1]
    assert rows[2] == rows[4]
    assert len({rows[0], rows[2], rows[3]}) == 3


@pytest.mark.parametrize("hashes", [[1, 2, 3], [3, 2, 1], [2, 3, 1], [1, 3, 2]])
def test_what_changes_together_is_not_a_matter_of_hashes(hashes: list[int]) -> None:
    """The only -bin is that of the older version."""
    names = ["openssl-3.0.14", "openssl-1.1.1", "openssl-1.1.1-bin"]
    closure = closure_of([[]] * 3, names, hashes=hashes)
    model = ChangeModel.sampled(closure, Rates(KINDS, np.full((3, 5), 0.2)))
    rows = {path.name: row.tobytes() for path, row in zip(closure.paths, model.scenarios.bits, strict=True)}
    assert rows[names[1]] == rows[names[2]]
    assert rows[names[0]] != rows[names[1]]
    words = [kind.words for kind in KINDS]
    newest = draw(["openssl"], np.full((1, 5), 0.2), words)
    assert rows[names[0]] == newest[0].tobytes(), "the newest one has the name of the package"


def test_members_of_a_set_change_in_the_same_releases() -> None:
    names = [f"python3.11-p{i}-1" for i in range(40)]
    happens = (0.0, 0.5, 0.0, 0.0, 0.0)
    rates = Rates(KINDS, np.zeros((40, 5)), (PackageSet("python", tuple(range(20)), happens, 0.5),))
    scenarios = ChangeModel.sampled(closure_of([[]] * 40, names), rates).scenarios
    assert not scenarios.bits[20:].any()
    counts = np.unpackbits(scenarios.bits[:20].view(np.uint8), axis=1).sum(axis=0)
    share = float((counts > 0).mean() * sum(kind.words for kind in KINDS) / KINDS[1].words)
    assert 0.4 < share < 0.6, "half of the lock file releases"
    assert 8 < counts[counts > 0].mean() < 12, "and half of the members in each"
    assert scenarios.probability(range(20)) == pytest.approx(0.06, abs=0.01)


def test_the_cause_is_what_changes_most_by_itself_in_or_below() -> None:
    closure = closure_of([[], [0], [1], []])
    own = np.zeros((4, 5))
    own[0], own[1] = 0.02, 0.3
    model = ChangeModel.sampled(closure, Rates(KINDS, own))
    cause = model.cause([2])
    assert cause is not None
    assert cause[0] == 1
    assert cause[1] == pytest.approx(0.3, abs=0.03)
    assert model.cause([3]) is None
    below = model.cause([0, 3])
    assert below is not None
    assert below[0] == 0
    assert below[1] == pytest.approx(0.02, abs=0.01)


@examples(50)
@given(SEEDS, st.data())
def test_the_cause_is_the_best_of_all_that_is_needed(seed: int, data: st.DataObject) -> None:
    closure = random_closure(seed)
    model = ChangeModel.of(closure)
    layer = data.draw(st.sets(st.integers(0, len(closure) - 1), min_size=1))
    weights = model.scenarios.scale.weigh(model._own).tolist()
    best = max(reached(closure, sorted(layer)), key=lambda i: (weights[i], -i))
    cause = model.cause(sorted(layer))
    assert cause == ((best, weights[best] / model.scenarios.total) if weights[best] else None)


@given(SEEDS, st.integers(1, 64))
def test_releases_that_were_seen_come_again(seed: int, releases: int) -> None:
    closure = random_closure(seed, 6)
    before = ChangeModel.of(closure)
    seen = np.random.default_rng(seed).integers(
        0, 1 << releases, len(closure), dtype=np.uint64, endpoint=False
    )
    after = before.with_releases(seen, releases)
    trust = releases / (releases + 10)
    for i, row in enumerate(seen.tolist()):
        expected = before.scenarios.probability([i]) * (1 - trust) + row.bit_count() / releases * trust
        assert after.scenarios.probability([i]) == pytest.approx(expected, abs=1e-6)
    assert after.observed == releases


def test_a_model_of_one_path() -> None:
    model = ChangeModel.of(closure_of([[]]))
    assert 0 < model.scenarios.probability([0]) < 1


@given(SEEDS, st.integers(0, 30), st.one_of(st.sampled_from([0.0, 0.9, 0.95, 1.0]), st.floats(0, 1)))
def test_what_somebody_says_of_a_path_holds_whatever_was_seen(seed: int, steps: int, wished: float) -> None:
    closure = random_closure(seed, 8)
    random = np.random.default_rng(seed)
    past = [
        closure_of(
            [list(row) for row in closure.references],
            [path.name for path in closure.paths],
            hashes=random.permutation(len(closure)).tolist(),
        )
        for _ in range(steps)
    ]
    chosen = closure.paths[int(random.integers(len(closure)))]
    model = ChangeModel.of(closure, past, [(chosen, wished)])
    at = closure.index[chosen]
    assert model.own_chance(at) == pytest.approx(wished, abs=5e-4)
    assert model.scenarios.probability([at]) >= model.own_chance(at) - 1e-9
    bits = model.scenarios.bits
    assert not any((bits[target] & ~bits[at]).any() for target in closure.references[at])
    above = [i for i, row in enumerate(closure.references) if at in row]
    assert not any((model._own[at] & ~bits[i]).any() for i in above), "it takes along what needs it"


@given(SEEDS, st.floats(0, 1), st.floats(0, 1))
def test_a_path_that_is_said_to_change_more_often_changes_in_more_releases(
    seed: int, one: float, other: float
) -> None:
    closure = random_closure(seed, 6)
    few, many = (ChangeModel.of(closure, (), [(closure.paths[0], rate)]) for rate in sorted((one, other)))
    assert not (few._own[0] & ~many._own[0]).any()
