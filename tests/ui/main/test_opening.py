"""The screen while Nix builds: what it does, what it says, and how it is stopped."""

from __future__ import annotations

import sys
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.closure import measures
from nixdive.closure.reach import reach
from nixdive.errors import NixCommandError
from nixdive.opening.pushed import pushed_layers
from nixdive.sizes import prose
from nixdive.ui.app import NixdiveApp
from nixdive.ui.draw.line import plain
from nixdive.ui.draw.progress import Reading, going
from nixdive.ui.jobs import Meter, told
from nixdive.ui.main.opening import LoadingScreen
from nixdive.ui.main.screen import MainScreen
from nixdive.ui.panes.closure.early import EarlyClosure
from nixdive.ui.panes.layers.early import EarlyLayers
from nixdive.workspace.open import OpenRequest
from nixdive.workspace.pricer import Pricer
from tests.opening.images import docker_archive, layer, store_layer, store_name
from tests.patience import PATIENCE, gone
from tests.store.nix.programs import APP, DRV, STUBBORN, event, put, saying
from tests.ui.conftest import text, until, wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.layering.request import PlanRequest
    from nixdive.workspace.priced_plan import PricedPlan


async def early_closure(pilot: Any, screen: Any) -> EarlyClosure:
    """Wait for the closure that is shown before it is planned, and return it."""
    await until(pilot, lambda: bool(screen.query(EarlyClosure)))
    found: EarlyClosure = screen.query_one(EarlyClosure)
    return found


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
    gone(*pids)
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
        assert planned.wait(PATIENCE)
        return plan(pricer, request)

    monkeypatch.setattr(Pricer, "plan", waits)
    app = NixdiveApp(OpenRequest((), demo=True))
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await wait_for(pilot, LoadingScreen)
        try:
            early = await early_closure(pilot, screen)
            await until(pilot, lambda: early._scene.closure.measures.reached)
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


async def test_the_closure_is_shown_before_what_each_path_needs_is_added_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    added_up = Event()

    def waits(*rows: Any) -> Any:
        assert added_up.wait(PATIENCE)
        return reach(*rows)

    monkeypatch.setattr(measures, "reach", waits)
    app = NixdiveApp(OpenRequest((), demo=True))
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await wait_for(pilot, LoadingScreen)
        try:
            early = await early_closure(pilot, screen)
            nar, whole, added, *_ = plain(early.row(0, 80)).split()
            assert whole == "…"
        finally:
            added_up.set()
        pane = (await wait_for(pilot, MainScreen)).closure_pane
        row = plain(pane.row(0, 80)).split()
        assert (row[0], row[2]) == (nar, added)
        assert row[1] == added, "the root needs all that would go with it"


