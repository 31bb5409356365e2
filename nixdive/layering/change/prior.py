"""Rates for a closure of which nothing is known but its graph and its names.

The numbers are judgements, not measurements: how the work of a team that ships an application is spread over
releases, and what of a closure each kind of release touches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering.change.names import is_data, is_own, is_prone, package_set
from nixdive.layering.change.rates import Kind, PackageSet, Rates

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure

KINDS = (
    Kind("application", 0.62, 40),  # own code
    Kind("lock file", 0.12, 24),  # some packages of one language
    Kind("security", 0.08, 24),  # one package deep down
    Kind("bump", 0.12, 20),  # a newer nixpkgs
    Kind("rebuild", 0.06, 20),  # a newer staging: the base of all
)
_NEAR = 3  # a path with at most so many referrers, near and far, is near the root
_WIDE = 0.3  # an application needs this share of the closure
_SMALL = 1 << 16  # bytes of a configuration


def prior(closure: Closure) -> Rates:
    """Return the rates that structure and names tell."""
    count = len(closure)
    below = [mask.bit_count() for mask in closure.needs]
    above = [mask.bit_count() for mask in closure.users]
    own = np.zeros((count, len(KINDS)))
    sets: dict[str, list[int]] = {}
    patched = np.ones(count)
    for i, path in enumerate(closure.paths):
        lineage = path.lineage
        near = above[i] <= _NEAR
        if near and below[i] >= _WIDE * count:
            own[i] = (0.5, 0.3, 0.05, 0.3, 0.3)
        elif near and (
            is_own(lineage, path.version) or (not closure.references[i] and closure.nar_sizes[i] < _SMALL)
        ):
            own[i] = (0.15, 0.02, 0.01, 0.02, 0.02)
        elif is_data(lineage):
            own[i] = (0.001, 0.005, 0.0, 0.04, 0.04)
        else:
            base = above[i] > 0.4 * count
            own[i] = (
                0.02 / (1 + above[i] / 3),
                0.005,
                0.0,
                0.01 if base else 0.04,
                0.5 if above[i] > 0.5 * count else 0.1,
            )
            name = package_set(lineage)
            if name is not None:
                sets.setdefault(name, []).append(i)
        if is_prone(lineage):
            patched[i] = 8.0
    own[:, 2] = np.maximum(own[:, 2], patched / patched.sum())
    return Rates(
        KINDS,
        own,
        tuple(
            PackageSet(name, tuple(found), (0.0, 0.5, 0.0, 0.3, 0.3), 0.12)
            for name, found in sorted(sets.items())
            if len(found) > 2
        ),
    )
