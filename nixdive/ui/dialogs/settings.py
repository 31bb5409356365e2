"""What an image has besides its layers, in fields: environment, labels, ports, owner, times."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Button, Input, TextArea

from nixdive.ui.dialogs.dialog import answer
from nixdive.ui.dialogs.fields import Entry
from nixdive.ui.verbs import bindings
from nixdive.workspace.settings import SETTINGS, Setting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.binding import BindingType
    from textual.widget import Widget

    from nixdive.image.oci.spec import ImageSpec


class SettingsDialog(Vertical):
    """Gives the spec as the fields say, or None; a field that nobody touched leaves its part as it is."""

    title_text = "Settings of the image"
    keys_text = "ctrl+s keep   tab next   esc close"
    first = "Input"
    sizes: tuple[tuple[int, str], ...] = ((34, "-short"),)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("Settings")]
    DEFAULT_CSS = """
    SettingsDialog#frame {
        &.-short { height: 100%; }
        &.-short VerticalScroll { height: 1fr; }
        Entry { margin-bottom: 0; }
        TextArea {
            border: none; padding: 0 1; width: 1fr; background: $nd-raised; color: $nd-text;
            scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0;
            &:focus { border: none; background: $nd-cursor; color: $nd-bright; }
            & .text-area--cursor { background: $nd-accent; color: $nd-ink; }
            & .text-area--cursor-line { background: transparent; }
            & .text-area--placeholder { color: $nd-faint; }
        }
    }
    """

    def __init__(self, spec: ImageSpec) -> None:
        super().__init__()
        self._spec = spec

    def fields(self) -> Iterable[Widget]:
        """Return a field for each setting."""
        yield VerticalScroll(*map(self._entry, SETTINGS), can_focus=False)

    def _entry(self, setting: Setting) -> Entry:
        name, text, example = setting.name, setting.shown(self._spec), setting.example
        widget: Input | TextArea
        if setting.lines == 1:
            widget = Input(text, placeholder=example, id=name)
        else:
            widget = TextArea(text, placeholder=example, tab_behavior="focus", id=name)
            widget.styles.height = setting.lines
        return Entry(setting.label, widget, lines=setting.lines, id=f"of-{name}")

    def buttons(self) -> Iterable[Button]:
        """Return the buttons."""
        yield Button("Keep", id="keep")
        yield Button("Cancel", id="cancel")

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _typed(self) -> None:
        self._read()

    @on(Input.Submitted)
    @on(Button.Pressed, "#keep")
    def action_keep(self) -> None:
        """Close with the settings, unless one of them is wrong: then go there."""
        spec, wrong = self._read()
        if wrong:
            self.query_one(f"#{wrong[0]}").focus()
        else:
            answer(self.screen, spec)

    def _read(self) -> tuple[ImageSpec, list[str]]:
        """Return the spec and the fields that are wrong; each shows its cause."""
        spec, wrong = self._spec, []
        for setting in SETTINGS:
            entry = self.query_one(f"#of-{setting.name}", Entry)
            text = self._text(setting)
            entry.cause = ""
            if text == setting.shown(self._spec):
                continue
            try:
                spec = setting.laid(spec, text)
            except ValueError as error:
                entry.cause = str(error)
                wrong.append(setting.name)
        return spec, wrong

    def _text(self, setting: Setting) -> str:
        if setting.lines == 1:
            return self.query_one(f"#{setting.name}", Input).value
        return self.query_one(f"#{setting.name}", TextArea).text
