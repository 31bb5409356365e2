"""The screen while Nix builds: what it does, what it says, and how it is stopped."""

from __future__ import annotations

import asyncio
import sys
from threading import Event
from typing import TYPE_CHECKING

from nixdive.errors import NixCommandError
from nixdive.ui.app import NixdiveApp
from nixdive.ui.draw.line import plain
from nixdive.ui.jobs import told
from nixdive.ui.main.opening import LoadingScreen
from nixdive.ui.main.screen import MainScreen
from nixdive.ui.panes.closure.early import EarlyClosure
from nixdive.workspace.open import OpenRequest
from nixdive.workspace.priced_plan import PricedPlan, Pricer
from tests.store.nix.programs import APP, DRV, STUBBORN, event, lives, put, saying
from tests.ui.conftest import text, until, wait_for

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from nixdive.layering.request import PlanRequest


async def test_a_build_is_shown_and_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "stubborn.py").write_text(STUBBORN)
    put(tmp_path, monkeypatch, "nix", f"exec {sys.executable} {tmp_path}/stubborn.py kind {tmp_path}\n")
    app = NixdiveApp(OpenRequest((".#app",)))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await wait_for(pilot, LoadingScreen)
        await until(pilot, lambda: "ready" in text(screen, "#log"))
        assert text(screen, "#log").splitlines()[-1].strip() == "ready"
        assert text(screen, "#phase").startswith(" building x …")
        await pilot.press("escape")
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    for _ in range(600):
        if not any(map(lives, pids)):
            break
        await asyncio.sleep(0.05)
    assert not any(map(lives, pids))
    assert (tmp_path / "signals").read_text() == "SIGINT\n"


async def test_a_build_that_fails_is_told_with_its_last_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    said = [
        event(action="start", id=1, type=105, fields=[DRV]),
        event(action="result", id=1, type=101, fields=["no such header"]),
        event(action="msg", level=0, msg="error: x", raw_msg=f"builder for '{DRV}' failed with exit code 2"),
    ]
    put(tmp_path, monkeypatch, "nix", saying(tmp_path, APP, "\n".join(said) + "\n", 1))
    app = NixdiveApp(OpenRequest((".#app",)))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.error is not None)
    assert isinstance(app.error, NixCommandError)
    assert told(app.error).splitlines()[:2] == [
        f".#app: {DRV} does not build: builder failed with exit code 2",
        "no such header",
    ]


async def test_the_closure_is_shown_while_the_first_plan_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    planned = Event()
    plan = Pricer.plan

    def waits(pricer: Pricer, request: PlanRequest) -> PricedPlan:
        assert planned.wait(60)
        return plan(pricer, request)

    monkeypatch.setattr(Pricer, "plan", waits)
    app = NixdiveApp(OpenRequest((), demo=True))
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await wait_for(pilot, LoadingScreen)
        try:
            await until(pilot, lambda: bool(screen.query(EarlyClosure)))
            early = screen.query_one(EarlyClosure)
            shown = [plain(early.row(i, 80)) for i in range(early.count)]
            await pilot.press("down")
            assert early.listing.cursor == 1
            await until(pilot, lambda: text(screen, "#phase").startswith(" planning"))
        finally:
            planned.set()
        main = await wait_for(pilot, MainScreen)
        pane = main.closure_pane
        rows = [plain(pane.row(i, 80)) for i in range(pane.count)]
        assert [row.split()[:3] for row in shown] == [row.split()[:3] for row in rows]
        assert [row.split()[-1] for row in shown] == [row.split()[-1] for row in rows]
