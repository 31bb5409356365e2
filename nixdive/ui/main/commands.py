"""What can be done on a screen, found by looking at the bindings of the screen and of its panes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen

from nixdive.ui.config.keymap import Bound
from nixdive.ui.panes.tabs import TABS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

EVERYWHERE: Final = "Everywhere"
LISTS: Final = "In lists"


class Command(NamedTuple):
    """Something that the user can choose.

    Attributes:
        title: what it does.
        keys: the keys that do it too, as the screen writes them.
        where: the pane that it belongs to, or what kind of thing it goes to.
        run: does it.
        id: of its binding, or empty.
    """

    title: str
    keys: str
    where: str
    run: Callable[[], Any]
    id: str = ""


class Held(NamedTuple):
    """A binding with those who have it.

    Attributes:
        binding: the binding, with the keys it has by itself.
        nodes: the screen, or panes.
    """

    binding: Binding
    nodes: tuple[DOMNode, ...]

    @property
    def where(self) -> str:
        """The pane it belongs to; lists where several have it."""
        if isinstance(self.nodes[0], Screen):
            return EVERYWHERE
        return pane_name(self.nodes[0]) if len(self.nodes) == 1 else LISTS


def held(screen: Screen[Any]) -> tuple[Held, ...]:
    """Return all bindings with an id of a screen and of what is on it: those of the screen first."""
    found: dict[str, tuple[Binding, list[DOMNode]]] = {}
    for node in (screen, *screen.walk_children()):
        for binding in bindings_of(type(node)):
            assert binding.id is not None
            found.setdefault(binding.id, (binding, []))[1].append(node)
    return tuple(Held(binding, tuple(nodes)) for binding, nodes in found.values())


def bindings_of(kind: type) -> Iterator[Binding]:
    """Yield the bindings with an id that a class has, its own before those of its bases."""
    seen = set()
    for base in kind.__mro__:
        for binding in vars(base).get("BINDINGS", ()):
            if isinstance(binding, Binding) and binding.id is not None and binding.id not in seen:
                seen.add(binding.id)
                yield binding


def bound(found: tuple[Held, ...]) -> list[Bound]:
    """Return the bindings as the keymap sees them."""
    return [
        Bound(
            one.binding.id or "",
            tuple(key.strip() for key in one.binding.key.split(",")),
            frozenset({""} if one.where == EVERYWHERE else {pane_name(node) for node in one.nodes}),
        )
        for one in found
    ]


def keys_of(binding: Binding, keymap: Mapping[str, str]) -> str:
    """Return the keys that a binding has now."""
    return keymap.get(binding.id or "", binding.key)


def pane_name(node: DOMNode) -> str:
    """Return what a pane is called: as its tab, else as its class in plain words."""
    if node.id in TABS:
        return TABS[node.id]
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(node).__name__).split()
    if len(words) > 1 and words[-1] in {"Table", "Pane", "Tree"}:
        words = words[:-1]
    return " ".join([words[0], *(word.lower() for word in words[1:])])


def ids_everywhere() -> set[str]:
    """Return the ids of all bindings that there are, those of dialogs too, which are loaded for it."""
    import importlib
    import pkgutil

    from nixdive import ui

    for module in pkgutil.walk_packages(ui.__path__, f"{ui.__name__}."):
        importlib.import_module(module.name)
    kinds, ids = [DOMNode], set()
    for kind in kinds:
        kinds += kind.__subclasses__()
        ids |= {binding.id for binding in bindings_of(kind) if binding.id is not None}
    return ids
