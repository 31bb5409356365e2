"""Writes the image and shows how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual import on, work
from textual.markup import escape
from textual.widgets import Button, Static

from nixdive.errors import Cancelled, NixdiveError
from nixdive.ui.dialogs.dialog import Dialog
from nixdive.ui.dialogs.gauge import Gauge
from nixdive.ui.meter import Meter
from nixdive.ui.screens.stack import finish
from nixdive.ui.writing_rows import LAYERS, layers_at_work
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable
    from threading import Event

    from textual.widget import Widget

    from nixdive.closure.closure import Closure
    from nixdive.image.written import WrittenImage
    from nixdive.layering.plan import LayerPlan
    from nixdive.opening import Subject
    from nixdive.ui.dialogs.order import Order
    from nixdive.ui.line import Line


class LayersGauge(Gauge):
    """How far the whole is; and, where the sizes of the layers are foreseen, which of them are at work."""

    def __init__(self, order: Order, plan: LayerPlan, closure: Closure) -> None:
        super().__init__()
        self._order = order
        self._plan = plan
        self._closure = closure
        if order.sizes:
            self.styles.height = LAYERS + 6

    def draw(self, width: int, height: int) -> list[Line]:
        """Return the lines."""
        lines, sizes = super().draw(width, height), self._order.sizes
        if not sizes:
            return lines
        form = self._order.spec.compression.partition(":")[0]
        verb = "copy" if form == "none" else form
        rows = layers_at_work(self.reading, self._plan, self._closure, sizes, verb=verb, width=width)
        return [*lines, (), *rows]


class Outcome(NamedTuple):
    """What came of writing an image.

    Attributes:
        image: the image as it was written.
        plan_error: what kept the plan file beside it from being written, or None.
    """

    image: WrittenImage
    plan_error: NixdiveError | None = None


class WritingDialog(Dialog["Outcome | NixdiveError"]):
    """Gives what came of it, the error that kept the image from being written, or None if cancelled."""

    keys_text = "esc cancel"
    AUTO_FOCUS = "Button"

    def __init__(self, order: Order, plan: LayerPlan, subject: Subject, stop: Event) -> None:
        super().__init__()
        self.title_text = f"Writing {escape(visible(order.target.name))}"
        self._order = order
        self._plan = plan
        self._subject = subject
        self._stop = stop
        self._meter = Meter(stop)

    def fields(self) -> Iterable[Widget]:
        """Return the gauge and what happens until the end."""
        yield LayersGauge(self._order, self._plan, self._subject.closure)
        yield Static("")
        yield Static(
            "The file appears when it is complete; until then nothing is replaced.\n"
            "Cancelled, it leaves nothing behind.",
            classes="note",
            markup=False,
        )

    def buttons(self) -> Iterable[Button]:
        """Return the one button."""
        yield Button("Cancel", id="cancel")

    def on_mount(self) -> None:
        """Begin."""
        self._write()
        self.set_interval(0.1, self._look)

    def on_unmount(self) -> None:
        """Stop with the screen: no thread goes on behind the user's back."""
        self._stop.set()

    def _look(self) -> None:
        self.query_one(Gauge).reading = self._meter.read()

    @work(thread=True, exit_on_error=False)
    def _write(self) -> None:
        from nixdive.image.write import write_image

        order = self._order
        result: Outcome | NixdiveError | None
        try:
            written = write_image(
                self._plan,
                order.spec,
                self._subject.contents,
                order.target,
                base=self._subject.base,
                customisation=self._subject.customisation,
                progress=self._meter,
            )
            result = Outcome(written, self._plan_error())
        except Cancelled:
            result = None
        except NixdiveError as error:
            result = error
        self.app.call_from_thread(finish, self, result)

    def failed(self, error: NixdiveError) -> None:
        """Close with the error: nothing is written any longer."""
        finish(self, error)

    def _plan_error(self) -> NixdiveError | None:
        from nixdive.layering.planwriter import write_plan

        try:
            if self._order.plan_file is not None:
                write_plan(self._plan, self._order.plan_file)
        except NixdiveError as error:  # the image is there all the same
            return error
        return None

    @on(Button.Pressed, "#cancel")
    def action_close(self) -> None:
        """Stop; the dialog closes when the work has stopped."""
        self._stop.set()
        self.query_one(".note", Static).update("stopping")
