"""The lines above the panes."""

from __future__ import annotations

import pytest

from nixdive.layering.planner import Planner
from nixdive.layering.request import PlanRequest
from nixdive.sizes import prose
from nixdive.ui.draw.line import plain, width
from nixdive.ui.panes.lines.above import figures, name_line
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


@pytest.mark.parametrize("cells", [60, 70, 80, 100, 120, 200])
def test_figures_are_whole_at_every_width(cells: int) -> None:
    pricer = Pricer(Planner(closure_of(SHAPE, {name: size * 1_234_567 for name, size in SIZES.items()})))
    wide, tight = (pricer.plan(PlanRequest("each", budget)) for budget in (5, 3))
    assert wide.release is not None
    line = figures(wide, tight, cells)
    assert width(line) <= cells
    text = plain(line)
    assert "…" not in text
    assert prose(wide.push_bytes) in text
    assert prose(wide.release) in text


@pytest.mark.parametrize("cells", [40, 60, 72])
def test_the_name_of_what_is_opened_keeps_its_end(cells: int) -> None:
    line = plain(
        name_line("/nix/store/somewhere/far/down/closures/toolbox-v2.path-info.json", cells, "old.json")
    )
    assert len(line) <= cells
    assert line.endswith("/toolbox-v2.path-info.json")
    assert "…" in line
    assert plain(name_line("new.json", cells, "old.json")).endswith("against old.json ")
