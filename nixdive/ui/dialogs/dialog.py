"""The one screen of all dialogs: a frame with fields and a line of buttons above what was there before."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Protocol, TypeVar, runtime_checkable

from textual import on
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Button, Static

from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.line import Line, Span, spread
from nixdive.ui.draw.line import width as cells_of
from nixdive.ui.verbs import bindings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widget import Widget

T = TypeVar("T")

LEAST_COLUMNS: Final = 60
LEAST_ROWS: Final = 16
TOO_SMALL: Final = f"nixdive needs {LEAST_COLUMNS} columns and {LEAST_ROWS} rows"
"""What stands alone in a smaller terminal."""


class Dialog(Protocol):
    """What stands in the frame: a container that says what it holds, and answers with `answer`.

    Attributes:
        title_text: the title in the frame.
        keys_text: each key and a word on what it does, three blanks between them.
        first: the selector of what has the keys at first.
        sizes: classes that it has in terminals of fewer rows, the fewest first.
    """

    title_text: str
    keys_text: str
    first: str
    sizes: tuple[tuple[int, str], ...]

    def fields(self) -> Iterable[Widget]:
        """Return what stands in the frame."""

    def buttons(self) -> Iterable[Button]:
        """Return the buttons, the primary one first."""


@runtime_checkable
class Stops(Protocol):
    """A dialog that stops something before it closes."""

    def stop(self) -> None:
        """Stop; close when that is done."""


class DialogScreen(ModalScreen[T], Generic[T]):
    """A frame above the screen; esc closes it without a result.

    Attributes:
        dialog: what stands in the frame.
    """

    DEFAULT_CSS = """
    DialogScreen {
        align: center middle;
        layers: default above;
        .too-small {
            display: none; layer: above; width: 100%; height: 100%;
            background: $nd-ink; color: $nd-text;
        }
        &.-tiny .too-small, &.-flat .too-small { display: block; }
        &.-top { align: center top; }
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
        .buttons Drawn { width: 1fr; height: 1; }
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
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("Dialogs")]

    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (LEAST_COLUMNS, "-wide")]  # noqa: RUF012  as Textual has it
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (LEAST_ROWS, "-high")]  # noqa: RUF012  as Textual has it

    def __init__(self, dialog: Any, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self.dialog = dialog  # a Dialog and a container at once, which Python's types cannot say
        self.AUTO_FOCUS = self.dialog.first  # type: ignore[misc]  # Textual reads it from the screen itself
        dialog.id = "frame"

    def compose(self) -> ComposeResult:
        """Put the fields, and the buttons below them, into the frame."""
        self.on_resize()
        # a title may have the name of a file in it, in which nothing is markup
        self.dialog.border_title = Content(f"● {self.dialog.title_text}")
        with self.dialog:
            yield from self.dialog.fields()
            with Horizontal(classes="buttons"):
                yield from self.dialog.buttons()
                yield Drawn(self._keys, ground="panel")
        yield Static(TOO_SMALL, classes="too-small", markup=False)

    def _keys(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  it is one line
        """Return what the keys do, at the right; where room is short the first and the last of them."""
        parts = self.dialog.keys_text.split("   ")
        while True:
            words = [part.rpartition(" ") for part in parts]
            said = [(Span(key, "accent", bold=True), Span(f" {label}")) for key, _, label in words]
            line = tuple(chain(said[0], *((Span("   "), *more) for more in said[1:])))
            if cells_of(line) <= width or len(parts) == 1:
                return [spread((), line, width)]
            del parts[-2]

    def on_resize(self) -> None:
        """Let the dialog be lower where there is little room."""
        rows, sizes = self.app.size.height, self.dialog.sizes
        held = next((name for limit, name in sizes if rows < limit), "")
        for _, name in sizes:
            self.dialog.set_class(name == held, name)

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.action_close()

    def action_close(self) -> None:
        """Close without a result."""
        if isinstance(self.dialog, Stops):
            self.dialog.stop()
        else:
            answer(self, None)


def answer(screen: Screen[Any], result: object) -> None:
    """Close a screen with a result, once: keys that come after the one that closed it are for nobody.

    Where another screen is shown already, that one stays.
    """
    if screen.app.screen is not screen:
        return
    if screen.is_mounted:
        screen.dismiss(result)
    else:  # a key was quicker than the screen, whose own start still looks for its parts
        screen.call_later(answer, screen, result)


def finish(screen: Screen[Any], result: object) -> None:
    """Close a screen whose work has ended, and whatever was opened above it meanwhile."""
    while screen in screen.app.screen_stack and screen.app.screen is not screen:
        if not screen.app.screen.is_mounted:  # its own start still looks for its parts
            screen.app.call_later(finish, screen, result)
            return
        screen.app.pop_screen()
    answer(screen, result)


def field(label: str, *widgets: Widget, lines: int = 1) -> Horizontal:
    """Return a line of a form, or two: a label and what belongs to it."""
    classes = "field" if lines == 1 else "field -two"
    return Horizontal(Static(label, classes="label", markup=False), *widgets, classes=classes)
