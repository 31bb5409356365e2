"""The diff and push tabs: rows, the curve, and the keys that lead there."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.cli.table import moved_line
from nixdive.layering.cost import Replan
from nixdive.layering.planner import Planner
from nixdive.layering.request import PlanRequest
from nixdive.progress import NullProgress
from nixdive.ui.draw.line import plain, width
from nixdive.ui.jobs import Meter
from nixdive.ui.panes.diff.pane import DiffPane
from nixdive.ui.panes.diff.rows import differences
from nixdive.ui.panes.diff.rows import row as diff_row
from nixdive.ui.panes.layers.pane import LayersPane
from nixdive.ui.panes.push.pane import PushPane
from nixdive.ui.panes.push.plot import Here, plot
from nixdive.ui.panes.push.rows import row as push_row
from nixdive.ui.panes.push.rows import sent, summary
from nixdive.workspace.causes import Causes
from nixdive.workspace.curve import Curve, curve
from nixdive.workspace.priced_plan import PricedPlan
from nixdive.workspace.pricer import Pricer
from tests import openssl
from tests.small import SHAPE, SIZES, closure_of
from tests.ui.conftest import settled, text, until
from tests.workspaces import baseline_of

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure

EACH = PlanRequest("each", 20)


def newer() -> Closure:
    """The closure after lib and app changed, data went, and a new path came."""
    shape = {**SHAPE, "app-1.1": ("lib-2.0", "tool-3.1", "new-1"), "tool-3.1": ("libc-2.39",), "new-1": ()}
    for gone in ("app-1.0", "tool-3.0", "data-5"):
        del shape[gone]
    sizes = {**SIZES, "app-1.1": 1_500, "tool-3.1": 3_000, "new-1": 7}
    return closure_of(shape, {name: sizes[name] for name in shape})


def test_what_changed_is_told_package_by_package(closure: Closure) -> None:
    now = newer()
    rows = differences(now, baseline_of(closure, EACH))
    assert [(row.mark, row.name, row.versions, row.delta) for row in rows] == [
        ("-", "data", "5", -500_000),
        ("~", "app", "1.0 → 1.1", 500),
        ("+", "new", "1", 7),
        ("~", "tool", "3.0 → 3.1", 0),
    ]
    priced = Pricer(Planner(now), None).plan(EACH)
    for row in rows:
        assert width(diff_row(priced, row, 50)) == 50
    assert differences(closure, baseline_of(closure, EACH)) == ()


def test_what_is_sent_is_told_with_its_cause(closure: Closure) -> None:
    now, baseline = newer(), baseline_of(closure, EACH)
    priced = Pricer(Planner(now), baseline).plan(EACH)
    rows = sent(now, priced, None, Causes(baseline))
    assert [(row.size, row.cause) for row in rows] == [
        (3_000, "tool updated"),
        (1_500, "app updated"),
        (7, "new is new"),
    ]
    assert plain(summary(priced, rows, 58)) == "4.40 KiB in 3 layers   2.88 MiB in 2 kept"
    assert all(plain(push_row(row, "s1", 3_000, 60)).endswith(row.cause) for row in rows)
    single = Pricer(Planner(closure), baseline).plan(PlanRequest("single", 3))
    assert sent(closure, single, None, Causes(baseline))[0].cause == "libc was moved in +3"
    assert len(sent(closure, Pricer(Planner(closure), None).plan(EACH), None, None)) == 5


def test_the_curve_falls_to_the_floor(closure: Closure) -> None:
    pricer = Pricer(Planner(closure))
    found = curve(pricer, PlanRequest("churn", 3), 125, 12, NullProgress())
    assert found is not None
    costs = [found.churn[at] for at in sorted(found.churn)]
    assert all(a >= b for a, b in pairwise(costs))
    assert costs[-1] == found.floor
    assert all(found.churn[at] <= found.nixpkgs[at] for at in found.churn)
    stopped = Meter()
    stopped.stop()
    assert curve(pricer, EACH, 125, 12, stopped) is None


def test_the_knee_is_where_more_layers_stop_to_help() -> None:
    assert Curve({1: 1000, 10: 100, 20: 90, 125: 80}, {}, {}, 70, 125).knee == 10
    assert Curve({5: 7}, {}, {}, 7, 125).knee == 5


PLOTTED = Curve(
    {1: 1000, 10: 300, 60: 90, 125: 80},
    {5: 900, 60: 400, 125: 100},
    {1: 9.0, 10: 5.0, 60: 7.0, 125: 12.0},
    70,
    125,
)


@pytest.mark.parametrize(("cells", "rows"), [(40, 8), (59, 12), (20, 6), (9, 4), (120, 30)])
def test_the_plots_have_their_marks_and_their_size(cells: int, rows: int) -> None:
    drawn = list(map(plain, plot(PLOTTED, Here(24, 250, 5.5), cells, rows)))
    assert len(drawn) == rows
    assert max(map(len, drawn)) <= max(cells, 34)
    shown = "\n".join(drawn)
    assert "┴" in shown
    assert "█" in shown or cells < 30
    assert ("floor 70 B" in shown) is (rows >= 10)
    if cells >= 40:
        for words in ("● here: 24 layers, 250 B", "▼ knee: 10 layers, 300 B"):
            assert words in shown
        for words in ("● here: 24 layers, 5.5 s", "◆ soonest: 10 layers, 5.0 s"):
            assert words in shown
        assert shown.count("●") == 4, "named and marked, in both plots"
        assert (shown.count("▼"), shown.count("◆")) == (2, 2)


def test_small_budgets_have_room_in_the_plots() -> None:
    (*_, numbers) = map(plain, plot(PLOTTED, Here(24, 250, 5.5), 43, 8))
    columns = [numbers.index(f" {at} ") for at in (1, 2, 4, 8, 16)]
    assert {after - before for before, after in pairwise(columns)} <= {4, 5, 6}, "each doubling has as much"
    bytes_plot = [plain(line) for line in plot(PLOTTED, Here(24, 250, 5.5), 120, 30)][:14]
    marked = next(line for line in bytes_plot if "▼" in line[:80])
    assert abs(marked.index("▼") - 8 - 110 * math.log(10) / math.log(125)) <= 1


def test_a_curve_of_which_no_seconds_are_known_has_one_plot() -> None:
    found = Curve({1: 1000, 100: 300}, {}, {}, 70, 125)
    shown = "\n".join(map(plain, plot(found, Here(24, 250, None), 59, 9)))
    assert "here: 24 layers, 250 B" in shown
    assert "soonest" not in shown


def test_the_plots_go_as_far_as_the_clients_do() -> None:
    found = Curve({1: 1000, 100: 300, 400: 80}, {}, {1: 9.0, 100: 5.0, 400: 5.01}, 70, 400)
    shown = "\n".join(map(plain, plot(found, Here(500, 250, 5.0), 59, 12)))
    assert "400" in shown
    assert "◆ soonest: 100 layers" in shown
    assert "● here: 500 layers" in shown
    assert plot(Curve({1: 7}, {}, {1: 0.0}, 7, 1), Here(1, 7, 0.0), 30, 8)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (200, " layers moved: +9.60 KiB once, −26.4 KiB each release, pays back in 1 release"),
        (120, " layers moved: +9.60 KiB once, −26.4 KiB each release,\n   pays back in 1 release"),
        (80, " moved: pays back in 1 release"),
    ],
)
async def test_what_moving_layers_costs_and_saves_is_said_in_the_words_of_the_table(
    demo: Any, monkeypatch: pytest.MonkeyPatch, cells: int, words: str
) -> None:
    moved = Replan(9830, -27034)
    monkeypatch.setattr(PricedPlan, "moved", property(lambda _: moved))  # whatever was worked out before
    async with demo((cells, {200: 60, 120: 36, 80: 24}[cells])) as (pilot, screen):
        await pilot.press("D", "v")
        push = screen.query_one(PushPane)
        await until(pilot, lambda: "moved: " in text(screen, "#push Drawn"))
        assert words in text(screen, "#push Drawn")
        assert "assumed: churn in 20 layers" in text(screen, "#push Drawn")
        assert moved_line(moved).startswith(f"layers moved: {moved.words}")
        await until(pilot, lambda: push.curve is not None)
        await settled(pilot, screen)
        shown = text(screen, "#push Drawn")
        assert all(mark in shown for mark in ("● here", "▼ knee", "◆ soonest"))


async def test_keys_lead_through_the_tabs(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await pilot.press("D")
        diff = screen.query_one(DiffPane)
        assert diff.listing.has_focus
        assert diff.count > 3
        await pilot.press("v")
        push = screen.query_one(PushPane)
        assert push.listing.has_focus
        await until(pilot, lambda: push.curve is not None)
        assert push.curve is not None
        assert sum(row.size for row in push.rows) == screen.workspace.priced.push_bytes
        await pilot.press("s")
        assert [row.layer for row in push.rows] == sorted(row.layer for row in push.rows)
        await pilot.press("s")
        assert [row.size for row in push.rows] == sorted((row.size for row in push.rows), reverse=True)
        await pilot.press("end", "enter")
        assert screen.query_one(LayersPane).listing.cursor == push.rows[push.listing.cursor].layer
        await pilot.press("right_square_bracket")
        await settled(pilot, screen)
        assert sum(row.size for row in push.rows) == screen.workspace.priced.push_bytes
        await pilot.press("v", "v")
        assert screen.closure_pane.listing.has_focus
        await pilot.press("D", "home")
        going = diff.selected
        await pilot.press("enter")
        if going is not None:
            assert screen.selection.path == going


@openssl.ORDERS
def test_the_cause_is_what_became_of_the_newest(order: str) -> None:
    _, old = openssl.olds(order)
    baseline = baseline_of(openssl.before(order), EACH)
    rebuilt = openssl.path("g", old.name)
    for library, cause in ((openssl.NEW, "openssl updated"), (rebuilt, "openssl rebuilt")):
        now = openssl.closure_of(openssl.path("f", "app-2.0"), library)
        rows = sent(now, Pricer(Planner(now), baseline).plan(EACH), None, Causes(baseline))
        assert [row.cause for row in rows] == [cause, "app updated"]
