"""What the panes are about: a plan of the workspace, and the one before the last edit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.ui.config.keymap import KeySigns
    from nixdive.workspace.priced_plan import PricedPlan
    from nixdive.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What is shown at one moment.

    Attributes:
        workspace: the subject, the baseline and what else no edit changes.
        priced: the plan with its figures.
        before: the plan before the last edit, or None where there was none.
        keys: the keys that verbs have now.
    """

    workspace: Workspace
    priced: PricedPlan
    before: PricedPlan | None
    keys: KeySigns

    @classmethod
    def of(cls, workspace: Workspace, keys: KeySigns) -> Self:
        """Return the view of the plan that the workspace shows."""
        return cls(workspace, workspace.priced, workspace.before, keys)

    @property
    def closure(self) -> Closure:
        """The closure that the plan is of."""
        return self.workspace.subject.closure

    @property
    def baseline(self) -> str:
        """The name of the earlier version; empty where there is none."""
        return self.workspace.baseline.name if self.workspace.baseline else ""
