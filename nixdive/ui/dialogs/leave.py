"""Asks once before edits that are not written are left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Vertical
from textual.widgets import Button, Static

from nixdive.ui.dialogs.dialog import answer
from nixdive.ui.verbs import bindings
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.binding import BindingType
    from textual.widget import Widget


class LeaveDialog(Vertical):
    """Gives write, save-plan (the plan alone), leave, or None to stay."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("Unwritten edits")]
    keys_text = "esc stay"
    first = "Button"
    sizes: tuple[tuple[int, str], ...] = ()

    def __init__(self, edits: int) -> None:
        super().__init__()
        self.title_text = f"{counted(edits, 'edit')} not written"

    def fields(self) -> Iterable[Widget]:
        """Return what leaving means."""
        yield Static("What was planned here is lost when you leave.", markup=False)

    def buttons(self) -> Iterable[Button]:
        """Return the buttons."""
        yield Button("Write", id="write")
        yield Button("Save plan", id="save-plan")
        yield Button("Leave", id="leave")
        yield Button("Stay", id="stay")

    def action_leave(self) -> None:
        """Leave without writing."""
        answer(self.screen, "leave")

    @on(Button.Pressed)
    def _decided(self, event: Button.Pressed) -> None:
        answer(self.screen, None if event.button.id == "stay" else event.button.id)
