"""The form that writes: where to, in which form, an image under which name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Button, Checkbox, Input, Static

from nixdive.errors import NixdiveError
from nixdive.human import ago
from nixdive.image.commands import is_remote
from nixdive.image.oci.name import ImageName
from nixdive.ui.config.keymap import KeySigns
from nixdive.ui.dialogs.dialog import DialogScreen, answer
from nixdive.ui.dialogs.fields import Choice, Entry, Fold, Tick
from nixdive.ui.dialogs.forecast import ForecastLine
from nixdive.ui.verbs import bindings
from nixdive.visible import visible
from nixdive.workspace.settings import COMMAND, SETTINGS, differing
from nixdive.workspace.targets import BUILDS, IMAGES, PLANS, Place, look, renamed, suggested

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.binding import BindingType
    from textual.widget import Widget

    from nixdive.image.forecast import Survey
    from nixdive.image.oci.spec import ImageSpec
    from nixdive.layering.plan import LayerPlan

_COMPRESSIONS = {
    "gzip": "pushed unchanged: only layers the registry lacks are sent",
    "zstd": "smaller; docker loads it since version 23",
    "none": "written fastest, for loading on this machine",
}


@dataclass(frozen=True, slots=True)
class WriteOrder:
    """What is to be written, and where to.

    Attributes:
        target: the file or directory; as text a registry or an engine: docker://HOST/NAME:TAG.
        form: one of IMAGES, PLANS or BUILDS.
        spec: name, config, format and compression of an image.
        plan_file: where the plan of an image is written too, or None.
        sizes: bytes that are read of each layer of an image, where they were foreseen.
    """

    target: Path | str
    form: str
    spec: ImageSpec
    plan_file: Path | None = None
    sizes: tuple[int, ...] = ()

    @property
    def image(self) -> bool:
        """Whether it is an image; else it is the plan of one."""
        return self.form in IMAGES


class WriteDialog(Vertical):
    """Gives the order, or None.

    Args:
        spec: what the fields begin with.
        plan: what is written.
        survey: makes, in a worker, what foresees sizes; None where files are missing, so that there can
            be no image.
        form: the form that is chosen at first; None for the image format of the spec.
        target: where it goes at first, as in the order; None for a name that is suggested.
        keys: the keys that verbs have now.
    """

    title_text = "Write image"
    keys_text = "enter write   tab next   esc close"
    first = "Input, Button"
    sizes: tuple[tuple[int, str], ...] = ((30, "-short"),)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("Write")]
    DEFAULT_CSS = """
    WriteDialog#frame {
        #place { width: auto; min-width: 12; color: $nd-dim; }
        Checkbox, Checkbox:focus { border: none; padding: 0; height: 1; background: $nd-panel; }
        Checkbox > .toggle--button { background: $nd-panel; color: $nd-dim; }
        Checkbox.-on > .toggle--button { color: $nd-accent; }
        Checkbox:focus > .toggle--button { background: $nd-cursor; }
        Checkbox > .toggle--label { padding: 0 1; background: $nd-panel; color: $nd-text; }
        &.-plan .image { display: none; }
        &.-remote #of-format { display: none; }
        &.-short Entry { margin-bottom: 0; }
        &.-short { height: 100%; padding: 0 2; }
        &.-short VerticalScroll { height: 1fr; }
    }
    """

    def __init__(
        self,
        spec: ImageSpec,
        plan: LayerPlan,
        survey: Callable[[], Survey] | None,
        form: str | None = None,
        target: Path | str | None = None,
        *,
        keys: KeySigns = KeySigns(),  # noqa: B008  a value that never changes
    ) -> None:
        super().__init__()
        self._spec = spec
        self._plan = plan
        self._survey = survey
        self._keys = keys
        self._form = form or spec.image_format
        self._called = spec.name  # what files are called after
        usual = suggested(spec.name, self._form)
        self._target = usual if target in {None, Path(usual)} else str(target)
        self._plan_file = Path(suggested(spec.name, "plan file"))
        self._place = Place("")

    def fields(self) -> Iterable[Widget]:
        """Return the fields."""
        spec, form = self._spec, self._form
        target = Input(self._target, id="target", placeholder="FILE or docker://HOST/NAME:TAG")
        compression = Choice(_COMPRESSIONS, spec.compression.partition(":")[0], id="compression")
        command = Input(COMMAND.shown(spec), id="command", placeholder=COMMAND.example)
        words = f"also write {visible(str(self._plan_file))}, which keeps the layers"
        with VerticalScroll(can_focus=False):
            yield Entry("Write to", target, Static("", id="place", markup=False), id="of-target")
            formats = Choice(IMAGES, form, below=(PLANS, BUILDS), id="format")
            yield Entry("Format", formats, lines=4, id="of-format")
            yield Entry("Image name", Input(visible(spec.name), id="name"), id="of-name", classes="image")
            yield Entry("Compression", compression, lines=2, classes="image")
            yield Entry("Command", command, id="of-command", classes="image")
            yield Entry("Config", Fold(f"{len(SETTINGS)} more settings"), classes="image")
            yield Entry("Plan", Tick(words, value=False, id="with-plan"), classes="image")
        yield Static("─" * 200, classes="rule", markup=False)
        yield ForecastLine(self._plan, self._survey)
        yield Static("", id="problem", classes="wrong", markup=False)

    def buttons(self) -> Iterable[Button]:
        """Return the buttons."""
        yield Button("Write", id="write")
        yield Button("Cancel", id="cancel")

    def on_mount(self) -> None:
        """Look at the place, and foresee the size."""
        self._form_chosen(self._form)

    @on(Input.Changed, "#target")
    def _target_changed(self) -> None:
        self._look()

    @on(Input.Changed, "#name")
    @on(Input.Changed, "#command")
    @on(Choice.Changed, "#compression")
    def _image_changed(self) -> None:
        self._read()
        self._foresee()

    @on(Choice.Changed, "#format")
    def _format_changed(self, message: Choice.Changed) -> None:
        target = self.query_one("#target", Input)
        target.value = renamed(target.value.strip(), self._called, self._form, message.value)
        self._form_chosen(message.value)

    def _form_chosen(self, form: str) -> None:
        self._form = form
        image = form in IMAGES
        if image:
            self._spec = replace(self._spec, image_format=form)
        self.set_class(not image, "-plan")
        self.border_title = f"● Write {'image' if image else 'plan'}"
        refused = image and self._survey is None
        words = "not possible: some store paths have no files here; a plan needs none" if refused else ""
        self.query_one("#of-format", Entry).cause = words
        self.query_one(Fold).facts = ", ".join(differing(self._spec)) or "defaults"
        self._look()

    @on(Fold.Opened)
    def _unfold(self) -> None:
        from nixdive.ui.dialogs.settings import SettingsDialog

        def decided(spec: ImageSpec | None) -> None:
            if spec is not None:
                self._spec = spec
                self.query_one(Fold).facts = ", ".join(differing(spec)) or "defaults"
                self._foresee()

        self._read()
        screen: DialogScreen[ImageSpec] = DialogScreen(SettingsDialog(self._spec))
        self.app.push_screen(screen, decided)

    @on(ForecastLine.Changed)
    def _told(self, message: ForecastLine.Changed) -> None:
        self.query_one("#problem", Static).update(message.problem or message.note)

    @on(Input.Submitted)
    @on(Button.Pressed, "#write")
    def action_write(self) -> None:
        """Close with the order, unless something is wrong: then go there."""
        self._look()
        wrong = self._read()
        if self._place.wrong:
            wrong.insert(0, "target")
        elif self.query_one("#of-format", Entry).cause:
            wrong.insert(0, "format")
        if wrong:
            self.query_one(f"#{wrong[0]}").focus()
            return
        if self._form in IMAGES and self.query_one(ForecastLine).problem:
            return
        text = self.query_one("#target", Input).value.strip()
        if self._form not in IMAGES:
            answer(self.screen, WriteOrder(Path(text).expanduser(), self._form, self._spec))
            return
        target = text if is_remote(text) else Path(text).expanduser()
        plan_file = self._plan_file if self.query_one("#with-plan", Checkbox).value else None
        sizes = self.query_one(ForecastLine).layer_sizes
        answer(self.screen, WriteOrder(target, self._form, self._spec, plan_file, sizes))

    def action_make_folder(self) -> None:
        """Make the folder that is missing."""
        folder = self._place.folder
        if folder is not None:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                self.query_one("#of-target", Entry).cause = f"{visible(str(folder))}: {error.strerror}"
            else:
                self._look()

    def _look(self) -> None:
        text = self.query_one("#target", Input).value.strip()
        self._place = place = look(text, self._form)
        self.set_class(is_remote(text) and self._form in IMAGES, "-remote")  # it has a form of its own
        words = self.query_one("#place", Static)
        age = "" if place.moment is None else f", written {ago(place.moment)}"
        words.update("" if place.wrong else f"  {visible(place.words)}{age}")
        key = self._keys.all("write.folder")
        can = f"; {key} creates it" if place.folder and key else ""
        self.query_one("#of-target", Entry).cause = visible(place.words) + can if place.wrong else ""
        self._foresee()

    def _read(self) -> list[str]:
        """Take what the fields of an image say; return those that are wrong, which show their causes."""
        if self._form not in IMAGES:
            return []
        compression = self.query_one("#compression", Choice).value
        if compression != self._spec.compression.partition(":")[0]:
            self._spec = replace(self._spec, compression=compression)
        return [one for one in ("name", "command") if self._is_wrong(one)]

    def _is_wrong(self, field: str) -> bool:
        text, cause = self.query_one(f"#{field}", Input).value, ""
        try:
            if field == "name":
                self._spec = replace(self._spec, name=str(ImageName.parse(text.strip())))
            elif text != COMMAND.shown(self._spec):
                self._spec = COMMAND.laid(self._spec, text)
        except (NixdiveError, ValueError) as error:
            cause = visible(str(error))
        self.query_one(f"#of-{field}", Entry).cause = cause
        return bool(cause)

    def _foresee(self) -> None:
        self.query_one(ForecastLine).look(self._spec if self._form in IMAGES else None, self._place)
