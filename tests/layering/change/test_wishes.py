"""Rates that the user gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.layering.change.history import observe
from nixdive.layering.change.model import ChangeModel
from nixdive.layering.change.prior import KINDS, prior
from nixdive.layering.change.rates import Kind, PackageSet, Rates
from nixdive.layering.change.wishes import granted
from tests.layering.made import SEEDS, closure_of, random_closure, version

NAMES = (
    "openssl-3.0.14",
    "openssl-3.0.14-bin",
    "python3.11-a-1",
    "python3.11-b-1",
    "python3.11-c-1",
    "app-1",
)
ROWS: tuple[list[int], ...] = ([], [0], [0], [2], [3], [1, 4])


def mean(rates: Rates, i: int) -> float:
    return float(sum(rates.own[i, at] * kind.share for at, kind in enumerate(rates.kinds)))


@given(SEEDS, st.sampled_from([0.0, 1e-4, 0.3, 0.99, 1.0]))
def test_a_path_changes_by_itself_as_often_as_wished(seed: int, wished: float) -> None:
    closure = random_closure(seed, 12)
    rates = granted(closure, prior(closure), [(closure.paths[0], wished)])
    assert mean(rates, 0) == pytest.approx(wished, abs=1e-6)
    assert (rates.own >= 0).all()
    assert (rates.own <= 1 + 1e-9).all()


@given(
    st.lists(st.one_of(st.just(0.0), st.floats(1e-9, 1)), min_size=5, max_size=5),
    st.one_of(st.sampled_from([0.0, 0.3, 1.0]), st.floats(0, 1)),
    st.integers(0, 64),
)
def test_whatever_the_kinds_of_release_are(own: list[float], wished: float, releases: int) -> None:
    # shares as a history leaves them: they add up to 1 but for rounding
    kinds = tuple(
        Kind(kind.name, (kind.share * 4 + (releases if i == 0 else 0)) / (releases + 4), 4)
        for i, kind in enumerate(KINDS)
    )
    rates = granted(closure_of([[]]), Rates(kinds, np.array([own])), [("*", wished)])
    assert mean(rates, 0) == pytest.approx(wished, abs=1e-6)
    assert rates.own.min() >= 0
    assert rates.own.max() <= 1 + 1e-9


def test_the_kinds_of_release_keep_their_proportions() -> None:
    closure = closure_of(ROWS, NAMES)
    before = prior(closure)
    after = granted(closure, before, [("openssl-bin", 0.01)])
    assert after.own[1] / before.own[1] == pytest.approx(np.full(5, after.own[1, 0] / before.own[1, 0]))
    assert (after.own[[0, 2, 3, 4, 5]] == before.own[[0, 2, 3, 4, 5]]).all()
    assert granted(closure, before, []) is before


@pytest.mark.parametrize(
    ("pattern", "matched"),
    [
        ("openssl", {0, 1}),
        ("openssl-bin", {1}),
        ("openssl-3.0.14", {0}),
        ("openssl*", {0, 1}),
        ("/nix/store/*-app-1", {5}),
        ("python3.11-[ab]", {2, 3}),
        ("App", set()),
        ("", set()),
        ("nothing", set()),
    ],
)
def test_patterns_are_those_of_pins(pattern: str, matched: set[int]) -> None:
    closure = closure_of(ROWS, NAMES)
    rates = granted(closure, prior(closure), [(pattern, 0.123)])
    assert {i for i in range(6) if mean(rates, i) == pytest.approx(0.123)} == matched


def test_the_first_match_holds() -> None:
    closure = closure_of(ROWS, NAMES)
    rates = granted(closure, prior(closure), [("app", 0.2), ("openssl-bin", 0), ("*", 0.4), ("openssl", 1)])
    assert [round(mean(rates, i), 6) for i in range(6)] == [0.4, 0.0, 0.4, 0.4, 0.4, 0.2]


def test_who_has_a_wish_leaves_its_set() -> None:
    closure = closure_of(ROWS, NAMES)
    python = PackageSet("python", (2, 3, 4), (0.0, 0.5, 0.0, 0.3, 0.3), 0.12)
    rates = replace(prior(closure), sets=(python,))
    assert granted(closure, rates, [("app", 0.5)]).sets == (python,)
    assert granted(closure, rates, [("python3.11-b", 0.5)]).sets == (replace(python, members=(2, 4)),)
    assert granted(closure, rates, [("python*", 0.5)]).sets == ()


@pytest.mark.parametrize("count", range(8))
def test_always_is_always_whatever_was_seen(count: int) -> None:
    past = [version(ROWS, NAMES, [at, at, at, 0, 0, 9 - at]) for at in range(count)]
    closure = version(ROWS, NAMES, [50] * 6)
    rates = observe((*past, closure), prior(closure)).rates
    for wished in (0.0, 1.0):
        found = granted(closure, rates, [("*", wished)])
        assert [mean(found, i) for i in range(6)] == pytest.approx([wished] * 6)
    alone = ChangeModel.of(closure_of(ROWS, NAMES), (), [("app", 1), ("*", 0)])
    chances = alone.scenarios.chances
    assert chances[:5].tolist() == [0] * 5
    assert chances[5] == 1
