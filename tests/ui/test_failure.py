"""Errors in the background become notices; the screen stays."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.dom import DOMNode
from textual.worker import Worker

from nixdive.ui.app import NixdiveApp
from nixdive.ui.dialogs import dialog
from nixdive.ui.draw.line import plain
from nixdive.ui.main import loading
from nixdive.ui.panes.lines.edit_line import EditLine
from nixdive.workspace.open import OpenRequest
from tests.ui.conftest import notes, settled, until

if TYPE_CHECKING:
    import pytest

UI = Path(dialog.__file__).parent.parent


def _runs(value: object) -> bool:
    """Whether it is a method made by `work`."""
    code = getattr(value, "__code__", None)
    return code is not None and code.co_filename.endswith("_work_decorator.py")


def test_no_worker_ends_the_program() -> None:
    found = 0
    for file in UI.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "work":
                found += 1
                assert "exit_on_error=False" in ast.unparse(node), f"{file.name}:{node.lineno}"
    assert found >= 6


def test_what_runs_workers_listens_to_them() -> None:
    from nixdive.ui.main.commands import ids_everywhere

    ids_everywhere()  # loads all modules of the screen
    kinds: list[type] = [DOMNode]
    for kind in kinds:
        kinds += kind.__subclasses__()
    running = [
        kind
        for kind in kinds
        if kind.__module__.startswith("nixdive.ui") and any(_runs(value) for value in vars(kind).values())
    ]
    assert {kind.__name__ for kind in running} >= {"PlanningScreen", "LoadingScreen", "WorkingDialog"}
    for kind in running:
        heard = (event for base in kind.__mro__ for event in vars(base).get("_decorated_handlers", ()))
        assert Worker.StateChanged in heard, kind


async def test_a_plan_that_fails_unforeseen_is_told_and_dropped(
    demo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with demo() as (pilot, screen):
        before = screen.workspace.shown

        def fail(_request: object) -> None:
            raise OSError("the disk\x1b is gone")

        with monkeypatch.context() as patch:
            patch.setattr(screen.workspace, "plan", fail)
            await pilot.press("right_square_bracket")
            await settled(pilot, screen)
        assert screen.workspace.shown is before
        assert "OSError: the disk\\x1b is gone" in notes(pilot.app)
        assert "test_failure.py:" in notes(pilot.app)
        assert "OSError" in plain(screen.query_one(EditLine).draw(120, 1)[0])
        await pilot.press("right_square_bracket")
        await settled(pilot, screen)
        assert screen.workspace.shown.request.max_layers == 21


async def test_a_curve_that_fails_is_told(demo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async with demo() as (pilot, screen):

        def fail(*_: object) -> None:
            raise ValueError("no curve")

        monkeypatch.setattr(screen.workspace, "curve", fail)
        screen.action_tab("push")
        await until(pilot, lambda: "ValueError: no curve" in notes(pilot.app))
        assert pilot.app.screen is screen


async def test_loading_that_fails_unforeseen_is_told_after_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError("too large")

    monkeypatch.setattr(loading, "load", fail)
    app = NixdiveApp(OpenRequest((), demo=True))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.error is not None)
    assert str(app.error) == "MemoryError: too large"
