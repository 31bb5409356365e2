"""What a step costs, and what it does to what is believed of releases."""

from __future__ import annotations

import copy
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
