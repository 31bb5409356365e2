"""How often paths change by themselves: what names and graph suggest, what was observed, what the user says.

The numbers of the prior are judgements, not measurements: how the work of a team that ships an application is
spread over releases, and what of a closure each kind of release touches.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from math import fsum
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from nixdive.layering.pins import Patterns
from nixdive.layering.versions import origins

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.change.scenarios import Bits, Costs


T = TypeVar("T")


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
        said: indices of the paths whose rates somebody has said: those hold exactly.
    """

    kinds: tuple[Kind, ...]
    own: Costs
    sets: tuple[PackageSet, ...] = ()
    said: tuple[int, ...] = ()


# trees of data that no compiler touches: they change slowly, and never because something below them did
_DATA_NAMES = re.compile(
    r"tzdata|cacert|ca-certificates|mailcap|iana-etc|mime-info|locale|fonts?\b|font-|\bicons?\b|themes?$"
    r"|firmware|hunspell|\bdict|terminfo|-(data|man|doc|info|devdoc|texdoc|source|src|tlpkg|common)$|^source$"
)
# what people write themselves: configuration, entry points, wrappers, environments
_OWN_NAMES = re.compile(
    r"(^|[-_.])(wrapper|wrapped|env|entrypoint|config|conf|settings|start|run|app)$|\.(json|conf|ya?ml|toml|sh|ini)$"
)
# package sets whose members are bumped together, by one lock file or one package set
_SET_NAMES = re.compile(
    r"(?P<python>python3?[\d.]*-|libpython3)|(?P<perl>perl[\d.]*-|lib.+-perl$)|(?P<ruby>ruby[\d.]*-)|(?P<node>node[_-]|nodejs-)"
    r"|(?P<lua>lua[\d.]*-)|(?P<haskell>ghc-|libghc-)|(?P<ocaml>ocaml[\d.]*-)|(?P<r>r-cran-|r-bioc-|rpackage-)|(?P<php>php[\d.]*-)"
    r"|(?P<texlive>texlive-|tex-)|(?P<emacs>emacs-)|(?P<vim>vimplugin-)|(?P<go>golang-)|(?P<gnome>gir1\.2-|gnome-)|(?P<qt>qt[56]|kf[56]|lib(qt|kf)[56])"
)
# where security updates happen again and again
_PRONE_NAMES = re.compile(
    r"^(lib)?(openssl|ssl|gnutls|curl|expat|xml2|xslt|zlib|tiff|png|webp|jpeg|poppler|glib|nss|ssh|krb5|postgresql|pq|sqlite|python"
    r"|python3|nodejs|node|perl|php|ruby|openjdk|jdk|jre|imagemagick|magick|ffmpeg|av|webkit|gstreamer|git|vim|bind|sudo|systemd"
    r"|linux|firefox|chromium|thunderbird|samba|cups|ghostscript|gs|freetype|archive|tar|bash|busybox|nginx|apache|httpd|redis|mariadb|mysql)"
    r"([\d.\-]|$)"
)


def is_data(lineage: str) -> bool:
    """Whether the name is that of data: fonts, time zones, manuals, sources."""
    return bool(_DATA_NAMES.search(lineage))


def is_own(lineage: str, version: str) -> bool:
    """Whether the name is that of what people write themselves, like a configuration or an entry point."""
    return bool(_OWN_NAMES.search(lineage)) or version == "0.0.0"


def is_prone(lineage: str) -> bool:
    """Whether the package is one of those that get security updates again and again."""
    return bool(_PRONE_NAMES.match(lineage))


def package_set(lineage: str) -> str | None:
    """Return the language or other set that the package is bumped with, or None."""
    found = _SET_NAMES.match(lineage)
    return found.lastgroup if found else None


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
    below, above = closure.needs, closure.users
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
        happened[columns] += np.array([rates.kinds[i].share for i in columns]) / fsum(
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


def first_matches(closure: Closure, said: Sequence[tuple[str, T]]) -> dict[int, T]:
    """Return for each path that a pattern matches what goes with the first one that does."""
    found: dict[int, T] = {}
    patterns = Patterns.of(closure.paths) if said else None
    for pattern, value in said:
        for i in patterns.matched(pattern) if patterns else ():
            found.setdefault(i, value)
    return found


def granted(closure: Closure, rates: Rates, wishes: Sequence[tuple[str, float]]) -> Rates:
    """Return rates in which what matches a wish changes by itself as often as it says, all releases counted.

    What is known of the kinds of release in which a path changes is kept: all its rates are scaled alike.
    """
    if not wishes:
        return rates
    shares = np.array([kind.share for kind in rates.kinds])
    own = rates.own.copy()
    wished = first_matches(closure, wishes)
    for i, rate in wished.items():
        own[i] = _scaled(own[i], shares, rate)
    sets = tuple(replace(one, members=tuple(i for i in one.members if i not in wished)) for one in rates.sets)
    return replace(rates, own=own, sets=tuple(one for one in sets if one.members), said=tuple(sorted(wished)))


def shared_out(wanted: float, releases: int, trust: float) -> tuple[int, float]:
    """Return how a rate that somebody has said is met by releases that were seen and ones that are drawn.

    What was seen counts as a whole release each; the rest is made good by those that are drawn.

    Args:
        wanted: how often the path is to change by itself, from 0 to 1.
        releases: how many were seen, at least 1.
        trust: the share of all that may come that they stand for, under 1.

    Returns:
        In how many of the seen ones it changes, and the rate in the others.
    """
    near = sorted(range(releases + 1), key=lambda count: (abs(count - wanted * releases), count))
    for count in near[:2]:
        rest = (wanted - trust * count / releases) / (1 - trust)
        if 0.0 <= rest <= 1.0:
            return count, rest
    return near[0], min(max(rest, 0.0), 1.0)


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
