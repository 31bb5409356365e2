"""Seconds on the screen: beside the bytes of every figure, after every edit, and for each strategy."""

from __future__ import annotations

import json
import random
from threading import Thread, current_thread, main_thread
from typing import TYPE_CHECKING, Any

from nixdive.layering.planner import Planner
from nixdive.layering.request import PlanRequest
from nixdive.progress import NullProgress
from nixdive.ui.app import NixdiveApp
from nixdive.ui.dialogs.strategy import Choices
from nixdive.ui.draw.line import plain
from nixdive.ui.panes.lines.above import figures
from nixdive.words import brief
from nixdive.workspace import pricer
from nixdive.workspace.open import OpenRequest
from nixdive.workspace.pricer import Pricer
from nixdive.workspace.wire import Basis
from tests.layering.made import random_closure
from tests.ui.conftest import opened, press, settled, text, until

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_figures_have_seconds_where_there_is_room() -> None:
    pricer = Pricer(Planner(random_closure(7, 60)))
    few, many = pricer.plan(PlanRequest(max_layers=2)), pricer.plan(PlanRequest(max_layers=50))
    assert few.seconds is not None
    assert many.seconds is not None
    line = plain(figures(many, None, 140))
    assert f" in {brief(many.seconds.next_push)} " in line
    assert f" in {brief(many.seconds.release)}" in line
    assert "▲" not in line
    after = plain(figures(many, few, 140))
    assert f" in {brief(many.seconds.next_push)} ▲" in after, "50 layers take longer to push than 2"
    assert " ▼ " in after, "the change of the bytes, with its size"
    tight = plain(figures(many, few, 80))
    for seconds in (many.seconds.next_push, many.seconds.release):
        assert f" in {brief(seconds)}" in tight, "a change loses its size before seconds go"
    assert " ▼ in " in tight
    assert "MiB ▼ in" in plain(figures(many, few, 72))
    narrow = plain(figures(many, None, 60))
    assert " in " not in narrow
    assert narrow.rstrip().endswith("MiB"), "figures are whole where there is little room"
    assert "  release " in narrow


async def test_every_edit_has_its_seconds(demo: Any) -> None:
    async with demo((140, 40)) as (pilot, screen):
        before = screen.workspace.priced.seconds
        await pilot.press("left_square_bracket", "left_square_bracket")
        await settled(pilot, screen)
        now = screen.workspace.priced
        assert now.seconds is not None
        assert before is not None
        assert now.seconds.release != before.release
        assert f"in {brief(now.seconds.next_push)}" in plain(figures(now, screen.workspace.before, 140))


async def test_the_strategies_show_what_a_release_costs(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await pilot.press("e")
        choices = pilot.app.screen.query_one(Choices)
        await until(pilot, lambda: len(choices._found) == len(choices.names))
        lines = [plain(line) for line in choices.draw(90, 9)]
        priced = screen.workspace.priced
        assert priced.seconds is not None
        assert brief(priced.seconds.release) in next(line for line in lines if " ● " in line)
        assert all(" s " in line for line in lines)


async def test_the_seconds_become_those_of_samples_once_these_are_there(tmp_path: Path) -> None:
    store = tmp_path / "store" / f"{'1' * 32}-app-1.0"
    store.mkdir(parents=True)
    (store / "data").write_bytes(random.Random(1).randbytes(8 << 20))
    file = tmp_path / "closure.json"
    file.write_text(json.dumps([{"path": str(store), "narSize": 8 << 20, "references": []}]))
    app = NixdiveApp(OpenRequest((str(file),), patient=True))
    async with app.run_test(size=(140, 40)) as pilot:
        screen = await opened(pilot)

        def basis() -> tuple[Basis, ...]:
            seconds = screen.view.priced.seconds
            return () if seconds is None else seconds.basis

        await until(pilot, lambda: basis() == (Basis.SAMPLES,))
        seconds = screen.view.priced.seconds
        assert seconds is not None
        await until(pilot, lambda: f"in {brief(seconds.next_push)}" in text(screen, "#figures"))
        screen.browsing.tab("push")
        await until(pilot, lambda: screen.push_pane.curve is not None)
        curve = screen.push_pane.curve
        screen._sampled(screen.workspace.sample(NullProgress()))
        await until(pilot, lambda: screen.push_pane.curve is not None)
        assert screen.push_pane.curve is not curve, "it is worked out anew"


async def test_figures_of_a_plan_are_worked_out_beside_the_screen(
    demo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: dict[str, list[Thread]] = {"seconds": [], "_as_nixpkgs": []}

    def noted(owner: Any, name: str) -> None:
        work = getattr(owner, name)

        def works(*values: Any) -> Any:
            threads[name].append(current_thread())
            return work(*values)

        monkeypatch.setattr(owner, name, works)

    async with demo(max_layers=17) as (pilot, screen):
        noted(Pricer, "seconds")
        noted(pricer, "_as_nixpkgs")
        await press(pilot, screen, *["right_square_bracket"] * 3)
        await until(pilot, lambda: all(threads.values()))
    assert main_thread() not in {thread for found in threads.values() for thread in found}
