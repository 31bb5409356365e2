"""The first line: what is open, and what is not written yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive

from nixdive.sizes import prose
from nixdive.ui.draw.figures import count
from nixdive.ui.draw.line import Line, Span, spread
from nixdive.ui.draw.line import width as line_width
from nixdive.ui.naming import image_size
from nixdive.ui.panes.planned import PlannedWidget
from nixdive.visible import visible

if TYPE_CHECKING:
    from nixdive.workspace.workspace import Workspace


class TitleBar(PlannedWidget):
    """The image, its figures, the edits that are not written, the baseline."""

    ground = "panel"

    image: reactive[str] = reactive("")
    edits: reactive[int] = reactive(0)

    _baseline = ""

    def open(self, workspace: Workspace) -> None:
        """Take the names of the image and of the baseline."""
        self.image = workspace.subject.name
        self._baseline = workspace.baseline.name if workspace.baseline else ""

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  it is one line
        """Return the line; what matters least goes first as the width shrinks."""
        left = [Span(" nixdive  ", "accent", bold=True), Span(visible(self.image), "bright", bold=True)]
        if self.priced is not None and width >= 100:
            plan = self.priced.plan
            size = prose(image_size(plan)) if plan.sized else "sizes unknown"
            left.append(Span(f"   {count(len(self.priced.layer_of), 'path')}   {size}", "dim"))
        right = []
        if self.edits:
            words = count(self.edits, "edit") + (" not written" if width >= 100 else "")
            right.append(Span(f"● {words}   ", "pin", bold=True))
        if self._baseline:
            right.append(Span(f"against {visible(self._baseline)} ", "dim"))
        if self.priced is not None:
            name = self.priced.plan.request.strategy
            room = width - line_width(left) - line_width(right) - 1
            words = next((text for text in (f"   strategy {name}", f"   {name}") if len(text) <= room), "")
            left.append(Span(words, "dim"))
        return [spread(tuple(left), tuple(right), width)]
