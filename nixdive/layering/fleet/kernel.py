"""The loop that weighs merges of layers of a fleet, compiled by numba: with the same results, bit for bit.

Like that of `churn` it is loaded by `speedup` alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import types

from nixdive.layering.churn.kernel import (
    COST,
    GIVEN_BITS,
    GIVEN_COSTS,
    GIVEN_NUMBERS,
    GIVEN_ROW,
    SCALE,
    TABLE,
    compiled,
    count_bits,
    weigh_both,
)

if TYPE_CHECKING:
    from nixdive.layering.change.scenarios import Bits, Costs, Indices, Weights


@compiled(
    types.void(
        *(GIVEN_BITS, GIVEN_BITS, GIVEN_COSTS, GIVEN_COSTS, GIVEN_COSTS, GIVEN_COSTS, COST),
        *(GIVEN_ROW, GIVEN_COSTS, GIVEN_NUMBERS, GIVEN_NUMBERS, TABLE, types.boolean, SCALE, TABLE),
    )
)
def scores(
    images: Bits,
    bits: Bits,
    sizes: Costs,
    expected: Costs,
    counts: Costs,
    renewal: Costs,
    pull: float,
    needy: Bits,
    reach: Costs,
    rows: Indices,
    others: Indices,
    table: Costs,
    anew: bool,  # noqa: FBT001  compiled functions have no names for what they are given
    scale: Weights,
    found: Costs,
) -> None:
    """Work out what the merges of layers of a fleet cost for what they help, as `fit` does."""
    for at in range(len(rows)):
        one = rows[at]
        for place in range(len(others)):
            other = others[place]
            both = helped = np.int64(0)
            for word in range(len(needy)):
                common = images[one, word] & images[other, word]
                both += np.int64(count_bits(common))
                helped += np.int64(count_bits(common & needy[word]))
            found[at, place] = np.inf
            if helped == 0 or one == other:
                continue
            if anew or len(table) == 0:
                union = weigh_both(bits[one], bits[other], scale) * (sizes[one] + sizes[other])
                if len(table):
                    table[one, other] = table[other, one] = union
            else:
                union = table[one, other]
            cost = (union - expected[one] - expected[other]) * (pull * both) + union
            cost -= expected[one] if counts[one] == both else 0.0
            cost -= expected[other] if counts[other] == both else 0.0
            found[at, place] = (cost + (renewal[one] + renewal[other])) / reach[helped]
