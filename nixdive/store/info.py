"""What Nix knows of store paths: the values that every source gives, whatever it was read from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nixdive.store.path import StorePath


@dataclass(frozen=True, slots=True)
class PathInfo:
    """One store path and what it refers to.

    Attributes:
        path: the store path.
        nar_size: bytes of its NAR; 1 where the source knows no sizes.
        references: the store paths it refers to, perhaps itself among them, without repetition.
        deriver: the derivation that made it, as the source names it.
        download_size: bytes of its compressed NAR, where the source knows.
        nar_hash: what its NAR hashes to, as the source writes it, where it knows; it makes no difference.
    """

    path: StorePath
    nar_size: int
    references: tuple[StorePath, ...]
    deriver: str | None = None
    download_size: int | None = None
    nar_hash: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class PathGraph:
    """What a source gives: store paths with all that they refer to.

    Attributes:
        origin: what the user named, for messages.
        infos: one for each path, in any order.
        roots: the paths that were asked for; empty means those that no other path refers to.
        sized: whether the source knows NAR sizes; if not, every nar_size is 1.
    """

    origin: str
    infos: tuple[PathInfo, ...]
    roots: tuple[StorePath, ...] = ()
    sized: bool = True
