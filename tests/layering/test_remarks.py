"""What of a request has no effect is said."""

from __future__ import annotations

from nixdive.layering.remarks import remarks
from nixdive.layering.request import PlanRequest
from tests.layering.made import closure_of

PATHS = closure_of([(), (0,)], ["glibc-2.39", "openssl-3.0.14-bin"]).paths


def test_what_is_as_its_words_say_needs_no_remark() -> None:
    rates = (("glibc", 0.1), ("openssl-*", 0.5), ("openssl-bin", 0.5), (PATHS[0], 1.0))
    assert remarks(PATHS, PlanRequest(max_layers=2, rates=rates), 2) == ()


def test_a_rate_that_matches_nothing_is_named_with_what_may_be_meant() -> None:
    rates = (("glibcc", 0.1), ("glibc", 0.5), ("zzz*", 0.5))
    assert remarks(PATHS, PlanRequest(rates=rates), 0) == (
        "rates: glibcc matches no store path; did you mean glibc?",
        "rates: zzz* matches no store path",
    )


def test_more_layers_than_the_budget_are_named() -> None:
    (remark,) = remarks(PATHS, PlanRequest(max_layers=2), 3)
    assert remark.startswith("3 layers are carried on into a budget of 2: ")
