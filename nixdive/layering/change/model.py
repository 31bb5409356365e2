"""The change model of a closure: rates, turned into scenarios, carried up the references."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

import numpy as np

from nixdive.layering.change.rates import Rates, first_matches, granted, observe, prior, shared_out
from nixdive.layering.change.scenarios import WORD, Bits, Scale, Scenarios, Weights, draw
from nixdive.layering.versions import parts
from nixdive.words import percent

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from nixdive.closure.closure import Closure

_SCALE = 1 << 40  # the weight of all scenarios together, but for rounding
NOTHING_SAID: Mapping[int, int] = MappingProxyType({})
_PRIOR = 10  # so many releases of a history are worth as much as the prior


class ChangeModel:
    """What is believed of the releases to come; never changes once made.

    Attributes:
        closure: what it is of.
        scenarios: for each path when its hash changes.
        observed: how many releases of a history it rests on.
    """

    def __init__(self, closure: Closure, scenarios: Scenarios, own: Bits, observed: int = 0) -> None:
        self.closure = closure
        self.scenarios = scenarios
        self.observed = observed
        self._own = own

    @classmethod
    def of(
        cls, closure: Closure, past: Sequence[Closure] = (), wishes: Sequence[tuple[str, float]] = ()
    ) -> Self:
        """Return the model of a closure.

        Args:
            closure: the store paths.
            past: earlier versions of it, oldest first.
            wishes: what the user knows: patterns of packages, and how often they change by themselves.
        """
        rates = prior(closure)
        history = observe((*past, closure), rates) if past else None
        if history is None or not history.releases:
            return cls.sampled(closure, granted(closure, history.rates if history else rates, wishes))
        trust = _trust(history.releases)
        shares = [(name, *shared_out(wanted, history.releases, trust)) for name, wanted in wishes]
        rates = granted(closure, history.rates, [(name, rest) for name, _, rest in shares])
        said = first_matches(closure, [(name, count) for name, count, _ in shares])
        return cls.sampled(closure, rates).with_releases(history.bits, history.releases, said)

    @classmethod
    def sampled(cls, closure: Closure, rates: Rates) -> Self:
        """Return the model that rates make: the outputs of one derivation change together."""
        words = [kind.words for kind in rates.kinds]
        keys = _events(closure)
        own = draw(keys, rates.own, words, rates.said)
        for one in rates.sets:
            members = list(one.members)
            happens = draw([f"set {one.name}"], np.array([one.happens]), words)
            taken = np.full((len(members), len(words)), one.takes)
            own[members] |= happens & draw([f"{keys[i]} of {one.name}" for i in members], taken, words)
        scale = Scale.of(
            (kind.words, round(kind.share * _SCALE / (kind.words * WORD))) for kind in rates.kinds
        )
        total = sum(
            weight * WORD * count for weight, count in zip(scale.weights.tolist(), words, strict=True)
        )
        return cls(closure, Scenarios(_carried_up(closure, own), scale, total), own)

    def with_releases(self, bits: Bits, releases: int, said: Mapping[int, int] = NOTHING_SAID) -> Self:
        """Return a model that believes in a history as far as it is long: what it saw comes again as it was.

        Args:
            bits: for each path a bit for each release that changed it.
            releases: how many there were, at most 64.
            said: for paths whose rates somebody has said, in how many of the releases they change by
                themselves.
        """
        trust = _trust(releases)
        scenarios = self.scenarios
        weights = np.rint(scenarios.scale.weights * (1 - trust)).astype(np.int64)
        words = np.diff([*scenarios.scale.starts, scenarios.bits.shape[1]]).tolist()
        seen = round(trust * scenarios.total / releases)
        scale = Scale.of([*zip(words, weights.tolist(), strict=True), (1, seen)])
        total = int(weights @ words) * WORD + seen * releases
        alone = np.zeros((len(bits), 1), dtype=np.uint64)
        for i, count in said.items():
            alone[i] = _as_often(int(bits[i]), releases, count)
        both = np.concatenate([scenarios.bits, _as_said(self.closure, bits[:, None], alone, said)], axis=1)
        own = np.concatenate([self._own, alone], axis=1)
        return type(self)(self.closure, Scenarios(both, scale, total), own, releases)

    @property
    def weights(self) -> Weights:
        """For each bit of the scenarios the weight of its release; 0 where it stands for none."""
        scale, words = self.scenarios.scale, self.scenarios.bits.shape[1]
        each = np.repeat(scale.weights, np.diff([*scale.starts, words]) * WORD)
        if self.observed:  # the last word has a bit for each release that was seen, and no more
            each[(words - 1) * WORD + self.observed :] = 0
        return each

    @cached_property
    def least_push(self) -> float:
        """NAR bytes of the paths that a release is expected to change: no layout of the paths spares them."""
        return float(self.scenarios.chances @ np.array(self.closure.nar_sizes, dtype=np.float64))

    def cause(self, layer: Iterable[int]) -> tuple[int, float] | None:
        """Return what changes a layer most often, or None where nothing does.

        Returns:
            The path, in the layer or below it, and the chance that a release changes that one by itself.
        """
        weight, path = max(self._causes[i] for i in layer)
        return (-path, weight / self.scenarios.total) if weight else None

    def own_chance(self, path: int) -> float:
        """Return the chance that a release changes a path by itself, not because of what it needs."""
        return float(self.scenarios.scale.weigh(self._own[path])) / self.scenarios.total

    def reason(self, layer: Sequence[int]) -> str:
        """Return what changes a layer most often, and in how many releases that does, in a few words."""
        cause = self.cause(layer)
        if cause is None:
            return "never changes"
        path, chance = cause
        if len(layer) == 1 and path == layer[0]:
            return f"changes by itself, {percent(chance)}"
        package = self.closure.paths[path].package
        return f"changes {'with' if path in set(layer) else 'below, with'} {package}, {percent(chance)}"

    @cached_property
    def _causes(self) -> list[tuple[int, int]]:
        """For each path the weight of what changes most by itself, in it or below; and, negative, what."""
        causes = [(weight, -i) for i, weight in enumerate(self.scenarios.scale.weigh(self._own).tolist())]
        for i in self.closure.topological:
            causes[i] = max(causes[i], *(causes[target] for target in self.closure.references[i]), (0, 0))
        return causes


def _trust(releases: int) -> float:
    """Return the share of what may come that so many releases of a history stand for."""
    return releases / (releases + _PRIOR)


def _as_often(seen: int, releases: int, count: int) -> int:
    """Return bits for so many releases: first those in which it was seen to change, then the newest."""
    order = sorted(range(releases), key=lambda one: (seen >> one & 1, one), reverse=True)
    return sum(1 << one for one in order[:count])


def _as_said(closure: Closure, seen: Bits, alone: Bits, said: Collection[int]) -> Bits:
    """Return the releases that were seen, but for paths of which somebody has said how often they change.

    Args:
        closure: the paths.
        seen: for each path the releases that changed it.
        alone: for each path that something was said of, those in which it changes by itself.
        said: the indices of those.
    """
    if not said:
        return seen
    bits, above = seen.copy(), _carried_up(closure, alone)
    for i in closure.topological:
        if i in said:
            below = bits[list(closure.references[i])]
            bits[i] = np.bitwise_or.reduce(below, axis=0) if len(below) else 0
        bits[i] |= above[i]
    return bits


def _carried_up(closure: Closure, own: Bits) -> Bits:
    """Return for each path when its hash changes: when it or anything that it needs changes by itself."""
    bits = own.copy()
    for i in closure.topological:
        row = closure.references[i]
        if len(row) > 1:
            bits[i] |= np.bitwise_or.reduce(bits[list(row)], axis=0)
        elif row:
            bits[i] |= bits[row[0]]
    return bits


def _events(closure: Closure) -> list[str]:
    """Return for each path the name of what changes it: the same for the outputs of one derivation.

    Paths of one name are of different derivations.
    """
    built = [(path.package, path.release) for path in closure.paths]
    versions: dict[str, list[str]] = {}
    for package, version in dict.fromkeys(built):
        versions.setdefault(package, []).append(version)
    events = {}
    for package, found in versions.items():
        found.sort(key=parts, reverse=True)
        for number, version in enumerate(found, 1):
            events[package, version] = package if number == 1 else f"{package}#{number}"
    seen: Counter[str] = Counter()
    names = []
    for one, path in zip(built, closure.paths, strict=True):
        names.append(events[one] + (f"~{seen[path.name]}" if seen[path.name] else ""))
        seen[path.name] += 1
    return names
