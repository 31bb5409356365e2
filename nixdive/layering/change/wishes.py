"""Rates that the user knows better."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering.pins import Patterns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.change.arrays import Costs
    from nixdive.layering.change.rates import Rates


def granted(closure: Closure, rates: Rates, wishes: Sequence[tuple[str, float]]) -> Rates:
    """Return rates in which what matches a wish changes by itself as often as it says, all releases counted.

    What is known of the kinds of release in which a path changes is kept: all its rates are scaled alike.
    """
    if not wishes:
        return rates
    shares = np.array([kind.share for kind in rates.kinds])
    own = rates.own.copy()
    wished = set[int]()
    patterns = Patterns.of(closure.paths)
    for pattern, rate in wishes:
        for i in patterns.matched(pattern):
            if i not in wished:
                own[i] = _scaled(own[i], shares, rate)
                wished.add(i)
    sets = tuple(replace(one, members=tuple(i for i in one.members if i not in wished)) for one in rates.sets)
    return replace(rates, own=own, sets=tuple(one for one in sets if one.members))


def _scaled(rates: Costs, shares: Costs, wanted: float) -> Costs:
    """Return rates in proportion to the given ones, none over 1, whose mean over all releases is wanted."""
    if not rates.any():
        return np.full_like(rates, wanted)
    low, high = 0.0, 1.0 / float(rates[rates > 0].min())
    for _ in range(60):
        middle = (low + high) / 2
        if float(np.minimum(rates * middle, 1.0) @ shares) < wanted:
            low = middle
        else:
            high = middle
    found: Costs = np.minimum(rates * high, 1.0)
    missing, others = wanted - float(found @ shares), float(shares[rates == 0].sum())
    if missing > 0 and others:  # kinds in which it never changed are needed too
        found = np.where(rates > 0, found, min(missing / others, 1.0))
    return found
