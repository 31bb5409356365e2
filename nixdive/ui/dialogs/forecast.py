"""Foresees in the background what writing will come to, and shows it in one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message
from textual.widget import Widget

from nixdive.human import duration
from nixdive.sizes import prose
from nixdive.ui.draw.drawn import Canvas
from nixdive.ui.draw.line import Line, Span, spread
from nixdive.ui.draw.line import width as line_width
from nixdive.ui.jobs import Jobs, Meter
from nixdive.visible import visible
from nixdive.words import counted
from nixdive.workspace.targets import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.timer import Timer

    from nixdive.errors import NixdiveError
    from nixdive.image.forecast import Forecast, Survey
    from nixdive.image.oci.spec import ImageSpec
    from nixdive.layering.plan import LayerPlan

_SOON = 0.05  # seconds without another key


class ForecastLine(Widget):
    """Layers, bytes and seconds of an image to be, and what is free where it goes.

    Attributes:
        problem: why it cannot be written, or nothing.
    """

    DEFAULT_CSS = "ForecastLine { height: 1; }"

    @dataclass
    class Changed(Message):
        """Something else is foreseen."""

        problem: str
        note: str

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
        self._jobs = Jobs(self)
        self._timer: Timer | None = None
        self._canvas = Canvas(self, self.draw, ground="panel")

    def on_unmount(self) -> None:
        """Stop with the screen."""
        self._jobs.close()

    def look(self, spec: ImageSpec | None, place: Place) -> None:
        """Foresee what an image comes to at a place; None for a plan, which is small."""
        self._place = place
        if spec != self._spec:
            same_bytes = spec and self._spec and spec.compression == self._spec.compression
            known = self._forecast if same_bytes else None
            # of another form it is about right, until it is worked out
            self._forecast = known and known._replace(exact=False)
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
            words = f"the plan of {counted(len(self._plan.layers), 'layer')}, {counted(paths, 'path')}"
            return [(Span(words),)]
        return [foreseen(self._plan, self._forecast, self._spec.compression, self._place, width)]

    def render(self) -> Canvas:
        """Return what its lines are painted by."""
        return self._canvas

    def _begin(self) -> None:
        spec, make = self._spec, self._make_survey
        if spec is None or make is None:
            return

        def compute(progress: Meter) -> Forecast:
            self._survey = survey = self._survey or make()
            return survey.forecast(spec, progress)

        self._jobs.ask("forecast", compute, self._found, failed=self._failed)

    def _found(self, forecast: Forecast) -> None:
        self._forecast, self._error = forecast, ""
        self._tell()

    def _failed(self, error: NixdiveError) -> None:
        self._forecast, self._error = None, visible(str(error))
        self._tell()

    def _tell(self) -> None:
        self.problem = self._error or no_room(self._forecast, self._place) if self._spec else ""
        notes = self._forecast.notes if self._forecast else ()
        self.post_message(self.Changed(self.problem, visible("; ".join(notes))))
        self.refresh()


def foreseen(plan: LayerPlan, forecast: Forecast | None, compression: str, place: Place, width: int) -> Line:
    """Return the line: what is read, what is written, how long it takes; and what is free there.

    Args:
        plan: the layers.
        forecast: what is foreseen; None while it is being worked out.
        compression: none, gzip, zstd or zstd:LEVEL.
        place: where it goes.
        width: cells.
    """
    left = [Span(counted(len(plan.layers), "layer"), "bright")]
    if forecast is None:
        if plan.sized:
            left.append(Span(f" of {prose(plan.nar_size)}"))
        left.append(Span("   …", "dim"))
    else:
        left.append(Span(f" of {prose(forecast.read)}   "))
        left.append(Span(about(forecast), "bright", bold=True))
        form = compression.partition(":")[0]
        left.append(Span("" if form == "none" else f" in {form}"))
        left.append(Span(f"   {duration(forecast.seconds)}", "dim"))
        cached: Line = (Span(f"   {forecast.cached} from the cache", "dim"),)
        if forecast.cached and line_width((*left, *cached)) <= width:
            left += cached
    if place.free is None:
        return tuple(left)
    free: Line = (Span(f"   {prose(place.free)} free", "dim"),)
    narrow = line_width(left) + line_width(free) > width
    return tuple(left) if narrow else spread(tuple(left), free, width)


def no_room(forecast: Forecast | None, place: Place) -> str:
    """Return why there is no room for what is foreseen, or nothing."""
    if forecast is None or place.free is None or not place.lacks(forecast.size, exact=forecast.exact):
        return ""
    return f"No space on {visible(place.disk)}: {about(forecast)} needed, {prose(place.free)} free"


def about(forecast: Forecast) -> str:
    """Return the size, with a mark where it is not known to the byte."""
    return ("" if forecast.exact else "~") + prose(forecast.size)
