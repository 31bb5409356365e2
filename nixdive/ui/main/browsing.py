"""The part of the main screen that looks around: panes, tabs, selection, filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.widgets import ContentSwitcher

from nixdive.ui.main.arranging import ArrangingScreen
from nixdive.ui.main.verbs import FOOTER_LAYERS, FOOTER_LEFT
from nixdive.ui.naming import layer_name
from nixdive.ui.panes.closure.details import PathDetails
from nixdive.ui.panes.closure.pane import ClosureTree
from nixdive.ui.panes.closure.query import Query
from nixdive.ui.panes.layers.details import LayerDetails
from nixdive.ui.panes.layers.pane import LayersTable
from nixdive.ui.panes.lines.boundary_bar import BoundaryBar
from nixdive.ui.panes.lines.filter_field import FilterField
from nixdive.ui.panes.lines.key_bar import KeyBar
from nixdive.ui.panes.messages import LayerChosen, LayerWanted, PathChosen, PathWanted
from nixdive.ui.panes.tab import Tab
from nixdive.ui.panes.tabs import after
from nixdive.ui.panes.why.pane import WhyPane
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Collection

    from nixdive.ui.draw.lists import ListPane


class BrowsingScreen(ArrangingScreen):
    """Moves between the panes, which are about one layer and one store path; a subclass composes them."""

    @property
    def selected_layer(self) -> int:
        """The index of the selected layer."""
        return self.query_one(LayersTable).cursor

    @property
    def marked_layers(self) -> Collection[int]:
        """The indices of the marked layers."""
        return self.query_one(LayersTable).marked

    @property
    def selected_path(self) -> int | None:
        """The index of the selected store path."""
        return self.query_one(PathDetails).path

    def action_mark(self) -> None:
        """Mark the selected layer for a merge, or take its mark away."""
        self.query_one(LayersTable).action_mark()

    @property
    def matched_paths(self) -> Collection[int]:
        """The indices of the store paths that the filter of the closure has found; none without a filter."""
        found = self.query_one(ClosureTree).found
        return found.matches if found else ()

    @property
    def in_layers(self) -> bool:
        """Whether the keys go to the layers."""
        return self.query_one(LayersTable).has_focus

    @on(LayerChosen)
    def _layer_chosen(self, message: LayerChosen) -> None:
        self.query_one(LayerDetails).index = message.index
        self.query_one(BoundaryBar).index = message.index

    @on(PathChosen)
    def _path_chosen(self, message: PathChosen) -> None:
        self.query_one(PathDetails).path = message.path

    @on(LayerWanted)
    def _layer_wanted(self, message: LayerWanted) -> None:
        table = self.query_one(LayersTable)
        if table.has_focus and table.cursor == message.index:
            self._list_layer(message.index)
        table.cursor = message.index

    def _list_layer(self, index: int) -> None:
        closure = self.workspace.subject.closure
        layer = self.workspace.priced.plan.layers[index]
        if layer.paths:
            query = Query.parse(f"layer:{index + 1}")
            self.query_one(FilterField).value = query.text
            self.action_tab("closure")
            name = layer_name(layer, closure)
            self.query_one(ClosureTree).pick(query, words=f"{query.text} {name}", flat=True)

    @on(PathWanted)
    def _path_wanted(self, message: PathWanted) -> None:
        self.show_path(message.path)

    def show_path(self, path: int) -> None:
        """Show a store path in the closure."""
        self.action_tab("closure")
        self.query_one(ClosureTree).reveal(path)

    @on(FilterField.Typed)
    def _filter_typed(self, message: FilterField.Typed) -> None:
        tab = self._filtered
        if message.text.strip():
            tab.filter(message.text)
        else:
            tab.whole()
        self.query_one(FilterField).note = tab.filter_problem
        if message.finished:
            self.remove_class("-filtering")
            tab.focus()

    @property
    def _filtered(self) -> Tab:
        """The tab that a filter is for."""
        return self.shown_tab if self.shown_tab.filters else self.query_one(ClosureTree)

    def action_filter(self) -> None:
        """Open the field for a filter of the shown tab; of the closure where that has none."""
        tab = self._filtered
        self.action_tab(tab.id or "closure")
        self.add_class("-filtering")
        self.query_one(FilterField).open(tab.filter_hint)

    def action_whole(self) -> None:
        """Show all again instead of what a filter has found."""
        self._filtered.whole()

    def action_match(self, direction: int) -> None:
        """Go to the next or the previous match of the filter."""
        self._filtered.next_match(direction)

    def action_why_layer(self) -> None:
        """Show why the selected path is in its layer."""
        if self.shown_tab.id != "why":  # there it is about the path that is explained
            self.action_tab("why")
        self.query_one(WhyPane).show_layer()

    def action_referrers(self) -> None:
        """Show what refers to the selected path."""
        if (path := self.asked_path) is not None:
            self.action_tab("closure")
            self.query_one(ClosureTree).show_users(path)

    def action_tab(self, name: str) -> None:
        """Show a tab of the right pane, and give it the keys."""
        self.query_one(f"#{name}", Tab).turn_to(self.asked_path)
        self.query_one("#tabs", ContentSwitcher).current = name
        self.set_class(name in {"push", "why"}, "-pushes")  # they take the place of the store path
        self.give_keys(self.shown_tab)

    def action_next_tab(self) -> None:
        """Show the next tab."""
        self.action_tab(after(self.shown_tab.id or "closure"))

    def action_pane(self, _direction: int) -> None:
        """Give the keys to the other side."""
        self.action_go("right" if self.in_layers else "layers")

    def action_go(self, side: str) -> None:
        """Give the keys to a side."""
        self.give_keys(self.query_one(LayersTable) if side == "layers" else self.shown_tab)

    @property
    def shown_tab(self) -> Tab:
        """The tab that is shown on the right."""
        return self.query_one(f"#{self.query_one('#tabs', ContentSwitcher).current}", Tab)

    def on_descendant_focus(self) -> None:
        """Show the keys of the pane that has them now."""
        left = FOOTER_LAYERS if self.in_layers else self.shown_tab.keys or FOOTER_LEFT
        self.query_one(KeyBar).left = left

    def give_keys(self, pane: ListPane) -> None:
        """Give the keys to a pane, and show its side where there is room for one only."""
        self.set_class(not isinstance(pane, LayersTable), "-right")
        pane.focus()

    def action_sort(self) -> None:
        """Sort what the tab shows by the next column."""
        self.shown_tab.sort()

    def action_copy(self) -> None:
        """Copy the selected store path."""
        if self.selected_path is not None:
            self.copy(self.workspace.subject.closure.paths[self.selected_path])

    def action_copy_digest(self) -> None:
        """Copy the digest of the selected layer; elsewhere the NAR hash of the selected path."""
        layers = self.workspace.priced.plan.layers
        if self.in_layers and layers:
            number, layer = self.selected_layer + 1, layers[self.selected_layer]
            if layer.diff_id is None:
                words = f"Layer {number} has no digest yet: it is known when the image is written"
                self.notify(words, timeout=5, markup=False)
            else:
                self.copy(layer.diff_id, f"the diff_id of layer {number}: ")
        elif self.selected_path is not None:
            info = self.workspace.subject.closure.infos[self.selected_path]
            what = "the NAR hash" if info.nar_hash else "the hash of the store path"
            self.copy(info.nar_hash or info.path.hash_part, f"{what} of {visible(info.path.package)}: ")

    def copy(self, text: str, what: str = "") -> None:
        """Put a text into the clipboard, and tell what it is."""
        self.app.copy_to_clipboard(text)
        self.notify(f"Copied {what}{visible(text)}", timeout=5, markup=False)
