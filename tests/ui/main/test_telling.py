"""The edit line while nothing is done: the best next edit, its price, and the key that does it."""

from __future__ import annotations

import time
from threading import current_thread
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.errors import PlanError
from nixdive.progress import NullProgress, go_on
from nixdive.sizes import prose, signed
from nixdive.ui.dialogs.pin import PinDialog
from nixdive.ui.dialogs.questions import BudgetDialog
from nixdive.ui.main import telling
from nixdive.ui.main.planning import AHEAD
from nixdive.workspace.pricer import Pricer
from nixdive.workspace.workspace import Workspace
from tests.ui.conftest import press, text, until, wait_for

if TYPE_CHECKING:
    from nixdive.layering.request import PlanRequest
    from nixdive.workspace.priced_plan import PricedPlan


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "IDLE", 0.01)


async def test_the_demo_says_what_can_be_won_and_with_which_key(demo: Any) -> None:
    async with demo(max_layers=12) as (pilot, screen):
        await until(pilot, lambda: "does it" in text(screen, "#edit"))
        found = screen.workspace.propose(NullProgress())
        saved, release = prose(-found.price.release), prose(screen.workspace.priced.release)
        words = (
            f"{found.edit.what} → {found.edit.result} saves {saved} of the {release} that each release pushes"
        )
        assert f"{words}: B does it" in text(screen, "#edit")
        assert "nixdive ./result" in text(screen, "#edit")
        await press(pilot, screen, "B")
        assert screen.workspace.shown.now.request == found.edit.request
        assert f"{signed(found.price.release)} each release" in text(screen, "#edit")


async def test_the_price_of_an_edit_stands_until_it_was_read(
    demo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with demo(max_layers=12) as (pilot, screen):
        await press(pilot, screen, "right_square_bracket")
        await until(pilot, lambda: screen.telling._best is not None)
        await pilot.press("down")
        assert "budget 12 → 13" in text(screen, "#edit")
        monkeypatch.setattr(telling, "_READ", 0.0)
        await pilot.press("down")
        assert "next: budget 13 →" in text(screen, "#edit")
        await press(pilot, screen, "B")
        assert screen.workspace.shown.at == 2
        assert text(screen, "#edit").strip().startswith("budget 13 →"), "what was done, with its price"


async def test_the_key_names_it_before_it_is_done(demo: Any) -> None:
    async with demo(max_layers=12) as (pilot, screen):
        await press(pilot, screen, "right_square_bracket", "B")
        await until(pilot, lambda: "next:" in text(screen, "#edit"))
        assert screen.workspace.shown.at == 1


async def test_where_nothing_is_worth_it_that_is_said(demo: Any) -> None:
    async with demo(max_layers=60) as (pilot, screen):
        await until(pilot, lambda: screen.telling._looked)
        assert "nixdive ./result" in text(screen, "#edit")
        await press(pilot, screen, "B")
        assert "nothing to propose" in text(screen, "#edit")
        assert screen.workspace.shown.at == 0


async def test_a_key_lets_the_search_wait_and_go_on_later(demo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []
    let: list[bool] = []

    def waits(_: Workspace, progress: Any) -> None:
        started.append(progress)
        while not let and not progress.cancelled():
            pass

    monkeypatch.setattr(Workspace, "propose", waits)
    async with demo(max_layers=12) as (pilot, screen):
        await until(pilot, lambda: started)
        begun = len(started)
        await pilot.press("j")
        assert all(search.cancelled() for search in started[:begun])
        await until(pilot, lambda: len(started) > begun)
        assert not screen.telling._looked
        let.append(True)
        await until(pilot, lambda: screen.telling._looked)


async def test_the_search_goes_on_where_it_was_stopped(demo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "IDLE", None)
    planned: list[PlanRequest] = []
    plan = Pricer.plan

    def counted(pricer: Pricer, request: PlanRequest) -> PricedPlan:
        planned.append(request)
        return plan(pricer, request)

    class Later(NullProgress):
        """Is stopped after some plans."""

        def cancelled(self) -> bool:
            return len(planned) >= 4

    async with demo(max_layers=12) as (_, screen):
        monkeypatch.setattr(Pricer, "plan", counted)
        assert screen.workspace.propose(Later()) is None
        assert len(planned) >= 4
        best = screen.workspace.propose(NullProgress())
        assert len(set(planned)) == len(planned), "nothing is planned twice"
        assert best is not None


async def test_an_edit_stops_the_search(demo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []

    def forever(_: Workspace, progress: Any) -> None:
        started.append(progress)
        while not progress.cancelled():
            pass

    monkeypatch.setattr(Workspace, "propose", forever)
    async with demo(max_layers=12) as (pilot, screen):
        await until(pilot, lambda: started)
        begun = len(started)
        await press(pilot, screen, "right_square_bracket")
        assert all(search.cancelled() for search in started[:begun])
        assert screen.workspace.shown.request.max_layers == 13
        await until(pilot, lambda: len(started) > begun and not started[-1].cancelled())


async def test_a_refusal_stands_until_it_was_read(demo: Any) -> None:
    async with demo(max_layers=12) as (pilot, screen):
        await until(pilot, lambda: "does it" in text(screen, "#edit"))
        screen.refuse(PlanError("no"))
        await pilot.press("down")
        assert "refused: no" in text(screen, "#edit")


async def test_nothing_is_worked_out_ahead_while_a_dialog_is_open(
    demo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Any] = []
    ahead: list[PlanRequest] = []
    plan = Workspace.plan

    def forever(_: Workspace, progress: Any) -> None:
        looked.append(progress)
        while not progress.cancelled():
            time.sleep(0.001)

    def counted(workspace: Workspace, request: PlanRequest) -> PricedPlan:
        if current_thread().name == AHEAD:
            ahead.append(request)
            while request.pins:
                go_on()
                time.sleep(0.001)
        return plan(workspace, request)

    monkeypatch.setattr(Workspace, "propose", forever)
    monkeypatch.setattr(Workspace, "plan", counted)
    async with demo(max_layers=12) as (pilot, screen):
        await until(pilot, lambda: looked and len(ahead) == 2)
        await pilot.press("p")
        await wait_for(pilot, PinDialog)
        await until(pilot, lambda: all(one.cancelled() for one in looked))
        before = len(looked)
        await pilot.press("enter")
        await until(pilot, lambda: screen.workspace.shown.request.pins and len(looked) > before)
        await until(pilot, lambda: len(ahead) == 3)
        await pilot.press("b")
        await wait_for(pilot, BudgetDialog)
        await until(pilot, lambda: looked[-1].cancelled() and not screen.jobs.busy)
        screen.planning.look_ahead()
        screen.telling.look()
        await pilot.pause()
        assert not screen.jobs.busy, "nothing begins below the dialog"
        before = len(looked)
        await pilot.press("escape")
        await until(pilot, lambda: len(ahead) == 4 and len(looked) > before)
