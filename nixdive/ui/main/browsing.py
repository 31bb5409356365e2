"""Looking around: sides, tabs, filters, and what is copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.ui.naming import layer_name
from nixdive.ui.panes.closure.filter import Query
from nixdive.ui.panes.layers.details import whole_details
from nixdive.ui.panes.pane import Pane, Sorts, after
from nixdive.visible import visible
from nixdive.workspace.shell_command import shell_command
from nixdive.workspace.targets import suggested

if TYPE_CHECKING:
    from nixdive.ui.main.screen import MainScreen


class Browsing:
    """Moves between the panes, which are about one layer and one store path."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen
        self._typed: Pane | None = None  # what the field is open for

    def next_pane(self, direction: int) -> None:
        """Give the keys to the next or the previous pane: layers, waste where it is shown, the tab."""
        screen = self._screen
        waste = (
            [screen.waste_pane] if screen.waste_pane.listing.size.height and screen.waste_pane.count else []
        )
        panes: list[Pane] = [screen.layers_pane, *waste, screen.shown_tab]
        self.give_keys(panes[(panes.index(self.focused) + direction) % len(panes)])

    def go(self, side: str) -> None:
        """Give the keys to a side."""
        self.give_keys(self._screen.layers_pane if side == "layers" else self._screen.shown_tab)

    def give_keys(self, pane: Pane) -> None:
        """Give the keys to a pane, and show its side where there is room for one only."""
        left = (self._screen.layers_pane, self._screen.waste_pane)
        self._screen.set_class(pane not in left, "-right")
        pane.listing.focus()

    def tab(self, name: str) -> None:
        """Show a tab of the right side, and give it the keys."""
        screen = self._screen
        tab = screen.tabs[name]
        path = screen.selection.asked(screen.workspace)
        screen.files.tab_changes(name)
        screen.switcher.current = name
        screen.set_class(name in {"push", "why"}, "-pushes")  # they take the place of the store path
        tab.turn_to(path)
        self.give_keys(tab)

    def next_tab(self) -> None:
        """Show the next tab."""
        self.tab(after(self._screen.shown_tab.id or ""))

    def show_pane(self, name: str) -> None:
        """Give the keys to a pane by its id, at once; a tab is shown for it."""
        screen = self._screen
        if name == screen.waste_pane.id and not screen.files.shown:  # it is shown beside the files
            self.tab("contents")
        if name in screen.tabs and screen.tabs[name] is not screen.shown_tab:
            self.tab(name)
        pane = screen.panes[name]
        self.give_keys(pane)
        screen.set_focus(pane.listing)  # its action may ask who has the keys

    def show_path(self, path: int) -> None:
        """Show a store path in the closure."""
        self.tab("closure")
        self._screen.closure_pane.reveal(path)

    def show_layer(self, index: int) -> None:
        """Give the keys to a layer."""
        self.give_keys(self._screen.layers_pane)
        self._screen.layers_pane.select(index)

    def list_layer(self, index: int) -> None:
        """List the store paths of a layer in the closure."""
        screen = self._screen
        layer = screen.workspace.priced.plan.layers[index]
        if layer.paths:
            query = Query.parse(f"layer:{index + 1}")
            screen.field.value = query.text
            self.tab("closure")
            name = layer_name(layer, screen.workspace.subject.closure)
            screen.closure_pane.pick(query, words=f"{query.text} {name}", flat=True)

    def describe_layer(self) -> None:
        """Show all that is known of the selected layer."""
        from nixdive.ui.dialogs.layer import LayerDialog

        screen = self._screen
        index, view = screen.selection.layer, screen.view
        if index < len(view.priced.plan.layers):
            screen.ask(
                LayerDialog(index + 1, lambda width: whole_details(view, index, width)), lambda _: None
            )

    def sort(self) -> None:
        """Sort the list that has the keys by its next column."""
        if isinstance(pane := self.focused, Sorts):
            pane.sort()
        else:
            self._screen.notify("Chains have one order: the shortest comes first", timeout=5, markup=False)

    def order(self, name: str, by: str) -> None:
        """Sort the rows of a pane by one of its columns."""
        pane = self._screen.panes[name]
        if isinstance(pane, Sorts):
            pane.order_by(by)

    @property
    def focused(self) -> Pane:
        """The pane that has the keys: the layers, the waste, else the shown tab."""
        screen = self._screen
        left: tuple[Pane, ...] = (screen.layers_pane, screen.waste_pane)
        return next((pane for pane in left if pane.listing.has_focus), screen.shown_tab)

    def filter(self) -> None:
        """Open the field for a filter of the list that has the keys."""
        self._typed = self.focused
        self._screen.add_class("-filtering")
        self._screen.field.open(self._typed.filter_hint)

    def take_filter(self, text: str, *, finished: bool) -> None:
        """Filter by what is typed; where that is finished the keys go back to the list."""
        filtered = self._typed or self.focused
        if text.strip():
            filtered.filter(text)
        else:
            filtered.whole()
        self._screen.field.note = filtered.filter_problem
        if finished:
            self._screen.remove_class("-filtering")
            filtered.listing.focus()

    def whole(self) -> None:
        """Show all again instead of what a filter has found: in Layers of the tab, where they have none."""
        self._sifted.whole()

    def match(self, direction: int) -> None:
        """Go to the next or the previous match of the filter."""
        self._sifted.next_match(direction)

    @property
    def _sifted(self) -> Pane:
        """The pane whose filter keys are about: in Layers that of the tab, where they have none."""
        layers = self._screen.layers_pane
        if self._screen.selection.in_layers and not layers.picking:
            return self._screen.shown_tab
        return self.focused

    def why_layer(self) -> None:
        """Show why the selected path is in its layer."""
        if (
            self._screen.shown_tab is not self._screen.why_pane
        ):  # there it is about the path that is explained
            self.tab("why")
        self._screen.why_pane.show_layer()

    def referrers(self) -> None:
        """Show what refers to the selected path."""
        path = self._screen.selection.asked(self._screen.workspace)
        if path is not None:
            self.tab("closure")
            self._screen.closure_pane.show_users(path)

    def copy(self) -> None:
        """Copy the selected store path; among files the path inside the image."""
        screen, selection = self._screen, self._screen.selection
        if screen.files.shown and not selection.in_layers and screen.contents_pane.copied is not None:
            self._copy(screen.contents_pane.copied)
        elif selection.path is not None:
            self._copy(screen.workspace.subject.closure.paths[selection.path])

    def copy_digest(self) -> None:
        """Copy the digest of the selected layer; elsewhere the NAR hash of the selected path."""
        selection, workspace = self._screen.selection, self._screen.workspace
        layer, number = selection.layer_in(workspace), selection.layer + 1
        if selection.in_layers and layer is not None:
            if layer.diff_id is None:
                words = f"Layer {number} has no digest yet: it gets one when the image is written"
                self._screen.notify(words, timeout=5, markup=False)
            else:
                self._copy(layer.diff_id, f"the diff_id of layer {number}: ")
        elif selection.path is not None:
            info = workspace.subject.closure.infos[selection.path]
            what = "the NAR hash" if info.nar_hash else "the hash of the store path"
            self._copy(info.nar_hash or info.path.hash_part, f"{what} of {visible(info.path.package)}: ")

    def copy_command(self) -> None:
        """Copy the command for a shell that plans what is shown."""
        workspace, writes = self._screen.workspace, self._screen.keys.first("write")
        if workspace.opened is None:
            return
        plan_file = suggested(workspace.subject.spec.name, "plan file")
        command = shell_command(workspace, workspace.opened, plan_file)
        self._copy(command.text)
        if command.plan_file:
            words = f"No options say all that was arranged here: write the plan file first ({writes})"
            self._screen.notify(words, timeout=15, markup=False)

    def _copy(self, text: str, what: str = "") -> None:
        self._screen.app.copy_to_clipboard(text)
        self._screen.notify(f"Copied {what}{visible(text)}", timeout=5, markup=False)
