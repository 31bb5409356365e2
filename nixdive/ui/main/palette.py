"""The user's keys, the command palette and the help: what can be done, found by words."""

from __future__ import annotations

from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from nixdive.ui.config.keymap import Bound, KeySigns, remap
from nixdive.ui.dialogs.commands import Command
from nixdive.ui.naming import layer_name
from nixdive.ui.theme import THEMES
from nixdive.ui.verbs import LISTS, MAIN, PANES, VERBS, Verb, contexts
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Iterator

    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import LayerPlan
    from nixdive.ui.config.config import Wishes
    from nixdive.ui.main.screen import MainScreen

_MOST: Final = 50
_LAYERS: Final = 20
_PLACES: Final = {title: name for name, title in PANES.items()}


def bound_keys(wishes: Wishes) -> tuple[KeySigns, tuple[str, ...]]:
    """Return the keys of the main screen as the user wishes, and what cannot be followed."""
    if not wishes.keys:
        return KeySigns(), wishes.notices
    bound = [Bound(verb.id, verb.bound, contexts(verb)) for verb in MAIN]
    keymap, notices = remap(wishes.keys, bound, [verb.id for verb in VERBS if verb not in MAIN])
    return KeySigns(keymap), (*wishes.notices, *notices)


class Palette:
    """Everything that can be done, by its words."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen

    def help(self) -> None:
        """Show keys and words, those of the pane that has the focus first."""
        from nixdive.ui.dialogs.help import HelpDialog

        screen = self._screen
        here = PANES[screen.browsing.focused.id or ""]
        screen.ask(HelpDialog(screen.keys, here), lambda _: None)

    def open(self) -> None:
        """Open the command palette."""
        from nixdive.ui.dialogs.commands import CommandsDialog

        def chosen(command: Command | None) -> None:
            if command is not None:
                self._screen.call_later(command.run)

        dialog = CommandsDialog(tuple(self.commands()), self._find)
        self._screen.ask(dialog, chosen, classes="-top")

    def suspend(self) -> None:
        """Give the terminal back to the shell for a while."""
        self._screen.app.action_suspend_process()

    def commands(self) -> Iterator[Command]:
        """Yield a command for each verb of the main screen, then those that are no verbs."""
        for verb in sorted(MAIN, key=lambda verb: verb.where == LISTS):
            yield Command(verb.words, self._screen.keys.all(verb.id), verb.where, self._run(verb), verb.id)
        editing, themes = self._screen.editing, [theme.name for theme in THEMES]
        yield from named(
            "Strategy", editing.strategies(), editing.take_strategy, editing.now.request.strategy
        )
        yield from named("Theme", themes, self._take_theme, self._screen.app.theme)

    def _find(self, text: str) -> Iterator[Command]:
        closure, plan = self._screen.workspace.subject.closure, self._screen.workspace.priced.plan
        browsing = self._screen.browsing
        return chain(
            islice(layers(text, plan, closure, browsing.show_layer), _LAYERS),
            paths(text, closure, browsing.show_path),
        )

    def _run(self, verb: Verb) -> Callable[[], Coroutine[Any, Any, None]]:
        async def run() -> None:
            if verb.where in _PLACES:
                self._screen.browsing.show_pane(_PLACES[verb.where])
            await self._screen.do(verb)

        return run

    def _take_theme(self, name: str) -> None:
        self._screen.app.theme = name


def named(where: str, names: Iterable[str], go: Callable[[str], object], now: str = "") -> Iterator[Command]:
    """Yield a command for each name of a kind; the one that holds now says so.

    Args:
        where: what kind of thing it is.
        names: the names.
        go: what is done with a name.
        now: the name that holds.
    """
    for name in names:
        title = f"{where} {name}"
        yield Command(f"{title}, as it is now" if name == now else title, "", where, partial(go, name))


def layers(text: str, plan: LayerPlan, closure: Closure, go: Callable[[int], object]) -> Iterator[Command]:
    """Yield a command for each layer with this number, or with all words in its name."""
    words = text.lower().removeprefix("layer").split()
    for i, layer in enumerate(plan.layers):
        name = layer_name(layer, closure)
        if words == [str(i + 1)] or _all_in(words, name):
            yield Command(f"layer {i + 1} {name}", "", "Go to", partial(go, i))


def paths(text: str, closure: Closure, go: Callable[[int], object]) -> Iterator[Command]:
    """Yield a command for each store path with all words in its name, those that begin with it first."""
    words = text.lower().split()
    found = [i for i, path in enumerate(closure.paths) if _all_in(words, path.base)]
    start = words[0] if words else ""
    found.sort(
        key=lambda i: (not closure.paths[i].name.lower().startswith(start), len(closure.paths[i].name))
    )
    for i in islice(found, _MOST):
        yield Command(visible(closure.paths[i].name), "", "Go to", partial(go, i))


def _all_in(words: list[str], text: str) -> bool:
    small = text.lower()
    return bool(words) and all(word in small for word in words)
