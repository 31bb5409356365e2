"""Which images clients are tried with: a few that stand for all combinations."""

from __future__ import annotations

import itertools

from tests.conformance.combinations import BASES, BUDGETS, combinations


def test_every_two_choices_meet_in_an_image() -> None:
    few, every = list(combinations()), list(combinations(every=True))
    met = set(itertools.chain.from_iterable(way.pairs() for way in few))
    assert met == set(itertools.chain.from_iterable(way.pairs() for way in every))
    assert len(few) < len(every) / 10
    assert not any(way.budget == BUDGETS[0] and way.base != BASES[0] for way in every)
