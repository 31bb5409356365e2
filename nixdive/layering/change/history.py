"""What earlier versions tell: which packages changed from one to the next, and how often by themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering.lineages import lineages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.change.arrays import Bits
    from nixdive.layering.change.rates import Rates
    from nixdive.store.path import StorePath

_MOST = 64  # releases; those before are forgotten
_STRENGTH = 3.0  # so many releases of evidence is the prior of a rate worth
_KIND_STRENGTH = 4.0  # and that of the shares of the kinds
_BUMP = 0.08  # a release that changes this share of the paths is more than one of the application
_REBUILD = 0.6


@dataclass(frozen=True, slots=True)
class History:
    """What was observed.

    Attributes:
        rates: the prior's rates, moved towards what was observed.
        bits: for each path a bit for each release that changed it, the first release lowest.
        releases: how many there were.
    """

    rates: Rates
    bits: Bits
    releases: int


def observe(versions: Sequence[Closure], rates: Rates) -> History:
    """Return what the steps from version to version tell of the last one.

    That a path changed by itself can be seen only where nothing changed that it refers to; other steps say
    nothing of it.

    Args:
        versions: oldest first; the last one is what the rates are of.
        rates: what is believed without a history.
    """
    steps = list(pairwise(versions))[-_MOST:]
    named = [dict(zip(lineages(after.paths), after.paths, strict=True)) for _, after in steps]
    place = {name: i for i, name in enumerate(lineages(versions[-1].paths))}
    kinds = _columns(rates)
    seen = np.zeros_like(rates.own)
    counted = np.zeros_like(rates.own)
    happened = np.zeros(len(rates.kinds))
    bits = np.zeros(len(versions[-1]), dtype=np.uint64)
    releases = 0
    for (before, after), new in zip(steps, named, strict=True):
        changed = {name for name, path in new.items() if path not in before.index}
        if not changed:
            continue
        touched = [i for name in changed if (i := place.get(name)) is not None]
        bits[touched] |= np.uint64(1 << releases)
        releases += 1
        share = len(changed) / len(new)
        columns = kinds["small" if share < _BUMP else "large" if share < _REBUILD else "whole"]
        happened[columns] += np.array([rates.kinds[i].share for i in columns]) / sum(
            rates.kinds[i].share for i in columns
        )
        free = _undisturbed(after, new, changed)
        for name in free:
            i = place.get(name)
            if i is not None:
                seen[i, columns] += 1
                counted[i, columns] += name in changed
    own = np.minimum((counted + _STRENGTH * rates.own) / (seen + _STRENGTH), 0.97)
    strength = _KIND_STRENGTH
    moved = tuple(
        replace(kind, share=(happened[i] + strength * kind.share) / (releases + strength))
        for i, kind in enumerate(rates.kinds)
    )
    return History(replace(rates, kinds=moved, own=own), bits, releases)


def _columns(rates: Rates) -> Mapping[str, list[int]]:
    """Return the kinds of release that a step of each extent may have been."""
    names = {kind.name: i for i, kind in enumerate(rates.kinds)}
    return {
        "small": [names["application"], names["lock file"], names["security"]],
        "large": [names["lock file"], names["security"], names["bump"]],
        "whole": [names["rebuild"]],
    }


def _undisturbed(closure: Closure, named: Mapping[str, StorePath], changed: set[str]) -> list[str]:
    """Return the names of the paths that refer to nothing that changed."""
    index = closure.index
    dirty = {index[named[name]] for name in changed}
    return [name for name, path in named.items() if dirty.isdisjoint(closure.references[index[path]])]
