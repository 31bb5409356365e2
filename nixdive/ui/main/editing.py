"""The part of the main screen that edits: keys become steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.layering.strategies import STRATEGIES
from nixdive.ui.main.planning import PlanningScreen
from nixdive.ui.naming import by_size, layer_name
from nixdive.workspace import edits

if TYPE_CHECKING:
    from collections.abc import Collection

    from nixdive.layering.request import Pin, PlanRequest


class EditingScreen(PlanningScreen):
    """Has the actions that change what is asked of the plan; a subclass says what is selected."""

    @property
    def selected_layer(self) -> int:
        """The index of the selected layer."""
        raise NotImplementedError

    @property
    def selected_path(self) -> int | None:
        """The index of the selected store path."""
        raise NotImplementedError

    @property
    def matched_paths(self) -> Collection[int]:
        """The indices of the store paths that the filter of the closure has found; none without a filter."""
        raise NotImplementedError

    @property
    def asked_path(self) -> int | None:
        """The index of the store path that a key is about: in the layers the largest of the selected one."""
        layers = self.workspace.priced.plan.layers
        if not self.in_layers or not layers:
            return self.selected_path
        closure, layer = self.workspace.subject.closure, layers[self.selected_layer]
        return closure.index[by_size(layer, closure)[0]] if layer.paths else None

    @property
    def in_layers(self) -> bool:
        """Whether the keys go to the layers."""
        raise NotImplementedError

    @property
    def request(self) -> PlanRequest:
        """What is asked of the plan by now; the plan that is shown may not have followed yet."""
        return self.workspace.wanted.request

    def action_budget(self, more: int) -> None:
        """Allow some layers more or fewer."""
        self.edit(edits.budget(self.request, self.request.max_layers + more))

    def action_ask_budget(self) -> None:
        """Ask for the layer budget."""
        from nixdive.ui.dialogs.budget import BudgetDialog

        def decided(layers: int | None) -> None:
            if layers is not None:
                self.edit(edits.budget(self.request, layers))

        self.app.push_screen(BudgetDialog(self.request.max_layers), decided)

    def action_ask_strategy(self) -> None:
        """Ask for the strategy."""
        from nixdive.ui.dialogs.strategy import StrategyDialog

        def decided(name: str | None) -> None:
            if name is not None:
                self.edit(edits.strategy(self.request, name))

        self.app.push_screen(StrategyDialog(self.strategies(), self.request.strategy), decided)

    def action_replan(self) -> None:
        """Lay out anew what was carried on from an earlier plan."""
        self.edit(edits.replan(self.request))

    def strategies(self) -> list[str]:
        """Return the names of the strategies that can lay out what is on the workspace."""
        return [name for name in STRATEGIES.names() if self._can_be(name)]

    def _can_be(self, strategy: str) -> bool:
        if strategy == self.workspace.subject.strategy:
            return True
        if strategy == "keep":
            return bool(self.workspace.subject.frame.found)
        return strategy != "pipeline" or self.request.pipeline is not None

    def action_pin(self) -> None:
        """Pin the selected path; in the layers, the paths of the selected layer."""
        closure = self.workspace.subject.closure
        if self.in_layers:
            layer = self.workspace.priced.plan.layers[self.selected_layer]
            if layer.paths:
                self._ask_pin([closure.index[path] for path in layer.paths], layer_name(layer, closure))
        elif self.selected_path is not None:
            self._ask_pin([self.selected_path], closure.paths[self.selected_path].package)

    def action_pin_with_added(self) -> None:
        """Pin the selected path with all that only it needs."""
        if self.selected_path is None or self.in_layers:
            return
        closure = self.workspace.subject.closure
        below: dict[int, list[int]] = {}
        for path, dominator in enumerate(closure.measures.dominators):
            below.setdefault(dominator, []).append(path)
        taken = [self.selected_path]
        for path in taken:
            taken += below.get(path, ())
        self._ask_pin(taken, closure.paths[self.selected_path].package)

    def action_pin_matches(self) -> None:
        """Pin all that the filter of the closure has found."""
        paths = self.matched_paths
        if paths:
            largest = max(paths, key=self.workspace.subject.closure.nar_sizes.__getitem__)
            self._ask_pin(list(paths), self.workspace.subject.closure.paths[largest].package)
        else:
            self.show_refusal("no filter has found anything: / filters the closure")

    def action_unpin(self) -> None:
        """Take away the pins of the selected path; in the layers, those of the selected layer."""
        if self.in_layers:
            layer = self.workspace.priced.plan.layers[self.selected_layer]
            self.edit(edits.unpin(self.request, lambda pin: pin.layer == layer.pin))
        elif self.selected_path is not None:
            path = self.workspace.subject.closure.paths[self.selected_path]
            self.edit(edits.unpin(self.request, lambda pin: pin.matches(path)))

    def _ask_pin(self, paths: list[int], layer: str) -> None:
        from nixdive.ui.dialogs.pin import PinDialog

        def decided(pins: tuple[Pin, ...] | None) -> None:
            if pins:
                patterns = [pin.pattern for pin in pins]
                self.edit(edits.pin(self.request, patterns, pins[0].layer))

        closure = self.workspace.subject.closure
        patterns = tuple(dict.fromkeys(edits.pattern_for(closure.paths[i], closure) for i in paths))
        self.app.push_screen(PinDialog(closure, patterns, layer, self.workspace.priced.plan), decided)

    def action_rate(self) -> None:
        """Say how often the package of the selected path changes by itself."""
        from nixdive.ui.dialogs.rate import Rate, RateDialog

        def decided(rate: Rate | None) -> None:
            if rate is not None:
                self.edit(edits.rate(self.request, rate.pattern, rate.chance))

        path = self.asked_path
        if path is not None:
            self.app.push_screen(RateDialog(self.workspace.priced, path), decided)
