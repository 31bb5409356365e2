"""The list of edits: prices that add up, steps that are dropped, and what no longer applies."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given

from nixdive.errors import Cancelled, PlanError
from nixdive.layering.planner import Planner
from nixdive.layering.request import PlanRequest
from nixdive.progress import NullProgress
from nixdive.sizes import signed
from nixdive.workspace import edits
from nixdive.workspace.ledger import remade
from nixdive.workspace.open import OpenRequest, open_workspace
from nixdive.workspace.options import PlanOptions
from nixdive.workspace.pricer import Pricer
from nixdive.workspace.workspace import Workspace
from tests.examples import examples
from tests.layering.made import SEEDS
from tests.small import SHAPE, SIZES, closure_of
from tests.workspace.figures import do, expected, pushed

if TYPE_CHECKING:
    from collections.abc import Callable

    from nixdive.workspace.history import Edit

QUIET = NullProgress()


@cache
def opened() -> Workspace:
    return open_workspace(OpenRequest((), PlanOptions(max_layers=16), demo=True))


def fresh(max_layers: int = 16) -> Workspace:
    demo = opened()
    return Workspace(demo.subject, demo.pricer, replace(demo.shown.request, max_layers=max_layers))


def any_edit(workspace: Workspace, dice: np.random.Generator) -> Edit | None:
    """Return an edit at random, of any kind."""
    now = workspace.situation
    layers, closure = now.plan.layers, now.closure
    number = int(dice.integers(len(layers)))
    path = closure.paths[int(dice.integers(len(closure)))]
    pattern = edits.pattern_for(path, closure)
    more = int(dice.choice((-2, -1, 1, 2)))
    kinds: tuple[Callable[[], Edit | None], ...] = (
        lambda: edits.budget(now, int(dice.integers(4, 60))),
        lambda: edits.strategy(now, str(dice.choice(("nixpkgs", "size", "churn")))),
        lambda: edits.replan(now),
        lambda: edits.pin(now, [pattern], str(dice.choice(("mine", "yours")))),
        lambda: edits.unpin(now, lambda pin: pin.layer == "mine"),
        lambda: edits.rate(now, pattern, float(dice.integers(11)) / 10),
        lambda: edits.merge(now, {number, int(dice.integers(len(layers)))}),
        lambda: edits.split(now, number),
        lambda: edits.apart(now, path),
        lambda: edits.move(now, number, more),
        lambda: (edits.thaw if layers[number].frozen else edits.freeze)(now, number),
    )
    return kinds[int(dice.integers(len(kinds)))]()


def walked(seed: int, most: int = 6) -> tuple[Workspace, np.random.Generator]:
    """Return the demo after some edits at random."""
    dice = np.random.default_rng(seed)
    workspace = fresh(int(dice.integers(6, 40)))
    for _ in range(int(dice.integers(1, most + 1))):
        with suppress(PlanError):
            edit = any_edit(workspace, dice)
            if edit is not None:
                do(workspace, edit)
    return workspace, dice


def drop(workspace: Workspace, number: int) -> None:
    found = workspace.without(number, QUIET)
    assert do(workspace, found.edit) == found.price, "what was foretold"


@examples(20)
@given(SEEDS)
def test_making_all_edits_again_leads_to_the_present_state(seed: int) -> None:
    workspace, _ = walked(seed)
    steps, first = workspace.shown.steps, workspace.shown.edits[0]
    start = replace(workspace.situation, request=first.request)
    kept, lost = remade(start, (first, *steps), 0, QUIET)
    assert not lost
    assert kept == steps
    assert [one.again is None for one in kept] == [False] * len(kept)


@examples(20)
@given(SEEDS)
def test_dropping_the_last_edit_is_undoing_it(seed: int) -> None:
    workspace, _ = walked(seed)
    steps = workspace.shown.steps
    if not steps:
        return
    undone = workspace.shown.undo()
    before = workspace.shown
    drop(workspace, len(steps) - 1)
    assert workspace.shown.request == undone.request
    assert workspace.shown.steps == undone.steps
    assert workspace.shown.undo().request == before.request
    assert workspace.shown.undo().steps == steps
    assert workspace.shown.undo().redo().steps == undone.steps


@examples(15)
@given(SEEDS)
def test_dropping_undoing_and_doing_again_in_any_order_holds(seed: int) -> None:
    workspace, dice = walked(seed, most=5)
    gone: list[Edit] = []
    for _ in range(6):
        steps = workspace.shown.steps
        match int(dice.integers(3)):
            case 0 if steps:
                number = int(dice.integers(len(steps)))
                drop(workspace, number)
                gone.append(steps[number])
                assert len(workspace.shown.steps) < len(steps)
            case 1 if workspace.shown.at:
                history = workspace.shown.undo()
                workspace.wanted = history
                workspace.accept(history, workspace.plan(history.request))
            case 2 if gone:
                again = gone.pop().again
                assert again is not None
                with suppress(PlanError):  # a refusal is an answer
                    edit = again(workspace.situation)
                    if edit is not None:
                        do(workspace, edit)
            case _:
                continue
        for step in workspace.shown.steps:
            workspace.plan(step.request)  # each one that counts can be met
        assert workspace.shown.request == (workspace.shown.steps or workspace.shown.edits[:1])[-1].request


@examples(15)
@given(SEEDS)
def test_prices_are_what_the_plans_differ_by(seed: int) -> None:
    workspace, _ = walked(seed)
    found = workspace.ledger(QUIET)
    states = [workspace.shown.edits[0], *workspace.shown.steps]
    plans = [workspace.plan(state.request) for state in states]
    assert [one.edit for one in found.entries] == states[1:]
    for (_, cost), before, after in zip(found.entries, plans, plans[1:], strict=False):
        assert cost is not None
        assert cost.push == pushed(after) - pushed(before)
        held = before.believing(after.model)
        assert cost.release == pytest.approx(expected(after) - expected(held), abs=3)
    assert found.whole is not None
    assert found.whole.push == pushed(plans[-1]) - pushed(plans[0])
    assert found.whole.push == sum(cost.push or 0 for _, cost in found.entries if cost)
    baseline = plans[-1].baseline
    assert baseline is not None
    there = {layer.paths for layer in baseline.plan.layers}
    assert found.new == sum(layer.paths not in there for layer in plans[-1].plan.layers)


def test_what_no_longer_applies_is_said() -> None:
    workspace = fresh()
    do(workspace, edits.pin(workspace.situation, ["sqlite*"], "db"))
    do(workspace, edits.budget(workspace.situation, 30))
    do(workspace, edits.unpin(workspace.situation, lambda pin: pin.layer == "db"))
    found = workspace.without(0, QUIET)
    assert [(one.edit.what, one.cause) for one in found.lost] == [
        ("unpin sqlite*", "it changes nothing any more")
    ]
    assert found.edit.what == "drop pin sqlite* → layer db"
    assert found.edit.note == "unpin sqlite* no longer applies"
    assert found.edit.kept is not None
    assert [step.words for step in found.edit.kept] == ["budget 16 → 30"]


def test_layers_are_found_again_by_what_they_hold() -> None:
    workspace = fresh(24)
    do(workspace, edits.pin(workspace.situation, ["musl"], "alone"))
    plan = workspace.priced.plan
    free = [
        i for i, layer in enumerate(plan.layers) if layer.pin is None and layer.paths and len(layer.paths) < 4
    ]
    together = {path for i in free[-2:] for path in plan.layers[i].paths}
    do(workspace, edits.merge(workspace.situation, free[-2:]))
    found = workspace.without(0, QUIET)
    assert not found.lost
    plan = workspace.plan(found.edit.request).plan
    assert any(set(layer.paths) == together for layer in plan.layers)
    assert not plan.request.pins


def test_the_receipt_is_one_line_and_markdown() -> None:
    workspace = fresh()
    before = workspace.priced
    do(workspace, edits.pin(workspace.situation, ["sqlite[|-]*"], "my_db"))
    do(workspace, edits.budget(workspace.situation, 30))
    found, after = workspace.ledger(QUIET), workspace.priced
    assert after.cost is not None
    once = signed(pushed(after) - pushed(before))
    release = signed((after.release or 0) - (before.release or 0))
    layers = f"{after.cost.layers_new} of {len(after.plan.layers)} layers new"
    whole = found.whole
    assert whole is not None
    found = replace(found, whole=replace(whole, later=("", "")))
    assert found.line == f"{once} next push, {release} each release, {layers}"
    timed = replace(found, whole=replace(whole, later=("+0.2 s", "−0.4 s")))
    assert timed.line == f"{once} next push, {release} and −0.4 s each release, {layers}"
    text = found.markdown
    assert text.splitlines()[0].startswith("**shop:1.5.0** after shop:1.4.0: ")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert rows[0] == "| edit | once | each release | seconds |"
    assert len(rows) == 4
    assert all(row.replace("\\|", "").count("|") == 5 for row in rows)
    assert "sqlite\\[\\|-\\]\\*" in rows[2]
    assert "my\\_db" in rows[2]


def test_without_sizes_no_price_is_made_up() -> None:
    demo = opened()
    pricer = Pricer(Planner(closure_of(SHAPE, SIZES, sized=False)))
    workspace = Workspace(demo.subject, pricer, PlanRequest("each", 3))
    do(workspace, edits.budget(workspace.situation, 4))
    found = workspace.ledger(QUIET)
    assert (found.entries[0].price, found.whole) == (None, None)
    assert found.line == "2 of 4 layers new"
    assert "MiB" not in found.markdown
    assert workspace.without(0, QUIET).price is None


def test_nothing_goes_on_once_it_is_not_wanted() -> None:
    class Stopped(NullProgress):
        def cancelled(self) -> bool:
            return True

    workspace = fresh()
    do(workspace, edits.budget(workspace.situation, 20))
    do(workspace, edits.budget(workspace.situation, 24))
    with pytest.raises(Cancelled):
        workspace.ledger(Stopped())
    with pytest.raises(Cancelled):
        workspace.without(0, Stopped())
