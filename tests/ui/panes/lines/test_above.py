"""The lines above the panes."""

from __future__ import annotations

import pytest

from nixdive.layering.planner import Planner
from nixdive.layering.request import PlanRequest
from nixdive.ui.draw.line import plain
from nixdive.ui.panes.lines.above import figures
from nixdive.workspace.pricer import Pricer
from tests.small import SHAPE, SIZES, closure_of


@pytest.mark.parametrize(
    ("budget", "wide", "narrow"),
    [(5, "5 of 125", "budget 5/125"), (3, "3 of 125", "3/125"), (60, "5 of at most 60", "budget 5 ≤ 60")],
)
def test_layers_that_are_there_are_told_from_those_that_are_allowed(
    budget: int, wide: str, narrow: str
) -> None:
    priced = Pricer(Planner(closure_of(SHAPE, SIZES))).plan(PlanRequest("each", budget))
    assert f" {wide} " in plain(figures(priced, None, 120))
    assert f"{narrow} " in plain(figures(priced, None, 80))
