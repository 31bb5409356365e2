"""Frozen layers against a closure: they stay as they are, or the request cannot be met."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.errors import FrozenError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.store.path import StorePath

_THAW = "thaw the layer: f on the screen, or take frozen out of the plan file"


def kept(
    closure: Closure,
    frozen: Sequence[Sequence[StorePath]],
    pinned: Mapping[str, Collection[int]],
    excluded: Collection[int],
) -> list[tuple[int, ...]]:
    """Return the indices of each frozen layer, in its order.

    Args:
        closure: the store paths.
        frozen: the layers, path by path.
        pinned: what each pinned layer takes.
        excluded: indices of the paths that go into no layer.

    Raises:
        FrozenError: a path is not in the closure any more, or is excluded, pinned, or frozen twice.
    """
    taken = dict.fromkeys(excluded, "excluded")
    for name, members in pinned.items():
        taken |= dict.fromkeys(members, f"pinned to {name}")
    layers = []
    for layer in frozen:
        for path in layer:
            where = closure.index.get(path)
            why = "not in the closure any more" if where is None else taken.get(where)
            if why is not None:
                raise FrozenError(f"a frozen layer cannot keep {path.name}: it is {why}", hint=_THAW)
        members = tuple(closure.index[path] for path in layer)
        taken |= dict.fromkeys(members, "frozen in another layer")
        layers.append(members)
    return layers
