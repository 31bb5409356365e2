"""What a plan file says of a layer besides the names of its packages: which store paths they were."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAMES = 2  # bytes of the hash of the names
_PATHS = 6  # of that of the store paths; an image has far too few layers for two to be alike


def layer_hash(paths: Iterable[str]) -> str:
    """Return what the store paths of a layer hash to, in their order: alike for layers of the same bytes."""
    return _hash(paths, _PATHS)


def stamp(names: Iterable[str], paths: Iterable[str]) -> str:
    """Return the text by which a plan file knows a layer again: the hash of its names, then of its paths."""
    return _hash(names, _NAMES) + layer_hash(paths)


def stamped(names: Iterable[str], text: str) -> str:
    """Return the hash of the store paths in a stamp; "" where the names are not those that were stamped."""
    start = _hash(names, _NAMES)
    return text[len(start) :] if text.startswith(start) else ""


def _hash(texts: Iterable[str], size: int) -> str:
    return blake2b("\n".join(texts).encode("utf-8", "surrogatepass"), digest_size=size).hexdigest()
