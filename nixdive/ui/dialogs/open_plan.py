"""Asks for a plan file, and reads it before anything changes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on, work
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Button, Input, Static
from textual.worker import get_current_worker

from nixdive.errors import NixdiveError
from nixdive.layering.request import PlanRequest
from nixdive.ui.dialogs.dialog import Dialog
from nixdive.ui.dialogs.entry import Entry
from nixdive.ui.failure import told
from nixdive.visible import visible
from nixdive.workspace.opened_plan import facts, nearby, read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from nixdive.workspace.workspace import Workspace


class Nearby(Suggester):
    """Completes the path of a plan file from what is in its folder."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """Return the first file or folder that the text may become."""
        found = await asyncio.to_thread(nearby, value)
        return next((one for one in found if one != value and one.isprintable()), None)


class OpenPlanDialog(Dialog[tuple[Path, PlanRequest]]):
    """Gives a plan file with what it asks for, or None; what cannot be read is told, and stays in the field.

    Args:
        workspace: what the plan is for.
        text: what the field begins with.
    """

    title_text = "Open a plan"
    keys_text = "enter open   → complete   esc close"

    @dataclass
    class _Read(Message):
        text: str
        found: PlanRequest | NixdiveError
        decide: bool

    @dataclass
    class _Listed(Message):
        names: list[str]

    def __init__(self, workspace: Workspace, text: str) -> None:
        super().__init__()
        self._workspace = workspace
        self._text = text

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
        self._list()

    @on(Input.Changed)
    def _typed(self) -> None:
        self._read(self.query_one(Input).value.strip(), decide=False)

    @on(Input.Submitted)
    @on(Button.Pressed, "#open")
    def _decided(self) -> None:
        self._read(self.query_one(Input).value.strip(), decide=True)

    @work(thread=True, exclusive=True, group="read", exit_on_error=False)
    def _read(self, text: str, *, decide: bool) -> None:
        worker = get_current_worker()
        found: PlanRequest | NixdiveError
        try:
            found = read(Path(text).expanduser(), self._workspace)
        except NixdiveError as error:
            found = error
        except (OSError, RuntimeError, ValueError):
            found = NixdiveError("no name of a file")
        if not worker.is_cancelled:
            self.post_message(self._Read(text, found, decide))

    @work(thread=True, group="list", exit_on_error=False)
    def _list(self) -> None:
        self.post_message(self._Listed([one for one in nearby("") if not one.endswith("/")]))

    @on(_Listed)
    def _listed(self, message: _Listed) -> None:
        if message.names:
            names = ", ".join(map(visible, message.names[:6])) + (", …" if len(message.names) > 6 else "")
            self.query_one("#nearby", Static).update(f"here: {names}")

    @on(_Read)
    def _was_read(self, message: _Read) -> None:
        entry, note = self.query_one("#of-file", Entry), self.query_one("#facts", Static)
        if isinstance(message.found, PlanRequest):
            if message.decide:
                self.dismiss((Path(message.text).expanduser(), message.found))
                return
            note.update(visible(facts(message.found)))
            entry.cause = ""
            return
        note.update("")
        here = message.text.endswith(".toml") or message.decide
        entry.cause = told(message.found) if here else ""  # half a name is no mistake yet
