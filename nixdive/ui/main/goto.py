"""Commands that are no key: go to a layer or a store path, show a tab, take a strategy or a theme."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from nixdive.ui.main.commands import Command
from nixdive.ui.naming import layer_name
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import LayerPlan

_MOST: Final = 50


def named(where: str, names: Iterable[str], go: Callable[[str], object], now: str = "") -> Iterator[Command]:
    """Yield a command for each name of a kind; the one that holds now is told.

    Args:
        where: what kind of thing it is.
        names: the names.
        go: what is done with a name.
        now: the name that holds.
    """
    for name in names:
        title = f"{where} {name}"
        yield Command(f"{title}, as it is now" if name == now else title, "", where, _call(go, name))


def layers(text: str, plan: LayerPlan, closure: Closure, go: Callable[[int], object]) -> Iterator[Command]:
    """Yield a command for each layer with this number, or with all words in its name."""
    words = text.lower().removeprefix("layer").split()
    for i, layer in enumerate(plan.layers):
        name = layer_name(layer, closure)
        if words == [str(i + 1)] or _all_in(words, name):
            yield Command(f"layer {i + 1} {name}", "", "Go to", _call(go, i))


def paths(text: str, closure: Closure, go: Callable[[int], object]) -> Iterator[Command]:
    """Yield a command for each store path with all words in its name, those that begin with it first."""
    words = text.lower().split()
    found = [i for i, path in enumerate(closure.paths) if _all_in(words, path.base)]
    start = words[0] if words else ""
    found.sort(
        key=lambda i: (not closure.paths[i].name.lower().startswith(start), len(closure.paths[i].name))
    )
    for i in islice(found, _MOST):
        yield Command(visible(closure.paths[i].name), "", "Go to", _call(go, i))


def _all_in(words: list[str], text: str) -> bool:
    small = text.lower()
    return bool(words) and all(word in small for word in words)


def _call(go: Callable[..., object], *values: object) -> Callable[[], object]:
    return lambda: go(*values)