ROOT = layer({"etc": None, "etc/passwd": b"root\n" * 4000})
LIB, TOOL = store_name("a", "lib-1"), store_name("b", "tool-2")
LOW = store_layer((LIB, {"x": b"1" * 9000}))
TOP = store_layer((TOOL, {"y": f"/nix/store/{LIB}".encode()}))
HISTORY = [
    {"created_by": "/bin/sh -c #(nop) ADD rootfs"},
    {"created_by": f"/nix/store/{LIB}"},
    {"created_by": f"/nix/store/{TOOL}"},
]


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 16)])
async def test_the_layers_of_an_image_are_there_before_any_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    held, goes_on = {i: Event() for i in range(3)}, Event()
    advance = Meter.advance

    def waits(meter: Meter, amount: int, part: int | None = None) -> None:
        if part is not None and not goes_on.is_set():
            assert held[part].wait(PATIENCE)
        advance(meter, amount, part)

    monkeypatch.setattr(Meter, "advance", waits)
    layers = (ROOT, LOW, TOP)
    place = docker_archive(tmp_path / "x.tar", {"team/app:v1": layers}, history=HISTORY)
    app = NixdiveApp(OpenRequest((str(place),)))
    async with app.run_test(size=size) as pilot:
        screen = await wait_for(pilot, LoadingScreen)
        try:
            await until(pilot, lambda: bool(screen.query(EarlyLayers)))
            early = screen.query_one(EarlyLayers)
            await pilot.pause()
            assert early.done == [False, False, False]
            shown = text(screen, EarlyLayers)
            for word in ("ADD rootfs", "lib", "tool"):
                assert word in shown
            assert f"3 layers, {prose(sum(map(len, layers)))}" in text(screen, "#figures")
            assert "read 0 B" in text(screen, "#figures")
            roles = [span.role for span in early.row(0, 60) if span.text.strip()]
            assert set(roles) == {"faint"}
            largest = max(range(3), key=lambda i: len(layers[i]))
            held[largest].set()
            await until(pilot, lambda: early.done[largest])
            assert f"read {prose(len(layers[largest]))}" in text(screen, "#figures")
            assert "reading layer 2 of 3" in text(screen, "#phase")
            share = round(100 * len(layers[largest]) / sum(map(len, layers)))
            assert f"{share} %" in text(screen, "#phase")
            await pilot.press("down")
            assert early.listing.cursor == 1
        finally:
            goes_on.set()
            for event_ in held.values():
                event_.set()
        main = await wait_for(pilot, MainScreen)
        assert len(main.workspace.priced.plan.layers) == 3


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_the_next_push_is_told_before_any_layer_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    released = Event()
    advance = Meter.advance

    def waits(meter: Meter, amount: int, part: int | None = None) -> None:
        assert released.wait(PATIENCE)
        advance(meter, amount, part)

    monkeypatch.setattr(Meter, "advance", waits)
    old = docker_archive(tmp_path / "old.tar", {"x:1": (ROOT, LOW)}, history=HISTORY[:2])
    new = docker_archive(tmp_path / "new.tar", {"x:2": (ROOT, LOW, TOP)}, history=HISTORY)
    app = NixdiveApp(OpenRequest((str(new),), against=(str(old),)))
    async with app.run_test(size=size) as pilot:
        screen = await wait_for(pilot, LoadingScreen)
        try:
            await until(pilot, lambda: bool(screen.query(EarlyLayers)))
            await pilot.pause()
            early = screen.query_one(EarlyLayers)
            assert early.done == [False, False, False]
            assert f"next push {prose(len(TOP))}" in text(screen, "#figures")
            pushed = text(screen, "#bar").splitlines()[1]
            assert pushed.startswith(" pushed")
            assert "━" in pushed
            rows = [plain(early.row(i, 60)).split() for i in range(3)]
            assert [row[2] for row in rows] == ["·", "·", rows[2][1]]
        finally:
            released.set()
        main = await wait_for(pilot, MainScreen)
        assert main.workspace.priced.cost.new == (False, False, True)


@pytest.mark.parametrize("against", ["no.tar", "closure", "torn.tar"])
async def test_an_earlier_version_that_tells_no_layers_at_once_leaves_the_push_open(
    tmp_path: Path, against: str
) -> None:
    new = docker_archive(tmp_path / "new.tar", {"x:2": (ROOT, TOP)})
    (tmp_path / "torn.tar").write_bytes(new.read_bytes()[:1000])
    (tmp_path / "closure").write_text("[]")
    assert pushed_layers(str(tmp_path / against), None) is None
    assert len(pushed_layers(str(new), None) or ()) == 2


async def test_esc_leaves_while_layers_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    released = Event()

    def waits(meter: Meter, amount: int, part: int | None = None) -> None:
        assert released.wait(PATIENCE)

    monkeypatch.setattr(Meter, "advance", waits)
    app = NixdiveApp(OpenRequest((str(docker_archive(tmp_path / "x.tar", {"x:1": (ROOT, LOW)})),)))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await wait_for(pilot, LoadingScreen)
        try:
            await until(pilot, lambda: bool(screen.query(EarlyLayers)))
            await pilot.press("escape")
            await until(pilot, lambda: not app.is_running)
        finally:
            released.set()
    assert app.error is None


def test_progress_has_rate_and_time_left_in_one_line() -> None:
    half = Reading("reading", 50 << 20, 100 << 20, 10.0)
    line = plain(going(half, 80, "layer 3 of 5"))
    for words in (" reading layer 3 of 5", "50 %", "5.00 MiB/s", "0:10 left", "━━━", "───"):
        assert words in line
    assert len(line) == 80
    assert "left" not in plain(going(half._replace(seconds=0.1), 80))
    assert "━" not in plain(going(half, 50, "layer 3 of 5"))
