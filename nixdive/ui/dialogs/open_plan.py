"""Asks for a plan file, and reads it before anything changes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.suggester import Suggester
from textual.widgets import Button, Input, Static

from nixdive.errors import NixdiveError, PlanError
from nixdive.human import several
from nixdive.ui.dialogs.dialog import answer
from nixdive.ui.dialogs.fields import Entry
from nixdive.ui.jobs import Jobs, Meter, told
from nixdive.visible import visible
from nixdive.workspace.plan_files import facts, nearby, read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from nixdive.layering.request import PlanRequest
    from nixdive.workspace.workspace import Workspace

_NEARBY = 6  # files and folders that are named


class Nearby(Suggester):
    """Completes the path of a plan file from what is in its folder."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """Return the first file or folder that the text may become."""
        found = await asyncio.to_thread(nearby, value)
        return next((one for one in found if one != value and one.isprintable()), None)


class OpenPlanDialog(Vertical):
    """Gives a plan file with what it asks for, or None; what cannot be read is told, and stays in the field.

    Args:
        workspace: what the plan is for.
        text: what the field begins with.
    """

    title_text = "Open a plan"
    keys_text = "enter open   → complete   esc close"
    first = "Input, Button"
    sizes: tuple[tuple[int, str], ...] = ()

    def __init__(self, workspace: Workspace, text: str) -> None:
        super().__init__()
        self._workspace = workspace
        self._text = text
        self._jobs = Jobs(self)

    def fields(self) -> Iterable[Widget]:
        """Return the field, and what the file asks for."""
        yield Entry(
            "Plan file",
            Input(self._text, placeholder="app.plan.toml", id="file", suggester=Nearby()),
            id="of-file",
        )
        yield Static("", id="facts", classes="note", markup=False)
        yield Static("", id="nearby", classes="note", markup=False)

    def buttons(self) -> Iterable[Button]:
        """Return the buttons."""
        yield Button("Open", id="open")
        yield Button("Cancel", id="cancel")

    def on_mount(self) -> None:
        """Look what there is."""
        self._jobs.ask("list", lambda _: [one for one in nearby("") if not one.endswith("/")], self._listed)

    def on_unmount(self) -> None:
        """Stop with the screen."""
        self._jobs.close()

    @on(Input.Changed)
    def _typed(self) -> None:
        self._read(decide=False)

    @on(Input.Submitted)
    @on(Button.Pressed, "#open")
    def _decided(self) -> None:
        self._read(decide=True)

    def _read(self, *, decide: bool) -> None:
        text = self.query_one(Input).value.strip()

        def compute(_: Meter) -> PlanRequest:
            try:
                return read(Path(text).expanduser(), self._workspace)
            except (OSError, RuntimeError, ValueError):
                raise PlanError("name a file") from None

        def found(request: PlanRequest) -> None:
            if decide:
                answer(self.screen, (Path(text).expanduser(), request))
            else:
                self._show(facts(request), "")

        def failed(error: NixdiveError) -> None:
            here = text.endswith(".toml") or decide  # half a name is no mistake yet
            self._show("", told(error) if here else "")

        self._jobs.ask("read", compute, found, failed=failed)

    def _show(self, words: str, cause: str) -> None:
        self.query_one("#facts", Static).update(visible(words))
        self.query_one("#of-file", Entry).cause = cause

    def _listed(self, names: list[str]) -> None:
        if names:
            shown = several([visible(name) for name in names], _NEARBY)
            self.query_one("#nearby", Static).update(f"here: {shown}")
