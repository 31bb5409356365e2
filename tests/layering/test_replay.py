"""Histories: what was pushed, what was unavoidable, and what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nixdive.layering.replay import replay, unavoidable
from nixdive.layering.request import PlanRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from nixdive.closure.closure import Closure

REDIS = [f"debstore-redis-{version}.path-info.json.gz" for version in ("v1", "v1c", "v2", "v3")]


@pytest.mark.parametrize("carried", [False, True])
@pytest.mark.parametrize("strategy", ["churn", "nixpkgs", "popularity", "each", "single"])
def test_no_strategy_pushes_less_than_what_is_new(
    strategy: str, *, carried: bool, closure_named: Callable[[str], Closure]
) -> None:
    versions = [closure_named(name) for name in REDIS]
    least = unavoidable(versions)
    found = replay(versions, PlanRequest(strategy, 9), carried=carried)
    assert len(found.push_bytes) == len(least) == 3
    assert all(pushed >= floor for pushed, floor in zip(found.push_bytes, least, strict=True))
    assert found.total == sum(found.push_bytes)
    if strategy == "single":
        assert found.push_bytes == tuple(closure.nar_size for closure in versions[1:])


def test_a_version_that_was_pushed_costs_nothing(closure_named: Callable[[str], Closure]) -> None:
    first, second = (closure_named(name) for name in REDIS[:2])
    assert unavoidable([first, second, first]) == (1_600, 0)
    for carried in (False, True):
        found = replay([first, second, first], PlanRequest("churn", 9), carried=carried)
        assert found.push_bytes[1] == 0


def test_carrying_is_worth_it(closure_named: Callable[[str], Closure]) -> None:
    versions = [closure_named(f"debian-gnome-desktop-{number}.path-info.json.gz") for number in (0, 4)]
    totals = {
        (name, carried): replay(versions, PlanRequest(name, 100), carried=carried).total
        for name in ("churn", "nixpkgs")
        for carried in (False, True)
    }
    assert totals["churn", True] <= totals["churn", False] < totals["nixpkgs", False]
