"""The part of the main screen that is the user's own: keys and commands, folded panes, what is remembered."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from textual.widget import Widget

from nixdive.ui.config.keymap import remap, signs
from nixdive.ui.config.session import Session, View, keep_session, read_session, same_path
from nixdive.ui.draw.lists import ListPane
from nixdive.ui.main import goto
from nixdive.ui.main.commands import EVERYWHERE, LISTS, Command, Held, bound, held, ids_everywhere, keys_of
from nixdive.ui.main.layout import SIDES_FROM, left_cells, moved
from nixdive.ui.main.saving import SavingScreen
from nixdive.ui.panes.closure.pane import ClosureTree
from nixdive.ui.panes.layers.pane import LayersTable
from nixdive.ui.panes.lines.key_bar import KeyBar
from nixdive.ui.panes.tab import Tab
from nixdive.ui.panes.tabs import TABS
from nixdive.ui.theme import THEMES
from nixdive.workspace import edits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from textual.dom import DOMNode

    from nixdive.ui.config.config import Wishes
    from nixdive.workspace.workspace import Workspace

_ROOMY = 34  # rows from which on no pane is in the way of another
_FOLDS = ("layer-details", "plan")


class PersonalScreen(SavingScreen):
    """Has the actions that change how the screen looks, and no plan."""

    def __init__(self, workspace: Workspace, wishes: Wishes) -> None:
        super().__init__(workspace)
        self.wishes = wishes
        self.keymap: Mapping[str, str] = {}
        self.boundary = 0
        self.panes: dict[str, bool] = {}

    def settle_in(self) -> None:
        """Take the user's keys, and look as when it was left; called when all panes are there."""
        self._take_keys()
        self._theme_before = self.app.theme
        if self.wishes.memory is not None:
            session = read_session(self.wishes.memory)
            self.boundary, self.panes = session.boundary, dict(session.panes)
            self._show_panes()
            if view := session.views.get(self.workspace.subject.name):
                self.recall(view)

    def leave(self) -> None:
        """Quit, and remember how it looks."""
        if self.wishes.memory is not None:
            session = read_session(self.wishes.memory)
            theme = session.theme if self.app.theme == self._theme_before else self.app.theme
            now = Session(theme, self.boundary, self.panes, session.views)
            keep_session(self.wishes.memory, now.seen(self.workspace.subject.name, self.view()))
        self.app.exit()

    def _take_keys(self) -> None:
        asked, notices = self.wishes.keys, self.wishes.notices
        if asked:
            found = held(self)
            known = {one.binding.id for one in found}
            strange = any(not wish.dives and not known.issuperset(wish.ids) for wish in asked)
            self.keymap, more = remap(asked, bound(found), ids_everywhere() if strange else ())
            self.app.set_keymap(self.keymap)
            self.query_one(KeyBar).keymap = self.keymap
            notices = (*notices, *more)
        if notices:
            self.notify(
                "\n".join(notices), title="Configuration", severity="warning", timeout=60, markup=False
            )

    def on_resize(self) -> None:
        """Put the boundary where it belongs."""
        cells = self.app.size.width
        self.query_one("#left").styles.width = (
            left_cells(cells, self.boundary) if cells >= SIDES_FROM else None
        )

    def action_boundary(self, steps: int) -> None:
        """Move the boundary between the sides."""
        if self.app.size.width >= SIDES_FROM:
            self.boundary = moved(self.app.size.width, self.boundary, steps)
            self.on_resize()

    def action_fold_pane(self, name: str) -> None:
        """Fold a pane, or open it; where there is no room for both it takes the place of the other one."""
        opened = not self.query_one(f"#{name}").display
        if opened and self.app.size.height < _ROOMY:
            self.panes = {name: True}
        else:
            self.panes[name] = opened
        self._show_panes()

    def _show_panes(self) -> None:
        for name in _FOLDS:
            self.set_class(self.panes.get(name) is True, f"-open-{name}")
            self.set_class(self.panes.get(name) is False, f"-fold-{name}")

    def show_pane(self, pane: DOMNode) -> None:
        """Give the keys to a pane; a tab is shown for it."""
        if isinstance(pane, Tab) and pane.id is not None and pane is not self.shown_tab:
            self.action_tab(pane.id)
        if isinstance(pane, ListPane):
            self.give_keys(pane)
            self.set_focus(pane)  # at once: its action may ask who has the keys

    def action_help(self) -> None:
        """Show keys and words."""
        from nixdive.ui.dialogs.help import HelpDialog

        self.app.push_screen(HelpDialog(held(self), self.keymap))

    def action_commands(self) -> None:
        """Open the command palette."""
        from nixdive.ui.dialogs.commands import CommandsDialog

        def chosen(command: Command | None) -> None:
            if command is not None:
                self.call_later(command.run)

        self.app.push_screen(CommandsDialog(tuple(self.commands()), self._find), chosen)

    def commands(self) -> Iterator[Command]:
        """Yield a command for each binding, then those that are no key."""
        for one in sorted(held(self), key=lambda one: one.where == LISTS):
            binding = one.binding
            title = binding.description or binding.action
            keys = signs(keys_of(binding, self.keymap))
            yield Command(title, keys, one.where, self._run(one), binding.id or "")
        tabs = {title: name for name, title in TABS.items()}
        yield from goto.named("Tab", tabs, lambda title: self.action_tab(tabs[title]))
        now = self.request.strategy
        yield from goto.named("Strategy", self.strategies(), self._take_strategy, now)
        yield from goto.named("Theme", (theme.name for theme in THEMES), self._take_theme, self.app.theme)

    def _find(self, text: str) -> Iterator[Command]:
        closure, plan = self.workspace.subject.closure, self.workspace.priced.plan
        return chain(
            islice(goto.layers(text, plan, closure, self._go_to_layer), 20),
            goto.paths(text, closure, self.show_path),
        )

    def _run(self, one: Held) -> Any:
        async def run() -> None:
            shown = [node for node in one.nodes if isinstance(node, Widget) and node.display]
            node = next((node for node in shown if node is self.focused), next(iter(shown), one.nodes[0]))
            if one.where != EVERYWHERE:
                self.show_pane(node)
            await self.app.run_action(one.binding.action, default_namespace=node)

        return run

    def _go_to_layer(self, index: int) -> None:
        table = self.query_one(LayersTable)
        self.give_keys(table)
        table.cursor = index

    def _take_strategy(self, name: str) -> None:
        self.edit(edits.strategy(self.request, name))

    def _take_theme(self, name: str) -> None:
        self.app.theme = name

    def view(self) -> View:
        """Return what is looked at now."""
        path = self.selected_path
        tabs = self.query("*").results(Tab)
        return View(
            tab=self.shown_tab.id or "",
            layer=self.selected_layer,
            path="" if path is None else str(self.workspace.subject.closure.paths[path]),
            orders={tab.id: tab.order_name for tab in tabs if tab.id and tab.order_name},
        )

    def recall(self, view: View) -> None:
        """Look at what was looked at; what is gone is passed over."""
        for tab in self.query("*").results(Tab):
            if name := view.orders.get(tab.id or ""):
                tab.order_by(name)
        closure = self.workspace.subject.closure
        at = same_path(view.path, closure)
        if at is not None:
            self.query_one(ClosureTree).reveal(at)
        self.query_one(LayersTable).cursor = view.layer
        if view.tab in TABS:
            self.call_after_refresh(self.action_tab, view.tab)
