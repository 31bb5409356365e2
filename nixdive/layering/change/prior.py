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
_PRONE = 8.0  # times as often as others a package is the one of a security release that often is
# rates by kind of release
_APPLICATION = (0.5, 0.3, 0.05, 0.3, 0.3)
_CONFIGURATION = (0.15, 0.02, 0.01, 0.02, 0.02)
_DATA = (0.001, 0.005, 0.0, 0.04, 0.04)
# a set of packages: how often it is bumped, what share of it that changes, and from how many on it is one
_BUMPED = (0.0, 0.5, 0.0, 0.3, 0.3)
_TAKES = 0.12
_SET = 3


def prior(closure: Closure) -> Rates:
    """Return the rates that structure and names tell."""
    count = len(closure)
    below = [mask.bit_count() for mask in closure.needs]
    above = [mask.bit_count() for mask in closure.users]
    own = np.zeros((count, len(KINDS)))
    patched = np.ones(count)
    sets: dict[str, list[int]] = {}
    for i, path in enumerate(closure.paths):
        lineage = path.lineage
        near = above[i] <= _NEAR
        together = package_set(lineage)
        others = together is not None or is_prone(lineage)  # known, and so not what the image is built for
        if near and below[i] >= _WIDE * count and not (others and above[i]):
            own[i] = _APPLICATION
        elif near and (is_own(lineage, path.version) or _is_text(closure, i)):
            own[i] = _CONFIGURATION
        elif is_data(lineage):
            own[i] = _DATA
        else:
            own[i] = _library(above[i], count)
            if together is not None:
                sets.setdefault(together, []).append(i)
        if is_prone(lineage):
            patched[i] = _PRONE
    own[:, 2] = np.maximum(own[:, 2], patched / patched.sum())  # a security release is of one package
    return Rates(
        KINDS,
        own,
        tuple(
            PackageSet(name, tuple(found), _BUMPED, _TAKES)
            for name, found in sorted(sets.items())
            if len(found) >= _SET
        ),
    )


def _is_text(closure: Closure, i: int) -> bool:
    """Whether a path may be a configuration: small, and in need of nothing."""
    return not closure.references[i] and closure.nar_sizes[i] < _SMALL


def _library(users: int, count: int) -> tuple[float, ...]:
    """Return the rates of a path that so many others use, out of so many in all."""
    return (
        0.02 / (1 + users / 3),
        0.005,
        0.0,
        0.01 if users > 0.4 * count else 0.04,
        0.5 if users > 0.5 * count else 0.1,
    )
