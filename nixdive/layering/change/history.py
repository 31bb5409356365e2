"""What earlier versions tell: which packages changed from one to the next, and how often by themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering.versions import origins

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.change.arrays import Bits
    from nixdive.layering.change.rates import Rates

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
    last = versions[-1]
    kinds = _columns(rates)
    seen = np.zeros_like(rates.own)
    counted = np.zeros_like(rates.own)
    happened = np.zeros(len(rates.kinds))
    found: list[list[int]] = []
    known = dict(enumerate(last.paths))  # for each path of the last version what it comes from, so far
    for before, after in reversed(list(pairwise(versions))[-_MOST:]):
        here = {i: path for i, path in known.items() if path in after.index}
        came = origins(known.values(), before.paths)
        known = {i: came.get(path, path) for i, path in known.items()}
        changed = {i for i, path in enumerate(after.paths) if path not in before.index}
        if not changed:
            continue
        found.append([i for i, path in here.items() if after.index[path] in changed])
        share = len(changed) / len(after)
        columns = kinds["small" if share < _BUMP else "large" if share < _REBUILD else "whole"]
        happened[columns] += np.array([rates.kinds[i].share for i in columns]) / sum(
            rates.kinds[i].share for i in columns
        )
        for i, path in here.items():
            at = after.index[path]
            if changed.isdisjoint(after.references[at]):
                seen[i, columns] += 1
                counted[i, columns] += at in changed
    releases = len(found)
    bits = np.zeros(len(last), dtype=np.uint64)
    for number, touched in enumerate(reversed(found)):
        bits[touched] |= np.uint64(1 << number)
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
