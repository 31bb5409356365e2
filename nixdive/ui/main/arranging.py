"""The part of the main screen that arranges layers by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.errors import PlanError
from nixdive.ui.main.editing import EditingScreen
from nixdive.workspace import arranging

if TYPE_CHECKING:
    from collections.abc import Collection

    from nixdive.layering.plan import LayerPlan
    from nixdive.workspace.history import Edit


class ArrangingScreen(EditingScreen):
    """Has the actions that state layers one by one: merge, split, move, freeze."""

    @property
    def marked_layers(self) -> Collection[int]:
        """The indices of the marked layers."""
        raise NotImplementedError

    @property
    def _shown(self) -> LayerPlan:
        return self.workspace.priced.plan

    def action_merge(self) -> None:
        """Make one layer out of the marked ones; out of the only one and the selected one."""

        def make() -> Edit:
            chosen = set(self.marked_layers)
            if len(chosen) == 1:
                chosen.add(self.selected_layer)
            subject = self.workspace.subject
            return arranging.merge(self.request, self._shown, chosen, subject.closure, subject.frame)

        self.edit_when_shown(make)

    def action_split(self) -> None:
        """Cut the selected layer in two; in the tabs, take the selected path out of its layer."""

        def make() -> Edit:
            frame = self.workspace.subject.frame
            if self.in_layers:
                model = self.workspace.priced.model
                return arranging.split(self.request, self._shown, self.selected_layer, model, frame)
            if self.selected_path is None:
                raise PlanError("nothing is selected")
            path = self.workspace.subject.closure.paths[self.selected_path]
            return arranging.apart(self.request, self._shown, path, frame)

        self.edit_when_shown(make)

    def action_move_layer(self, places: int) -> None:
        """Put the selected layer higher, or lower where the number of places is negative."""
        self.edit_when_shown(lambda: arranging.move(self.request, self._shown, self.selected_layer, places))

    def action_freeze(self) -> None:
        """Keep the bytes of the selected layer as the baseline has them, or let them change again."""

        def make() -> Edit:
            number = self.selected_layer
            if self._shown.layers[number].frozen:
                return arranging.thaw(self.request, self._shown, number)
            baseline = self.workspace.baseline.plan if self.workspace.baseline else None
            return arranging.freeze(self.request, self._shown, number, baseline)

        self.edit_when_shown(make)
