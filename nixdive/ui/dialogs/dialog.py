"""What all dialogs have in common: the frame, the fields and the line of buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static
from textual.worker import Worker

from nixdive.ui.dialogs.stack import Answering
from nixdive.ui.failure import failure, tell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult
    from textual.widget import Widget

    from nixdive.errors import NixdiveError

T = TypeVar("T")


class Dialog(Answering[T], ModalScreen[T], Generic[T]):
    """A frame in the middle of the screen; esc closes it without a result."""

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $nd-ink 58%;
        #frame {
            width: 80; max-width: 100%; height: auto; max-height: 100%;
            padding: 1 2; background: $nd-panel; color: $nd-text;
            border: heavy $nd-accent; border-title-color: $nd-accent; border-title-style: bold;
            border-title-background: $nd-panel;
        }
        .field { height: 1; margin-bottom: 1; }
        .field.-two { height: 2; }
        .label { width: 13; color: $nd-dim; }
        .field:focus-within .label { color: $nd-accent; text-style: bold; }
        .note { color: $nd-dim; height: auto; }
        .rule { height: 1; color: $nd-line; }
        .wrong { color: $nd-bad; height: auto; }
        Input {
            height: 1; border: none; padding: 0 1; background: $nd-raised; color: $nd-text; width: 1fr;
            &:focus { border: none; background: $nd-cursor; color: $nd-bright; }
            & > .input--cursor { background: $nd-accent; color: $nd-ink; text-style: none; }
            & > .input--placeholder { color: $nd-faint; }
        }
        VerticalScroll {
            height: auto;
            scrollbar-size-vertical: 1; scrollbar-color: $nd-dim; scrollbar-background: $nd-panel;
        }
        .buttons { height: 1; margin-top: 1; }
        .buttons Static { width: 1fr; text-align: right; color: $nd-text; }
        Button.-style-default {
            height: 1; min-width: 12; border: none; margin-right: 2; padding: 0 1;
            background: $nd-raised; color: $nd-text; text-style: none;
            &:hover { border: none; background: $nd-cursor; }
            &:first-of-type { background: $nd-accent; color: $nd-ink; text-style: bold; }
            &:focus { border: none; background: $nd-bright; color: $nd-ink; text-style: bold; }
            &.-active { border: none; }
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,ctrl+c", "close", "Close", id="dialog.close")]
    AUTO_FOCUS = "Input, Button"

    title_text = ""
    keys_text = ""
    """Each key and a word on what it does, three blanks between them."""

    def compose(self) -> ComposeResult:
        """Put the fields, and the buttons below them, into the frame."""
        with Vertical(id="frame") as frame:
            frame.border_title = f"● {self.title_text}"
            yield from self.fields()
            with Horizontal(classes="buttons"):
                yield from self.buttons()
                yield Static(_marked(self.keys_text))

    def fields(self) -> Iterable[Widget]:
        """Return what stands in the frame."""
        raise NotImplementedError

    def buttons(self) -> Iterable[Button]:
        """Return the buttons, the primary one first."""
        return ()

    def failed(self, error: NixdiveError) -> None:
        """Tell that work in the background has failed as nobody foresaw."""
        tell(self, error)

    @on(Worker.StateChanged)
    def _worker_changed(self, event: Worker.StateChanged) -> None:
        if (error := failure(event)) is not None:
            self.failed(error)

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.action_close()

    def action_close(self) -> None:
        """Close without a result."""
        self.dismiss(None)


def field(label: str, *widgets: Widget, lines: int = 1) -> Horizontal:
    """Return a line of a form, or two: a label and what belongs to it."""
    classes = "field" if lines == 1 else "field -two"
    return Horizontal(Static(label, classes="label", markup=False), *widgets, classes=classes)


def _marked(keys: str) -> str:
    """Return "enter write   esc close" with the keys in their colour."""
    parts = (part.rpartition(" ") for part in keys.split("   "))
    return "   ".join(f"[b $nd-accent]{key}[/] {label}" for key, _, label in parts)
