"""What a step costs, and what it does to what is believed of releases."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from nixdive.workspace import edits
from nixdive.workspace.open import OpenRequest, open_workspace
from nixdive.workspace.options import PlanOptions
from tests.workspace.figures import do, expected

if TYPE_CHECKING:
    from nixdive.workspace.workspace import Workspace


@cache
def _opened() -> Workspace:
    return open_workspace(OpenRequest((), PlanOptions(max_layers=16), demo=True))


@pytest.fixture
def workspace() -> Workspace:
    return copy.copy(_opened())


@pytest.mark.parametrize("rate", [0.0, 0.05, 0.9, 1.0])
def test_a_rate_holds_and_the_jump_of_the_estimate_is_said(workspace: Workspace, rate: float) -> None:
    before = workspace.priced
    package = next(path.package for path in workspace.subject.closure.paths if "sqlite" in path.name)
    price = do(workspace, edits.rate(workspace.situation, package, rate))
    after = workspace.priced
    at = next(i for i, path in enumerate(after.model.closure.paths) if path.package == package)
    assert f"{after.model.own_chance(at):.1%}" == f"{rate:.1%}"
    assert price.estimate == (before.release, after.release), "as the figures have it"
    assert before.release == pytest.approx(expected(before), abs=2)
    assert after.release == pytest.approx(expected(after), abs=2)
    held = before.believing(after.model)
    assert price.release == pytest.approx(expected(after) - expected(held), abs=2)


def test_undoing_a_rate_moves_the_estimate_back(workspace: Workspace) -> None:
    there = do(workspace, edits.rate(workspace.situation, "*", 0.5)).estimate
    history = workspace.shown.undo()
    edit, price = workspace.accept(history, workspace.plan(history.request))
    assert edit is not None
    assert there is not None
    assert price.estimate == there[::-1]


def test_a_step_that_says_nothing_of_releases_leaves_the_estimate_alone(workspace: Workspace) -> None:
    do(workspace, edits.rate(workspace.situation, "*", 0.5))
    assert do(workspace, edits.budget(workspace.situation, 12)).estimate is None


def test_what_is_assumed_follows_the_budget_until_layers_are_arranged_by_hand(workspace: Workspace) -> None:
    before = workspace.priced
    price = do(workspace, edits.budget(workspace.situation, 20))
    after = workspace.priced
    assert (before.assumption, after.assumption) == (
        "assumed: churn in 16 layers",
        "assumed: churn in 20 layers",
    )
    assert price.assumption == after.assumption
    assert price.push == after.push_bytes - before.push_bytes
    assert before.baseline is not None
    assert workspace.baseline is not None
    assert len(before.baseline.plan.layers) <= 16 < len(workspace.baseline.plan.layers) <= 20
    do(workspace, edits.merge(workspace.situation, {3, 4}))
    price = do(workspace, edits.budget(workspace.situation, 24))
    assert (price.assumption, workspace.priced.assumption) == ("", after.assumption)
    assert workspace.priced.baseline is after.baseline


@pytest.mark.parametrize("strategy", ["churn", "nixpkgs"])
@pytest.mark.parametrize("chosen", [{0, 1}, {2, 5, 7}])
def test_a_merge_leaves_the_budget_and_all_other_layers_alone(strategy: str, chosen: set[int]) -> None:
    workspace = open_workspace(OpenRequest((), PlanOptions(max_layers=12, strategy=strategy), demo=True))
    before = workspace.priced
    asked, together = before.plan.request, [before.plan.layers[number] for number in sorted(chosen)]
    price = do(workspace, edits.merge(workspace.situation, chosen))
    merged = workspace.priced.plan
    others = [layer.paths for layer in before.plan.layers if layer not in together]
    made = [layer for layer in merged.layers if layer.paths not in others]
    assert [layer.paths for layer in merged.layers if layer.paths in others] == others
    assert [set(layer.paths) for layer in made] == [{path for layer in together for path in layer.paths}]
    assert merged.request.max_layers == asked.max_layers == 12
    assert before.baseline is not None
    there = {layer.paths for layer in before.baseline.plan.layers}
    assert price.push == sum(one.nar_size for one in made if one.paths not in there) - sum(
        one.nar_size for one in together if one.paths not in there
    )
    do(workspace, edits.budget(workspace.situation, 11))
    assert workspace.priced.plan.stored == merged.stored, "a layer was free"
    assert workspace.shown.request.max_layers == 11


def test_the_room_that_a_merge_leaves_is_for_what_is_asked_next(workspace: Workspace) -> None:
    def layers() -> int:
        return len(workspace.priced.plan.layers)

    budget = workspace.shown.request.max_layers
    assert layers() == budget
    do(workspace, edits.merge(workspace.situation, {0, 3}))
    assert layers() == budget - 1
    merged = workspace.shown
    for needed in (budget, budget + 1):  # the first split fills it
        large = max(range(layers()), key=lambda number: len(workspace.priced.plan.layers[number].paths))
        do(workspace, edits.split(workspace.situation, large))
        assert (layers(), workspace.shown.request.max_layers) == (needed, needed)
    for pins in (True, False):
        workspace.wanted = merged
        workspace.accept(merged, workspace.plan(merged.request))
        others = {layer.paths for layer in workspace.priced.plan.layers}
        now = workspace.situation
        do(workspace, edits.pin(now, ["zlib*"], "zip") if pins else edits.budget(now, budget + 1))
        assert layers() == budget
        assert len(others.difference(layer.paths for layer in workspace.priced.plan.layers)) <= 1


@pytest.mark.parametrize("strategy", ["churn", "nixpkgs", "size"])
def test_what_is_written_is_what_is_shown(strategy: str) -> None:
    opened = open_workspace(OpenRequest((), PlanOptions(max_layers=9, strategy=strategy), demo=True))
    written = opened.laid_out()
    shown = opened.priced.plan
    assert opened.laid_out() is shown
    assert written.request == shown.request
    assert [(one.paths, one.reason) for one in written.layers] == [
        (one.paths, one.reason) for one in shown.layers
    ]


def test_a_step_is_ready_once_all_that_is_shown_of_it_is_worked_out(workspace: Workspace) -> None:
    edit = edits.budget(workspace.situation, 19)
    assert edit is not None
    history = workspace.wanted.did(edit)
    assert workspace.ready(history) is None
    workspace.foretell(edit)
    assert workspace.ready(history) is None, "its price is the difference to the plan before"
    workspace.priced.worked_out()
    assert workspace.ready(history) is workspace.plan(edit.request)
    workspace.take(replace(workspace.pricer.wire))
    assert workspace.ready(history) is None, "seconds are others now"
