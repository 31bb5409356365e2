"""Histories: what was pushed, what was unavoidable, and what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nixdive.errors import BudgetError
from nixdive.layering.compare import push
from nixdive.layering.planner import Planner
from nixdive.layering.replay import least_after, replays, unavoidable
from nixdive.layering.request import PlanRequest
from nixdive.layering.solve import solve
from tests.layering.made import closure_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import LayerPlan
    from nixdive.layering.replay import Replayed

REDIS = [f"debstore-redis-{version}.path-info.json.gz" for version in ("v1", "v1c", "v2", "v3")]


@pytest.mark.parametrize("strategy", ["churn", "nixpkgs", "popularity", "each", "single"])
def test_no_strategy_pushes_less_than_what_is_new(
    strategy: str, closure_named: Callable[[str], Closure]
) -> None:
    versions = [closure_named(name) for name in REDIS]
    least = unavoidable(versions)
    rows = replays(versions, [PlanRequest(strategy, 9)])
    ways = [(row.carried, row.first) for row in rows]
    assert ways[:2] == [(False, strategy), (True, strategy)]
    assert ways[2:] == ([(True, "nixpkgs")] if strategy == "churn" else [])
    for found in rows:
        assert len(found.push_bytes) == len(least) == 3
        assert all(pushed >= floor for pushed, floor in zip(found.push_bytes, least, strict=True))
        assert found.total == sum(found.push_bytes)
        if strategy == "single":
            assert found.push_bytes == tuple(closure.nar_size for closure in versions[1:])


def test_a_version_that_was_pushed_costs_nothing(closure_named: Callable[[str], Closure]) -> None:
    first, second = (closure_named(name) for name in REDIS[:2])
    assert unavoidable([first, second, first]) == (1_600, 0)
    for found in replays([first, second, first], [PlanRequest("churn", 9)]):
        assert found.push_bytes[1] == 0


def test_no_plans_push_less_than_the_paths_of_layers_that_are_not_whole_any_more(
    closure_named: Callable[[str], Closure],
) -> None:
    versions = [closure_named(name) for name in REDIS]
    for limit in (3, 9, 25):
        requests = [PlanRequest(name, limit) for name in ("churn", "nixpkgs", "single", "each")]
        for row in replays(versions, requests):
            first = solve(versions[0], PlanRequest(row.first, limit))
            assert sum(unavoidable(versions)) <= least_after(first, versions[1:]) <= row.total


def test_a_path_whose_layer_breaks_later_counts_once() -> None:
    first, whole = _of("abc"), solve(_of("abc"), PlanRequest("single", 5))
    assert least_after(whole, [first]) == 0
    assert least_after(whole, [_of("ab")]) == 2_000
    assert least_after(whole, [first, _of("abd"), _of("acd")]) == 4_000
    assert least_after(solve(first, PlanRequest("each", 5)), [first, _of("abd"), _of("acd")]) == 1_000


def _of(letters: str) -> Closure:
    """Paths of 1000 bytes, one for each letter, that need nothing."""
    return closure_of([()] * len(letters), letters, hashes=[ord(letter) for letter in letters])


def test_carrying_is_worth_it(closure_named: Callable[[str], Closure]) -> None:
    versions = [closure_named(f"debian-gnome-desktop-{number}.path-info.json.gz") for number in (0, 4)]
    totals = {
        (row.strategy, row.carried, row.first): row.total
        for row in replays(versions, [PlanRequest(name, 100) for name in ("churn", "nixpkgs")])
    }
    assert totals["churn", True, "churn"] <= totals["churn", False, "churn"]
    assert totals["churn", False, "churn"] < totals["nixpkgs", False, "nixpkgs"]


def test_what_churn_takes_over_was_laid_out_by_nixpkgs(closure_named: Callable[[str], Closure]) -> None:
    versions = [closure_named(f"debian-qgis-{number}.path-info.json.gz") for number in range(3)]
    *others, adopted = replays(versions, [PlanRequest("churn", 25)])
    assert [row.adopted for row in others] == [False, False]
    assert adopted.adopted
    plans = [Planner(versions[0]).solve(PlanRequest("nixpkgs", 25))]
    for number in (1, 2):
        planner = Planner(versions[number], history=versions[:number], pushed=plans)
        plans.append(planner.solve(PlanRequest("churn", 25).carrying_on(plans[-1])))
    pushed = tuple(push(plan, *plans[:at]).push_bytes for at, plan in enumerate(plans))
    assert adopted.push_bytes == pushed[1:]


def test_no_plan_is_made_twice(
    closure_named: Callable[[str], Closure], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[int, str, bool]] = []

    def noted(closure: Closure, request: PlanRequest, *rest: Any) -> LayerPlan:
        made.append((versions.index(closure), request.strategy, bool(request.carried)))
        return solve(closure, request, *rest)

    monkeypatch.setattr("nixdive.layering.replay.solve", noted)
    versions = [closure_named(name) for name in REDIS[:3]]
    rows = replays(versions, [PlanRequest("popularity", 9)], jobs=1)
    assert [row.carried for row in rows] == [False, True]
    assert sorted(made) == [
        (0, "popularity", False),
        *((n, "popularity", c) for n in (1, 2) for c in (False, True)),
    ]


def plans_of(rows: Sequence[Replayed]) -> list[tuple[object, ...]]:
    return [(row.strategy, row.max_layers, row.carried, row.first, row.push_bytes) for row in rows]


def test_processes_and_requests_together_make_no_difference(closure_named: Callable[[str], Closure]) -> None:
    versions = [closure_named(name) for name in REDIS]
    requests = [PlanRequest(name, limit) for limit in (5, 12) for name in ("churn", "nixpkgs", "popularity")]
    alone = [row for request in requests for row in replays(versions, [request], jobs=1)]
    assert plans_of(replays(versions, requests, jobs=1)) == plans_of(alone)
    assert plans_of(replays(versions, requests, jobs=2)) == plans_of(alone)


def test_what_another_process_refuses_is_refused_here(closure_named: Callable[[str], Closure]) -> None:
    versions = [closure_named(name) for name in REDIS]
    with pytest.raises(BudgetError, match="0 layers"):
        replays(versions, [PlanRequest("churn", 0)], jobs=2)
