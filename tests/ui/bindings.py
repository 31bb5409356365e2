"""All bindings of the screen, found by looking at its classes: what comes later is found too."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, NamedTuple

from textual.binding import Binding, BindingsMap
from textual.dom import DOMNode
from textual.screen import Screen

from nixdive import ui
from nixdive.ui.listing import Listing
from nixdive.ui.main.screen import MainScreen
from nixdive.ui.verbs import PANES, UNBOUND

if TYPE_CHECKING:
    from collections.abc import Iterator


class Bound(NamedTuple):
    """A binding, and the class that states it."""

    owner: type[DOMNode]
    binding: Binding

    def __str__(self) -> str:
        return f"{self.owner.__name__}: {self.binding.key} {self.binding.action}"


def classes() -> list[type[DOMNode]]:
    """Return all widgets and screens of the package, each once."""
    for module in pkgutil.walk_packages(ui.__path__, f"{ui.__name__}."):
        importlib.import_module(module.name)
    kinds: list[type[DOMNode]] = [DOMNode]
    for kind in kinds:
        kinds += [one for one in kind.__subclasses__() if one not in kinds]
    return [kind for kind in kinds if kind.__module__.startswith(f"{ui.__name__}.")]


def stated() -> list[Bound]:
    """Return the bindings where they are stated."""
    return [
        Bound(kind, binding)
        for kind in classes()
        for bindings in BindingsMap(vars(kind).get("BINDINGS", ())).key_to_bindings.values()
        for binding in bindings
    ]


def of(kind: type[DOMNode]) -> Iterator[Bound]:
    """Yield the bindings of a class and of its bases in the package, its own first, one for each key."""
    for base in kind.__mro__:
        if base.__module__.startswith(f"{ui.__name__}.") and issubclass(base, DOMNode):
            for bindings in BindingsMap(vars(base).get("BINDINGS", ())).key_to_bindings.values():
                yield from (Bound(base, binding) for binding in bindings)


def contexts() -> Iterator[tuple[str, list[Bound]]]:
    """Yield where keys go to: each pane with the main screen below it, and each other class."""
    for kind in classes():
        here = list(of(kind))
        if not here:
            continue
        if kind.__name__.removesuffix("Pane") in PANES.values():
            here += [*of(Listing), *of(MainScreen)]
        yield kind.__name__, here


def ids() -> dict[str, tuple[str, ...]]:
    """Return all ids of bindings, with the keys of each."""
    found: dict[str, tuple[str, ...]] = {}
    for _, binding in stated():
        keys = () if binding.key == UNBOUND else (binding.key,)
        found[binding.id or ""] = (*found.get(binding.id or "", ()), *keys)
    return {one: tuple(dict.fromkeys(keys)) for one, keys in found.items()}


def screens() -> list[type[Screen[object]]]:
    """Return the classes of screens."""
    return [kind for kind in classes() if issubclass(kind, Screen)]
