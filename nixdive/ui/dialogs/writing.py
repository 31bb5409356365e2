"""Writes the image and shows how far it is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from textual import on, work
from textual.reactive import reactive
from textual.widgets import Button, Static

from nixdive.errors import Cancelled, NixdiveError
from nixdive.sizes import prose
from nixdive.ui.dialogs.dialog import Dialog
from nixdive.ui.line import Line, Span, spread
from nixdive.ui.screens.stack import finish
from nixdive.ui.widgets.drawn import Drawn

if TYPE_CHECKING:
    from collections.abc import Iterable
    from threading import Event

    from textual.widget import Widget

    from nixdive.image.written import WrittenImage
    from nixdive.layering.plan import LayerPlan
    from nixdive.opening import Subject
    from nixdive.ui.dialogs.order import Order


class Meter:
    """Counts the bytes that are done; asked by the screen, told by the threads that write."""

    def __init__(self, stop: Event) -> None:
        self.total: int | None = None
        self.done = 0
        self.started = time.monotonic()
        self._stop = stop

    def start(self, what: str, total: int | None) -> None:  # noqa: ARG002  there is one phase
        """Begin."""
        self.total = total
        self.done = 0
        self.started = time.monotonic()

    def advance(self, amount: int, part: int | None = None) -> None:  # noqa: ARG002  all parts are one
        """Count."""
        # threads may lose a count against each other; it is only shown
        self.done += amount

    def cancelled(self) -> bool:
        """Whether the user wants it to stop."""
        return self._stop.is_set()


class Gauge(Drawn):
    """A bar, the share, the bytes, the rate, and the time that is left."""

    ground = "panel"
    DEFAULT_CSS = "Gauge { height: 2; }"

    done: reactive[int] = reactive(0)
    total: reactive[int] = reactive(0)
    seconds: reactive[float] = reactive(0.0)

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  always two lines
        """Return the bar and its figures."""
        share = min(self.done / self.total, 1.0) if self.total else 0.0
        filled = round(width * share)
        bar: Line = (Span("━" * filled, "accent"), Span("─" * (width - filled), "faint"))
        if not self.total:
            return [bar, (Span("looking at the files", "dim"),)]
        rate = self.done / self.seconds if self.seconds > 0.2 else 0.0
        facts: Line = (
            Span(f"{share:.0%}".replace("%", " %"), "bright", bold=True),
            Span(f"   {prose(self.done)} of {prose(self.total)}"),
            Span(f"   {prose(round(rate))}/s" if rate else "", "dim"),
        )
        left = (self.total - self.done) / rate if rate else None
        end = "" if left is None else f"{int(left) // 60}:{int(left) % 60:02d} left"
        return [bar, spread(facts, (Span(end),), width)]


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
        self.title_text = f"Writing {order.target.name}"
        self._order = order
        self._plan = plan
        self._subject = subject
        self._stop = stop
        self._meter = Meter(stop)

    def fields(self) -> Iterable[Widget]:
        """Return the gauge and what happens until the end."""
        yield Gauge()
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
        gauge = self.query_one(Gauge)
        gauge.total = self._meter.total or 0
        gauge.done = self._meter.done
        gauge.seconds = time.monotonic() - self._meter.started

    @work(thread=True, exit_on_error=True)
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
