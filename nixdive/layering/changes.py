"""What changed from one version to the next, by package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nixdive.layering.lineages import lineages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.store.path import StorePath


@dataclass(frozen=True, slots=True)
class Change:
    """A store path that was replaced.

    Attributes:
        name: what stays, like openssl-bin.
        old: the path before.
        new: the path after.
        delta: bytes that the new one is larger.
    """

    name: str
    old: StorePath
    new: StorePath
    delta: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What came, what went, and what was replaced; each sorted."""

    added: tuple[StorePath, ...]
    removed: tuple[StorePath, ...]
    changed: tuple[Change, ...]


def changes(old: Mapping[StorePath, int], new: Mapping[StorePath, int]) -> Changes:
    """Return what changed between two versions, given as store paths with their bytes.

    Where a version has several paths of one lineage, the newest is compared with the newest.
    """
    gone, came = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
    before = dict(zip(lineages(gone), gone, strict=True))
    after = dict(zip(lineages(came), came, strict=True))
    both = sorted(before.keys() & after.keys())
    return Changes(
        tuple(path for name, path in after.items() if name not in before),
        tuple(path for name, path in before.items() if name not in after),
        tuple(Change(name, before[name], after[name], new[after[name]] - old[before[name]]) for name in both),
    )
