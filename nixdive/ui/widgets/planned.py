"""A widget that shows something of the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive

from nixdive.ui.widgets.drawn import Drawn

if TYPE_CHECKING:
    from nixdive.ui.desk import Desk
    from nixdive.ui.standing import Standing


class PlannedWidget(Drawn):
    """Drawn from the plan that is shown, and the one before the last edit.

    Attributes:
        standing: the plan with its figures; None until the first one is there.
        before: the plan before the last edit, or None where there was no edit.
    """

    standing: reactive[Standing | None] = reactive(None)
    before: reactive[Standing | None] = reactive(None)

    def open(self, desk: Desk) -> None:
        """Take from the desk what no edit changes; called once, before the first plan is shown."""
