"""How often things change by themselves, in each kind of release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nixdive.layering.change.arrays import Costs


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of release.

    Attributes:
        name: what happens in it.
        share: the share of releases that are of this kind; all shares add up to 1.
        words: how many words of scenarios stand for it: rare kinds have more than their share, because
            what they change is large.
    """

    name: str
    share: float
    words: int


@dataclass(frozen=True, slots=True)
class PackageSet:
    """Packages that one event changes together, like the bump of a lock file.

    Attributes:
        name: what they are, like python.
        members: indices of their paths.
        happens: for each kind of release the chance of the event.
        takes: the chance that a member changes when it happens.
    """

    name: str
    members: tuple[int, ...]
    happens: tuple[float, ...]
    takes: float


@dataclass(frozen=True, slots=True)
class Rates:
    """The chances that paths change by themselves, not because something below them did.

    Attributes:
        kinds: the kinds of releases.
        own: a row for each path, a column for each kind: the chance in a release of that kind.
        sets: sets of packages that change together besides.
    """

    kinds: tuple[Kind, ...]
    own: Costs
    sets: tuple[PackageSet, ...] = ()
