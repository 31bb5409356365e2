"""Asks what of a layer is written to the disk, and where to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.widgets import Button, Input, Static

from nixdive.ui.dialogs.choice import Choice
from nixdive.ui.dialogs.dialog import answer, field
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

_TAR = "the layer"


@dataclass(frozen=True, slots=True)
class ExtractOrder:
    """What is to be written.

    Attributes:
        place: the directory for the files, or the file for the tar of the layer.
        tar: whether it is the whole layer, as a tar.
    """

    place: Path
    tar: bool


class ExtractDialog(Vertical):
    """Gives the order, or None.

    Args:
        name: what is selected, its last part.
        folder: whether that is a directory.
        layer: the number of the layer, and its name.
        tar: the file that the tar of the layer gets, unless the user names another one.
    """

    title_text = "Extract"
    keys_text = "enter extract   tab next   esc close"
    first = "#place"
    sizes: tuple[tuple[int, str], ...] = ()

    def __init__(self, name: str, *, folder: bool, layer: str, tar: str) -> None:
        super().__init__()
        self._file = name
        self._tar = tar
        self._what = f"the {'directory' if folder else 'file'}"
        below = " with all that is in it" if folder else ""
        self._words = {
            self._what: f"{name}{below}, under its own name",
            _TAR: f"{layer}, an uncompressed tar as the image has it",
        }

    def fields(self) -> Iterable[Widget]:
        """Return the fields."""
        yield field("What", Choice(self._words, self._what, id="what"), lines=2)
        yield field("Write to", Input("./", id="place"))
        yield Static("", id="becomes", classes="note", markup=False)

    def buttons(self) -> Iterable[Button]:
        """Return the buttons."""
        yield Button("Extract", id="extract")
        yield Button("Cancel", id="cancel")

    @on(Choice.Changed)
    def _what_changed(self) -> None:
        place = self.query_one("#place", Input)
        tar = self.query_one(Choice).value == _TAR
        if tar and not place.value.endswith(".tar"):
            place.value = str(Path(place.value) / self._tar)
        elif not tar and place.value.endswith(f"/{self._tar}"):
            place.value = place.value.removesuffix(self._tar)
        elif not tar and place.value == self._tar:
            place.value = "./"
        self._place_changed()

    @on(Input.Changed)
    def _place_changed(self) -> None:
        text = self.query_one("#place", Input).value.strip()
        if not text:
            words = "name a place"
        elif self.query_one(Choice).value == _TAR:
            words = f"becomes {text}"
        else:
            words = f"becomes {text.rstrip('/') or '/'}/{self._file}".replace("//", "/")
        self.query_one("#becomes", Static).update(visible(words))

    def key_enter(self) -> None:
        """Decide where the keys go to the choice; the field and the buttons tell it themselves."""
        if isinstance(self.screen.focused, Choice):
            self._decide()

    @on(Button.Pressed, "#extract")
    @on(Input.Submitted)
    def _decide(self) -> None:
        text = self.query_one("#place", Input).value.strip()
        if text:
            answer(self.screen, ExtractOrder(Path(text).expanduser(), self.query_one(Choice).value == _TAR))
