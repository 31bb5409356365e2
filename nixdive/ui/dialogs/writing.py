"""Writes the image and shows how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.markup import escape

from nixdive.errors import NixdiveError
from nixdive.ui.dialogs.gauge import Gauge
from nixdive.ui.dialogs.working import WorkingDialog
from nixdive.ui.dialogs.writing_rows import LAYERS, layers_at_work
from nixdive.visible import visible

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.image.written import WrittenImage
    from nixdive.layering.plan import LayerPlan
    from nixdive.opening import Subject
    from nixdive.progress import Progress
    from nixdive.ui.dialogs.write_order import WriteOrder
    from nixdive.ui.draw.line import Line


class LayersGauge(Gauge):
    """How far the whole is; and, where the sizes of the layers are foreseen, which of them are at work."""

    def __init__(self, order: WriteOrder, plan: LayerPlan, closure: Closure) -> None:
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


class WritingDialog(WorkingDialog[Outcome]):
    """Gives what came of writing."""

    note = (
        "The file appears when it is complete; until then nothing is replaced.\n"
        "Cancelled, it leaves nothing behind."
    )

    def __init__(self, order: WriteOrder, plan: LayerPlan, subject: Subject) -> None:
        super().__init__(f"Writing {escape(visible(order.target.name))}")
        self._order = order
        self._plan = plan
        self._subject = subject

    def gauge(self) -> Gauge:
        """Return the gauge of the whole and of its layers."""
        return LayersGauge(self._order, self._plan, self._subject.closure)

    def do(self, progress: Progress) -> Outcome:
        """Write the image, then its plan where that is asked for."""
        from nixdive.image.write import write_image

        written = write_image(
            self._plan,
            self._order.spec,
            self._subject.contents,
            self._order.target,
            base=self._subject.base,
            customisation=self._subject.customisation,
            progress=progress,
        )
        return Outcome(written, self._plan_error())

    def _plan_error(self) -> NixdiveError | None:
        from nixdive.layering.planwriter import write_plan

        try:
            if self._order.plan_file is not None:
                write_plan(self._plan, self._order.plan_file)
        except NixdiveError as error:  # the image is there all the same
            return error
        return None
