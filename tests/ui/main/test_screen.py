from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import ContentSwitcher, Input

from nixdive.layering.request import Pin
from nixdive.ui.dialogs.questions import LeaveDialog
from nixdive.ui.main.planning import AHEAD
from nixdive.ui.panes.closure.pane import ClosurePane
from nixdive.ui.panes.layers.pane import LayersPane
from nixdive.ui.panes.layers.rows import moved
from nixdive.ui.panes.why.pane import WhyPane
from nixdive.workspace import edits
from nixdive.workspace.open import OpenRequest
from nixdive.workspace.options import PlanOptions
from nixdive.workspace.situation import Situation
from tests.ui.conftest import busy, lines, notes, press, resized, settled, shows, text, until

if TYPE_CHECKING:
    from nixdive.layering.request import PlanRequest
    from nixdive.workspace.priced_plan import PricedPlan


async def test_budget_keys_price_every_step(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await press(pilot, screen, "right_square_bracket")
        assert screen.workspace.shown.request.max_layers == 21
        assert "budget 20 → 21" in text(screen, "#edit")
        assert "next push" in text(screen, "#edit")
        await press(pilot, screen, "left_curly_bracket", "left_square_bracket")
        assert screen.workspace.shown.request.max_layers == 10
        assert len(screen.workspace.priced.plan.layers) == 10
        assert "3 edits not written" in text(screen, "#title")
        assert screen.query_one(LayersPane).count == 10


async def test_undo_and_redo_walk_over_all_steps(demo: Any) -> None:
    async with demo() as (pilot, screen):
        first = screen.workspace.priced
        await press(pilot, screen, "right_square_bracket", "right_square_bracket", "z")
        assert screen.workspace.shown.request.max_layers == 21
        assert "undone: budget 21" in text(screen, "#edit")
        await press(pilot, screen, "z", "z")
        assert screen.workspace.priced is first
        await press(pilot, screen, "Z", "Z", "Z")
        assert screen.workspace.shown.request.max_layers == 22


async def test_quick_keys_add_up(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await pilot.press(*["right_square_bracket"] * 7)
        await settled(pilot, screen)
        assert screen.workspace.shown.request.max_layers == 27


async def test_the_next_budgets_are_planned_before_their_keys(
    demo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with demo(max_layers=23) as (pilot, screen):
        asked: list[int] = []
        pricer = screen.workspace.pricer
        plan = pricer.plan

        def counting(request: PlanRequest) -> PricedPlan:
            asked.append(request.max_layers)
            made: PricedPlan = plan(request)
            return made

        for key, shown, ahead in (("right_square_bracket", 24, 25), ("left_square_bracket", 23, None)):
            await until(pilot, lambda: not busy(pilot.app))
            monkeypatch.setattr(pricer, "plan", counting)
            await press(pilot, screen, key)
            if ahead:
                await until(pilot, lambda: asked)
            await until(pilot, lambda: not busy(pilot.app))
            assert screen.workspace.shown.request.max_layers == shown
            assert asked == ([ahead] if ahead else [])
            asked.clear()


async def test_a_plan_that_is_ready_is_shown_without_waiting_for_a_thread(
    demo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with demo(max_layers=23) as (pilot, screen):
        workspace = screen.workspace
        step = edits.budget(workspace.situation, 24)
        await until(pilot, lambda: workspace.ready(workspace.wanted.did(step)))
        asked = kinds(screen, monkeypatch)
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: workspace.shown.request.max_layers == 24)
        assert "plan" not in asked


@pytest.mark.parametrize("after", [("b", "escape"), ("left_square_bracket",)])
async def test_it_is_planned_ahead_again_after_a_dialog_and_after_a_refusal(
    demo: Any, after: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with demo(max_layers=2) as (pilot, screen):
        await until(pilot, lambda: not busy(pilot.app))
        asked = kinds(screen, monkeypatch)
        for key in after:
            await press(pilot, screen, key)
        await until(pilot, lambda: AHEAD in asked)


def kinds(screen: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds of work that are asked for from now on."""
    asked: list[str] = []
    ask = screen.jobs.ask

    def noting(kind: str, *arguments: Any, **others: Any) -> Any:
        asked.append(kind)
        return ask(kind, *arguments, **others)

    monkeypatch.setattr(screen.jobs, "ask", noting)
    return asked


async def test_what_cannot_be_is_refused_and_changes_nothing(demo: Any) -> None:
    async with demo(max_layers=2) as (pilot, screen):
        before = screen.workspace.priced
        await press(pilot, screen, "left_square_bracket")
        assert "refused: budget 1 is below the" in text(screen, "#edit")
        assert screen.workspace.priced is before
        assert screen.workspace.wanted is screen.workspace.shown
        await press(pilot, screen, "right_square_bracket")
        assert screen.workspace.shown.request.max_layers == 3


async def test_undo_passes_over_a_step_that_cannot_be(demo: Any) -> None:
    async with demo(max_layers=4) as (pilot, screen):
        start = screen.workspace.shown.request
        wanted = screen.workspace.wanted
        for layers in (3, 1, 5):  # as quick keys do: only the last one is planned
            step = edits.budget(Situation(wanted.request, 125, screen.workspace.plan), layers)
            assert step is not None
            wanted = wanted.did(step)
        screen.planning.want(wanted)
        await settled(pilot, screen)
        assert screen.workspace.shown.request.max_layers == 5
        await press(pilot, screen, "z")
        assert screen.workspace.shown.request.max_layers == 3
        await press(pilot, screen, "z")
        assert screen.workspace.shown.request == start


async def test_pin_and_unpin(demo: Any) -> None:
    async with demo() as (pilot, screen):
        tree = screen.query_one(ClosurePane)
        await pilot.press("j", "j")
        path = screen.workspace.subject.closure.paths[tree.selected]
        await pilot.press("p")
        screen.app.screen.query_one("#layer", Input).value = "mine"
        await pilot.press("enter")
        await settled(pilot, screen)
        assert screen.workspace.shown.request.pins == (Pin(path.package, "mine"),)
        plan = screen.workspace.priced.plan
        assert [layer.paths for layer in plan.layers if layer.pin == "mine"] == [(path,)]
        assert f"◆ pin {path.package} → layer mine" in text(screen, "#edit")
        await press(pilot, screen, "delete")
        assert screen.workspace.shown.request.pins == ()


async def test_a_dialog_that_is_left_changes_nothing(demo: Any) -> None:
    async with demo() as (pilot, screen):
        for key in ("p", "b", "e", "question_mark", "ctrl+s"):
            await pilot.press(key)
            assert screen.app.screen is not screen, key
            await pilot.press("escape")
            assert screen.app.screen is screen, key
        assert screen.workspace.shown.at == 0


async def test_budget_can_be_typed(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await pilot.press("b", "ctrl+a", *["delete"] * 3, "3", "0", "enter")
        await settled(pilot, screen)
        assert screen.workspace.shown.request.max_layers == 30
        await pilot.press("b", *["delete"] * 3, *["backspace"] * 3, "9", "9", "9", "enter")
        assert "from 1 to 125" in str(screen.app.screen.query_one(".note").render())


async def test_what_is_carried_on_can_be_laid_out_anew(demo: Any) -> None:
    async with demo() as (pilot, screen):
        assert screen.workspace.priced.plan.request.carried
        await pilot.press("r")
        await settled(pilot, screen)
        assert not screen.workspace.priced.plan.request.carried
        assert "planned from scratch" in text(screen, "#edit")
        assert "each release" in text(screen, "#edit")
        await pilot.press("z")
        await settled(pilot, screen)
        assert screen.workspace.priced.plan.request.carried


async def test_enter_goes_between_a_path_and_its_layer(demo: Any) -> None:
    async with demo() as (pilot, screen):
        table, tree = screen.query_one(LayersPane), screen.query_one(ClosurePane)
        await pilot.press("j", "enter")
        path = screen.workspace.subject.closure.paths[tree.selected]
        assert path in screen.workspace.priced.plan.layers[table.listing.cursor].paths
        await pilot.press("1", "enter")
        await pilot.pause()
        assert tree.picking
        layer = screen.workspace.priced.plan.layers[table.listing.cursor]
        assert {screen.workspace.subject.closure.paths[row.path] for row in tree.rows} == set(layer.paths)
        await pilot.press("escape")
        assert not tree.picking


async def test_filter_shows_what_matches(demo: Any) -> None:
    async with demo() as (pilot, screen):
        tree = screen.query_one(ClosurePane)
        await pilot.press("slash", *"lua-[cs]")
        await pilot.pause()
        packages = {screen.workspace.subject.closure.paths[one].package for one in tree.found.matches}
        assert packages
        assert all(package.startswith(("lua-c", "lua-s")) for package in packages)
        assert f"/lua-[cs]/   {len(packages)} of" in text(screen, ClosurePane)
        await pilot.press("enter", "j")
        chosen = tree.selected
        await pilot.press("escape")
        assert (tree.picking, tree.selected) == (False, chosen)
        await pilot.press("slash", *"no such thing ((", "enter")
        await pilot.pause()
        assert "no path matches /no such thing ((/  esc clears" in text(screen, ClosurePane)


async def test_why_leads_back_to_the_closure(demo: Any) -> None:
    async with demo() as (pilot, screen):
        closure = screen.workspace.subject.closure
        target = next(i for i, path in enumerate(closure.paths) if path.package == "musl")
        screen.query_one(ClosurePane).reveal(target)
        await pilot.press("w")
        assert screen.query_one("#tabs", ContentSwitcher).current == "why"
        await until(pilot, lambda: "musl" in text(screen, WhyPane))
        assert "the shortest chain" in text(screen, WhyPane)
        await pilot.press("g", "j", "enter")
        await pilot.pause()
        assert screen.query_one("#tabs", ContentSwitcher).current == "closure"
        assert screen.query_one(ClosurePane).selected in closure.roots


async def test_tree_opens_and_closes(demo: Any) -> None:
    async with demo() as (pilot, screen):
        tree = screen.query_one(ClosurePane)
        await pilot.press("C")
        rows = tree.count
        await pilot.press("j", "right")
        assert tree.count > rows
        await pilot.press("right", "left", "left")
        assert (tree.count, tree.listing.cursor) == (rows, 1)
        await pilot.press("space", "C")
        assert tree.count == rows
        for _ in range(4):
            await pilot.press("s")
        assert tree.branches.order.value == "Added"
        await pilot.press("H")
        assert screen.workspace.subject.closure.paths[tree.selected].hash_part[:7] in text(
            screen, ClosurePane
        )


async def test_a_click_on_the_bar_selects_the_layer(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await pilot.click("#bar", offset=(115, 0))
        await pilot.pause()
        assert screen.selection.layer == len(screen.workspace.priced.plan.layers) - 1
        await pilot.click(LayersPane, offset=(10, 4))
        await pilot.pause()
        assert screen.query_one(LayersPane).listing.has_focus


async def test_copy_of_a_digest_says_what_it_is(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await pilot.press("j", "Y")
        info = screen.workspace.subject.closure.infos[screen.selection.path]
        assert screen.app.clipboard == (info.nar_hash or info.path.hash_part)
        before = screen.app.clipboard
        await pilot.press("1", "Y")
        assert screen.workspace.priced.plan.layers[0].diff_id is None
        assert screen.app.clipboard == before, "a layer that is not written has no digest"


async def test_quit_asks_only_where_something_is_lost(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await press(pilot, screen, "right_square_bracket")
        await pilot.press("q")
        assert screen.app.screen is not screen
        await pilot.press("escape", "z")
        await settled(pilot, screen)
        await pilot.press("q")
        assert not screen.app.is_running or screen.app._exit


@pytest.mark.parametrize("key", ["ctrl+q", "ctrl+c"])
async def test_other_ways_out_ask_too(demo: Any, key: str) -> None:
    async with demo() as (pilot, screen):
        await press(pilot, screen, "right_square_bracket")
        await pilot.press(key)
        assert shows(screen.app.screen, LeaveDialog)
        await pilot.press(key)
        assert screen.app._exit


async def test_too_small_a_terminal_says_so(demo: Any) -> None:
    async with demo((50, 12)) as (pilot, screen):
        assert screen.query_one("#too-small").display
        await resized(pilot, 80, 24)
        assert screen.query_one(ClosurePane).region.height > 5


async def test_layers_and_push_mark_the_same_layers_as_dearer(demo: Any) -> None:
    async with demo() as (pilot, screen):
        for key in ("-", "-", "-"):
            await press(pilot, screen, key)
            priced, before = screen.workspace.priced, screen.workspace.before
            marked = {i for i in range(len(priced.plan.layers)) if moved(priced, before, i).text == "▲"}
            assert marked == {one.layer for one in screen.push_pane.rows if one.dearer}
            for i in marked:  # an independent sum: bytes that were kept and are pushed now
                kept = [
                    path for path in priced.plan.layers[i].paths if not before.cost.new[before.layer_of[path]]
                ]
                sizes = dict(zip(priced.model.closure.paths, priced.model.closure.nar_sizes, strict=True))
                assert 2 * sum(sizes[path] for path in kept) > priced.push_of(i) > 0


@pytest.mark.parametrize("cells", [100, 112, 118, 124, 140, 200])
async def test_the_title_says_what_is_assumed_where_it_has_room_for_the_rest(demo: Any, cells: int) -> None:
    async with demo((cells, 36)) as (pilot, screen):
        await press(pilot, screen, "[", "[")
        (title,) = lines(screen.query_one("#title"))
        assert "4.20 MiB" in title, "what is at the left is not cut"
        assert "2 edits" in title
        assert ("assumed: churn in 18 layers" in title) is (cells >= 112)


async def test_the_layer_that_an_edit_has_made_is_selected(demo: Any) -> None:
    async with demo() as (pilot, screen):
        layers = screen.workspace.priced.plan.layers
        united = set(layers[2].paths) | set(layers[5].paths)
        screen.layers_pane.listing.focus()
        screen.browsing.show_layer(2)
        await press(pilot, screen, "space")
        screen.browsing.show_layer(5)
        await press(pilot, screen, "space", "end", "m")
        layers = screen.workspace.priced.plan.layers
        assert set(layers[screen.selection.layer].paths) == united
        await press(pilot, screen, "S")
        after = screen.workspace.priced.plan.layers
        assert set(after[screen.selection.layer].paths) < united
        here = after[screen.selection.layer].paths
        await press(pilot, screen, "z", "Z", "right_square_bracket")
        assert screen.workspace.priced.plan.layers[screen.selection.layer].paths == here
        screen.edit(edits.pin(screen.workspace.situation, ["tzdata"], "time"))
        await settled(pilot, screen)
        assert screen.workspace.priced.plan.layers[screen.selection.layer].pin == "time"


async def test_a_click_on_the_sign_of_a_row_folds_it(demo: Any) -> None:
    async with demo() as (pilot, screen):
        tree = screen.query_one(ClosurePane)
        rows, sign = tree.count, lines(tree)[2].index("▼")
        await pilot.click(ClosurePane, offset=(sign, 2))
        assert tree.count == 1
        await pilot.click(ClosurePane, offset=(sign, 2))
        assert tree.count == rows


async def test_the_scroll_bar_follows_the_mouse(demo: Any) -> None:
    async with demo(max_layers=40) as (pilot, screen):
        listing = screen.layers_pane.listing
        last, bottom = listing.count - listing.visible_rows, listing.size.height - 1
        assert last > 0
        bar = listing.size.width - 1
        await pilot.mouse_down(listing, offset=(bar, bottom))
        assert listing.top == last
        await pilot.hover(listing, offset=(bar, 2))
        assert listing.top == 0
        await pilot.mouse_up(listing, offset=(bar, 2))
        await pilot.hover(listing, offset=(bar, bottom))
        assert listing.top == 0


async def test_the_command_that_plans_the_same_is_copied(demo: Any) -> None:
    async with demo(max_layers=12, notifications=True) as (pilot, screen):
        screen.workspace.opened = OpenRequest((), PlanOptions(max_layers=12), demo=True)
        await press(pilot, screen, "right_square_bracket", "ctrl+y")
        assert pilot.app.clipboard == "nixdive plan demo --max-layers 13"
        assert "plan file" not in notes(pilot.app)
        await press(pilot, screen, "1", "space", "space", "m", "ctrl+y")
        assert pilot.app.clipboard.startswith("nixdive plan demo --plan ./")
        assert "write the plan file first (^s)" in notes(pilot.app)
