"""The orders that nixpkgs puts store paths in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nixdive.closure.closure import Closure
    from nixdive.store.path import StorePath


def name_and_hash(path: StorePath) -> tuple[str, str]:
    """The order of the paths in a layer: the same from release to release, whatever the hashes are."""
    return path.name, path.hash_part


def by_name(closure: Closure, indices: Iterable[int]) -> tuple[int, ...]:
    """Return the indices in the order that nixpkgs gives to the paths of a layer."""
    return tuple(sorted(indices, key=closure.by_name.__getitem__))
