"""A widget that shows something of the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive

from nixdive.ui.draw.drawn import Drawn

if TYPE_CHECKING:
    from nixdive.workspace.priced_plan import PricedPlan
    from nixdive.workspace.workspace import Workspace


class PlannedWidget(Drawn):
    """Drawn from the plan that is shown, and the one before the last edit.

    Attributes:
        priced: the plan with its figures; None until the first one is there.
        before: the plan before the last edit, or None where there was no edit.
    """

    priced: reactive[PricedPlan | None] = reactive(None)
    before: reactive[PricedPlan | None] = reactive(None)

    def open(self, workspace: Workspace) -> None:
        """Take from the workspace what no edit changes; called once, before the first plan is shown."""
