"""From a file of a layer to a file on the disk: what, where to, and one dialog after the other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.markup import escape
from textual.widgets import Button, Input, Static

from nixdive.errors import ExistsError, NixdiveError
from nixdive.sizes import prose
from nixdive.ui.dialogs.dialog import DialogScreen, answer, field
from nixdive.ui.dialogs.fields import Choice
from nixdive.ui.dialogs.questions import ReplaceDialog
from nixdive.ui.dialogs.working import WorkingDialog
from nixdive.ui.jobs import tell
from nixdive.ui.naming import file_name, layer_name
from nixdive.visible import visible
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import App
    from textual.widget import Widget

    from nixdive.layering.plan import LayerPlan
    from nixdive.opening.subject import Subject
    from nixdive.progress import Progress
    from nixdive.workspace.files.comparison import Compared

_NOTE = "The file appears once it is complete; cancelling leaves nothing behind."

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
        below = " with everything in it" if folder else ""
        self._words = {
            self._what: f"{name}{below}, under its own name",
            _TAR: f"{layer}, an uncompressed tar as in the image",
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


def extract(
    app: App[object], subject: Subject, plan: LayerPlan, *, layer: int, compared: Compared, name: bytes
) -> None:
    """Ask where to, write, and tell what was written.

    Args:
        app: the app.
        subject: what the plan is of.
        plan: the plan that is shown.
        layer: the index of the selected layer.
        compared: the files that are shown.
        name: the absolute name of the selected one.
    """
    words = f"layer {layer + 1}, {layer_name(plan.layers[layer], subject.closure)}"
    stem = "".join(letter if letter.isalnum() or letter in "-._" else "-" for letter in subject.name)

    def asked(order: ExtractOrder | None) -> None:
        if order is not None:
            begin(order, force=False)

    def begin(order: ExtractOrder, *, force: bool) -> None:
        def write(progress: Progress) -> str:
            if order.tar:
                return _layer(subject, plan, layer, order, progress, force=force)
            return _files(compared, name, order, progress, force=force)

        what = f"layer {layer + 1}" if order.tar else last
        working = WorkingDialog(f"Extracting {escape(what)}", _NOTE, write)
        screen: DialogScreen[str | NixdiveError] = DialogScreen(working)
        app.push_screen(screen, lambda result: finished(order, result))

    def finished(order: ExtractOrder, result: str | NixdiveError | None) -> None:
        if result is None:
            app.notify("Cancelled; nothing was written")
        elif isinstance(result, str):
            app.notify(result, timeout=8, markup=False)
        elif isinstance(result, ExistsError):
            replace: DialogScreen[bool] = DialogScreen(ReplaceDialog(str(result)))
            app.push_screen(replace, lambda yes: begin(order, force=True) if yes else None)
        else:
            tell(app, result)

    last = file_name(name.rpartition(b"/")[2])
    dialog = ExtractDialog(
        last, folder=compared.listing.is_folder(name), layer=words, tar=f"{stem}-layer-{layer + 1}.tar"
    )
    screen: DialogScreen[ExtractOrder] = DialogScreen(dialog)
    app.push_screen(screen, asked)


def _layer(
    subject: Subject, plan: LayerPlan, layer: int, order: ExtractOrder, progress: Progress, *, force: bool
) -> str:
    from nixdive.image.extract_layer import extract_layer

    size = extract_layer(
        subject.to_write(plan, subject.spec),
        plan.layers[layer],
        order.place,
        force=force,
        progress=progress,
    )
    return f"Written {visible(str(order.place))}, {prose(size)}"


def _files(compared: Compared, name: bytes, order: ExtractOrder, progress: Progress, *, force: bool) -> str:
    from nixdive.image.stored.extract import extract_tree
    from nixdive.image.stored.layer_files import copied_from

    done = extract_tree(
        compared.tree(name),
        name,
        order.place,
        copied_from(compared.files(name), progress),
        force=force,
        progress=progress,
    )
    place = order.place / name.rpartition(b"/")[2].decode("utf-8", "surrogateescape")
    words = f"Written {visible(str(place))}, {counted(done.names, 'name')}, {prose(done.size)}"
    if done.left_out:
        words += f"\n{counted(len(done.left_out), 'device or link to nothing')} left out"
    return words
