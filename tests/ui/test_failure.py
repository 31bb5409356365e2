"""Errors in the background become notices; the screen stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import events

from nixdive.ui.app import NixdiveApp
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.line import plain
from nixdive.ui.main import opening
from nixdive.workspace.open import OpenRequest
from tests.ui.conftest import notes, settled, until

if TYPE_CHECKING:
    import pytest

    from nixdive.layering.request import PlanRequest


async def test_a_plan_that_fails_unforeseen_is_told_and_dropped(
    demo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with demo() as (pilot, screen):
        before, priced = screen.workspace.shown, screen.workspace.priced

        def fail(request: PlanRequest) -> Any:
            if request == before.request:  # what is shown is there, whoever asks for it meanwhile
                return priced
            raise OSError("the disk\x1b is gone")

        with monkeypatch.context() as patch:
            patch.setattr(screen.workspace, "plan", fail)
            await pilot.press("right_square_bracket")
            await settled(pilot, screen)
        assert screen.workspace.shown is before
        assert "OSError: the disk\\x1b is gone" in notes(pilot.app)
        assert "test_failure.py:" in notes(pilot.app)
        assert "OSError" in plain(screen.query_one("#edit", Drawn).draw(120, 1)[0])
        await pilot.press("right_square_bracket")
        await settled(pilot, screen)
        assert screen.workspace.shown.request.max_layers == 21


async def test_a_curve_that_fails_is_told(demo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async with demo() as (pilot, screen):

        def fail(*_: object) -> None:
            raise ValueError("no curve")

        monkeypatch.setattr(screen.workspace, "curve", fail)
        screen.browsing.tab("push")
        await until(pilot, lambda: "ValueError: no curve" in notes(pilot.app))
        assert pilot.app.screen is screen


async def test_loading_that_fails_unforeseen_is_told_after_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError("too large")

    monkeypatch.setattr(opening, "open_workspace", fail)
    app = NixdiveApp(OpenRequest((), demo=True))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.error is not None)
    assert str(app.error) == "MemoryError: too large"


async def test_keys_that_come_while_the_program_ends_are_nobodys(
    demo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with demo() as (pilot, _):
        app, close = pilot.app, pilot.app._close_all

        async def closed() -> None:
            await close()
            assert not app.screen_stack
            for event in (events.Key("q", "q"), events.Key("escape", None), events.Paste("q")):
                await app.on_event(event)

        monkeypatch.setattr(app, "_close_all", closed)
    assert app._exception is None
