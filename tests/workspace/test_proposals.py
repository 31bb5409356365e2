"""The best next edit: it gives what it says, and no other that could have been proposed gives more."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given

from nixdive.errors import PlanError
from nixdive.layering.plan import LayerKind
from nixdive.layering.planner import Planner
from nixdive.layering.request import PlanRequest
from nixdive.progress import NullProgress
from nixdive.workspace import edits
from nixdive.workspace.history import Edit
from nixdive.workspace.open import OpenRequest, open_workspace
from nixdive.workspace.options import PlanOptions
from nixdive.workspace.price import price
from nixdive.workspace.pricer import Pricer
from nixdive.workspace.proposals import best_edit
from nixdive.workspace.situation import Situation
from nixdive.workspace.workspace import Workspace
from tests.examples import examples
from tests.layering.made import SEEDS
from tests.small import SHAPE, SIZES, closure_of
from tests.workspace.figures import do, expected, pushed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nixdive.workspace.price import Price


@cache
def opened() -> Workspace:
    return open_workspace(OpenRequest((), PlanOptions(max_layers=16), demo=True))


def walked(seed: int) -> Workspace:
    """Return the demo after some steps at random: pins, frozen layers, budgets, strategies."""
    dice = np.random.default_rng(seed)
    demo = opened()
    start = replace(demo.shown.request, max_layers=int(dice.integers(5, 40)))
    workspace = Workspace(demo.subject, demo.pricer, start)
    for _ in range(int(dice.integers(0, 5))):
        now, priced = workspace.situation, workspace.priced
        number = int(dice.integers(len(priced.plan.layers)))
        path = workspace.subject.closure.paths[int(dice.integers(len(workspace.subject.closure)))]
        step = int(dice.integers(5))
        with suppress(PlanError):
            if step == 0:
                edit = edits.pin(now, [edits.pattern_for(path, workspace.subject.closure)], "mine")
            elif step == 1:
                edit = edits.freeze(now, number)
            elif step == 2:
                edit = edits.budget(now, int(dice.integers(5, 60)))
            elif step == 3:
                edit = edits.strategy(now, ("nixpkgs", "size", "churn")[int(dice.integers(3))])
            else:
                edit = edits.merge(now, {number, int(dice.integers(len(priced.plan.layers)))})
            if edit is not None:
                do(workspace, edit)
    return workspace


def saves(cost: Price, horizon: int) -> int:
    return -((0 if cost.assumption else cost.push or 0) + horizon * (cost.release or 0))


@examples(25)
@given(SEEDS)
def test_doing_what_is_proposed_gives_what_it_said(seed: int) -> None:
    workspace = walked(seed)
    before = workspace.priced
    found = workspace.propose(NullProgress())
    if found is None:
        return
    assert found.saves > 0
    assert do(workspace, found.edit) == found.price
    after = workspace.priced
    assert found.price.push == pushed(after) - pushed(before)
    assert found.price.release == pytest.approx(expected(after) - expected(before), abs=3)


def others(now: Situation) -> Iterator[Edit]:
    """Every thawing, unpinning, splitting and laying out anew there is."""
    for number, layer in enumerate(now.plan.layers):
        with suppress(PlanError):
            if layer.frozen:
                yield edits.thaw(now, number)
            elif layer.pin is not None and (edit := edits.unpin_layer(now, layer.pin)):
                yield edit
            elif layer.kind is LayerKind.STORE:
                yield edits.split(now, number)
    for edit in (edits.replan(now), edits.strategy(now, "churn")):
        if edit is not None:
            yield edit


@examples(15)
@given(SEEDS)
def test_nothing_that_could_be_proposed_saves_much_more(seed: int) -> None:
    workspace = walked(seed)
    now = workspace.situation
    found = workspace.propose(NullProgress())
    horizon = now.request.horizon
    best = found.saves if found else 0.01 * horizon * (now.priced.release or 0)
    for edit in others(now):
        with suppress(PlanError):
            cost = price(workspace.pricer.plan(edit.request), now.priced)
            assert saves(cost, horizon) <= best * 1.05 + 1, edit.what


def test_a_pin_that_costs_is_taken_back() -> None:
    demo = opened()
    workspace = Workspace(demo.subject, demo.pricer, replace(demo.shown.request, max_layers=50))
    assert workspace.propose(NullProgress()) is None, "it is all there is to gain"
    do(workspace, edits.pin(workspace.situation, ["*"], "everything"))
    found = workspace.propose(NullProgress())
    assert found is not None
    assert found.edit.what == "unpin *"
    assert found.price.release is not None
    assert found.price.release < 0


def test_a_frozen_layer_that_costs_is_thawed() -> None:
    demo = opened()
    request = replace(demo.shown.request, max_layers=3).anew()
    workspace = Workspace(demo.subject, demo.pricer, request)
    plan = workspace.priced.plan
    largest = max(
        range(len(plan.layers)), key=lambda at: plan.layers[at].nar_size * (not plan.layers[at].pin)
    )
    held = replace(request.carrying(plan.stored), frozen=(plan.layers[largest].paths,))
    do(workspace, Edit(replace(held, assumed=plan.request.assumed), f"freeze {largest + 1}"))
    do(workspace, edits.budget(workspace.situation, 60))
    found = workspace.propose(NullProgress())
    assert found is not None
    assert found.edit.what.startswith("thaw")
    assert do(workspace, found.edit) == found.price


def test_nothing_is_proposed_once_it_is_not_wanted() -> None:
    class Stopped(NullProgress):
        def cancelled(self) -> bool:
            return True

    workspace = opened()
    assert workspace.propose(Stopped()) is None
    assert best_edit(workspace.situation, workspace.pricer.plan, NullProgress()) is not None


def test_without_sizes_nothing_is_proposed() -> None:
    request = PlanRequest("churn", 2)
    priced = Pricer(Planner(closure_of(SHAPE, SIZES, sized=False))).plan(request)
    assert best_edit(Situation.of(priced, request, 125), priced.pricer.plan, NullProgress()) is None
