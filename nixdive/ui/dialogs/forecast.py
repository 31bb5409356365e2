"""Foresees in a worker what writing will come to, and tells it in one line."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from textual import on, work
from textual.message import Message
from textual.worker import Worker, get_current_worker

from nixdive.errors import Cancelled, NixdiveError
from nixdive.ui.dialogs.foreseen import foreseen, no_room
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.figures import count
from nixdive.ui.draw.line import Line, Span
from nixdive.ui.failure import failure
from nixdive.ui.meter import Meter
from nixdive.visible import visible
from nixdive.workspace.target_place import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.timer import Timer

    from nixdive.image.forecast import Forecast, Survey
    from nixdive.image.spec import ImageSpec
    from nixdive.layering.plan import LayerPlan

_SOON = 0.05  # seconds without another key


class ForecastLine(Drawn):
    """Layers, bytes and seconds of an image to be, and what is free where it goes.

    Attributes:
        problem: why it cannot be written, or nothing.
    """

    ground = "panel"
    DEFAULT_CSS = "ForecastLine { height: 1; }"

    @dataclass
    class Told(Message):
        """Something else is foreseen."""

        problem: str
        note: str

    @dataclass
    class _Found(Message):
        spec: ImageSpec
        forecast: Forecast | None
        problem: str

    def __init__(self, plan: LayerPlan, survey: Callable[[], Survey] | None) -> None:
        super().__init__()
        self.problem = ""
        self._plan = plan
        self._make_survey = survey
        self._survey: Survey | None = None
        self._spec: ImageSpec | None = None
        self._place = Place("")
        self._forecast: Forecast | None = None
        self._error = ""
        self._alone = Lock()
        self._timer: Timer | None = None

    def look(self, spec: ImageSpec | None, place: Place) -> None:
        """Foresee what an image comes to at a place; None for a plan, which is small."""
        self._place = place
        if spec != self._spec:
            same_bytes = spec and self._spec and spec.compression == self._spec.compression
            self._forecast = self._forecast if same_bytes else None
            self._error = ""
            self._spec = spec
            if self._timer is not None:
                self._timer.stop()
            self._timer = self.set_timer(_SOON, self._begin)
        self._tell()

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        """Bytes that are read of each layer; empty while they are not known."""
        return self._forecast.layers if self._forecast else ()

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  it is one line
        """Return the line."""
        if self._spec is None or self._make_survey is None:
            paths = sum(len(layer.paths) for layer in self._plan.layers)
            words = f"the plan of {count(len(self._plan.layers), 'layer')}, {count(paths, 'path')}"
            return [(Span(words),)]
        return [foreseen(self._plan, self._forecast, self._spec.compression, self._place, width)]

    def _begin(self) -> None:
        if self._spec is not None and self._make_survey is not None:
            self._foresee(self._spec, self._make_survey)

    @work(thread=True, exclusive=True, group="forecast", exit_on_error=False)
    def _foresee(self, spec: ImageSpec, make: Callable[[], Survey]) -> None:
        worker = get_current_worker()
        with self._alone:
            self._survey = survey = self._survey or make()
            try:
                found = self._Found(spec, survey.forecast(spec, Meter(lambda: worker.is_cancelled)), "")
            except Cancelled:
                return
            except NixdiveError as error:
                found = self._Found(spec, None, visible(str(error)))
        if not worker.is_cancelled:
            self.post_message(found)

    @on(_Found)
    def _found(self, message: _Found) -> None:
        message.stop()
        if message.spec == self._spec:
            self._forecast, self._error = message.forecast, message.problem
            self._tell()

    @on(Worker.StateChanged)
    def _worker_changed(self, event: Worker.StateChanged) -> None:
        if (error := failure(event)) is not None:
            self._error = visible(str(error))
            self._tell()

    def _tell(self) -> None:
        self.problem = self._error or no_room(self._forecast, self._place) if self._spec else ""
        notes = self._forecast.notes if self._forecast else ()
        self.post_message(self.Told(self.problem, visible("; ".join(notes))))
        self.refresh()
