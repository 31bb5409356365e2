"""Plans that pay: of the layers that the registry has, those move that bring back what they cost.

A plan is worth what it pushes now, and what the next releases are expected to push. Layers that changed are
pushed in any case, so their paths are laid out again for nothing, together with the new ones. Other layers
stay unless laying out their paths too brings back the push within the horizon; the smallest are tried first,
which cost least and make as much room as any.

The change model errs, and the best of many plans is the one that it flatters most. So a plan moves what is in
the registry only for a small part of what is pushed anyway, and only where the gain is well above the error.

Where more layers are left than the budget has, some have to be merged in any case, and what pushes least now
may lump together what changes and what stays. There the layouts that are made afresh count as well.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import replace
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nixdive.layering.carry import Earlier, carry, group_of
from nixdive.layering.strategies.churn import search_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from nixdive.layering.change.model import ChangeModel
    from nixdive.layering.change.scenarios import Costs
    from nixdive.layering.strategies import Group

_STAKE = 0.002  # of what is pushed anyway, for each release of the horizon: what may be pushed besides
_WORTH = 0.02  # of what a release is expected to push: a smaller gain is within the error of the model


def paying(
    model: ChangeModel,
    earlier: Earlier,
    limit: int,
    horizon: int,
    afresh: Callable[[Sequence[Group]], Iterable[Sequence[Group]]],
    *,
    spare: int = 0,
) -> list[Group]:
    """Return the layers that push least, now and within the horizon.

    Args:
        model: of the new version.
        earlier: the layers that there were, and the paths to lay out.
        limit: how many layers there may be.
        horizon: how many releases count; with 0 what is pushed now comes before all.
        afresh: gives the layouts in which some layers stay and the other paths are laid out without regard
            to where they were.
        spare: for how many of the layers none is cut, as for `carry`.
    """
    weigh = _Scales(model, earlier)
    moved = _moved(model, earlier, limit, horizon, weigh, spare=spare)
    by_hand = [some for layer, some in earlier.left.items() if not earlier.hashes[layer]]
    if len(earlier.left) <= limit or len(by_hand) >= limit:
        return moved
    drafts: list[Sequence[Group]] = [moved]
    if horizon and not by_hand:  # else it is what was moved, or worse, or merges what people have made
        drafts.append(carry(model, earlier, limit, horizon))
    stay = [group_of(model, earlier, some) for some in by_hand]
    drafts += [
        [replace(group, members=earlier.in_order(group.members)) for group in one] for one in afresh(stay)
    ]

    def cost(draft: Iterable[Group]) -> tuple[float, float]:
        layers = [group.members for group in draft]
        now, release = weigh.pushed(layers), weigh.released(layers)
        return now + horizon * release, release

    return list(min(drafts, key=cost))


def _moved(
    model: ChangeModel, earlier: Earlier, limit: int, horizon: int, weigh: _Scales, *, spare: int
) -> list[Group]:
    """Return the layers that push least now, or others that bring more within the horizon than they cost."""
    least = carry(model, earlier, limit, 0, spare=spare)
    carried = [group.members for group in least]
    unmoved = reference = _Cost(weigh.pushed(carried), weigh.released(carried))
    most = unmoved.now * (1 + _STAKE * horizon)
    if horizon and 0 < len(earlier.left) < limit:  # what pays in as many layers as there were pays in more
        before = [group.members for group in carry(model, earlier, len(earlier.left), 0)]
        reference = _Cost(weigh.pushed(before), weigh.released(before))
    best, gain = None, max(_WORTH * reference.release, unmoved.gain_over(reference, horizon))
    opened = _Opened(model, earlier, weigh, most, limit - spare)
    tried = set()
    for first in opened.most, opened.free(unmoved.now):  # what opens more may be laid out worse by the search
        layers: Sequence[Sequence[int]] = ()
        more = None  # the count of the layers that were laid out last
        for count in opened.counts(first):
            if count in tried:
                break
            if opened.at_least(count).gain_over(reference, horizon) <= gain:
                continue
            if more is not None and opened.about(count, more, layers).gain_over(reference, horizon) <= gain:
                continue
            layers, more = opened.laid_out(count, carried), count
            tried.add(count)
            cost = _Cost(weigh.pushed(layers), weigh.released(layers))
            if cost.now <= most and cost.gain_over(reference, horizon) > gain:
                best, gain = layers, cost.gain_over(reference, horizon)
            elif best is not None:  # fewer are worse still
                break
    return least if best is None else [group_of(model, earlier, layer) for layer in best]


class _Cost(NamedTuple):
    """What layers cost.

    Attributes:
        now: bytes that the next push sends.
        release: bytes that a release is expected to push.
    """

    now: float
    release: float

    def gain_over(self, other: _Cost, horizon: int) -> float:
        """Return the bytes that a release saves, less its share of what is pushed now besides."""
        extra = self.now - other.now
        if not extra:
            return other.release - self.release
        return other.release - self.release - extra / horizon if horizon else math.copysign(math.inf, -extra)


class _Scales:
    """What layers of a new version weigh."""

    def __init__(self, model: ChangeModel, earlier: Earlier) -> None:
        self._model, self._earlier = model, earlier

    def size(self, layer: Iterable[int]) -> int:
        sizes = self._model.closure.nar_sizes
        return sum(sizes[i] for i in layer)

    def pushed(self, layers: Iterable[Sequence[int]]) -> int:
        """Return the bytes of the layers that the registry lacks."""
        new = (one for one in layers if not self._earlier.known(self._earlier.in_order(one)))
        return sum(map(self.size, new))

    def released(self, layers: Iterable[Sequence[int]]) -> float:
        """Return the bytes that a release is expected to push."""
        return self._model.scenarios.expected(layers, self._model.closure.nar_sizes)

    @cached_property
    def apart(self) -> Costs:
        """For each path the bytes that a release is expected to push of it alone."""
        return self._model.scenarios.chances * np.array(self._model.closure.nar_sizes, dtype=np.float64)


class _Opened:
    """Layouts in which some layers stay, and the paths of the opened ones are laid out with all others.

    Args:
        model: of the new version.
        earlier: the layers that there were, and the paths to lay out.
        weigh: what layers weigh.
        most: bytes that may be pushed.
        limit: how many layers there may be.
    """

    def __init__(self, model: ChangeModel, earlier: Earlier, weigh: _Scales, most: float, limit: int) -> None:
        self._model, self._weigh, self._limit = model, weigh, limit
        left, stays = earlier.left, earlier.stays
        self._loose = [*earlier.fresh, *(i for layer, some in left.items() if not stays[layer] for i in some)]
        self._standing = {layer: some for layer, some in left.items() if stays[layer]}
        again = {
            layer: weigh.size(some) if earlier.known(some) else 0
            for layer, some in self._standing.items()
            if self._loose and earlier.hashes[layer]  # what people have put together stays
        }
        order = sorted(again, key=again.__getitem__)
        pushed = accumulate((again[layer] for layer in order), initial=weigh.size(self._loose))
        self._now = [now for now in pushed if now <= most]
        self._order = order[: max(len(self._now) - 1, 0)]

    @property
    def most(self) -> int:
        """How many layers can be opened."""
        return len(self._order)

    def free(self, now: float) -> int:
        """Return how many layers can be opened without a push of more than so many bytes."""
        return max(bisect_right(self._now, now) - 1, 0)

    def counts(self, count: int) -> Iterator[int]:
        """Yield how many layers to open where that leaves room for the rest: all, half, a quarter of so many.

        The more of them are opened, the less releases are expected to push: small layers make room.
        """
        while self._now and self._limit > len(self._standing) - count:
            yield count
            if not count:
                return
            count //= 2

    def at_least(self, count: int) -> _Cost:
        """Return what no layout with so many opened layers goes below, or hardly: each path alone."""
        kept, opened = self._parted(count)
        return _Cost(self._now[count], self._weigh.released(kept) + float(self._weigh.apart[opened].sum()))

    def about(self, count: int, more: int, layers: Sequence[Sequence[int]]) -> _Cost:
        """Return what layers cost at least, as far as can be foreseen, where fewer are opened.

        The layers that are opened no more are taken out of those that were found. What is left has fewer
        layers then, for which half of what that costs on the way from the bottom is charged.

        Args:
            count: how many layers are opened.
            more: how many were opened before.
            layers: what was found then.
        """
        kept, opened = self._parted(count)
        inside = frozenset(opened)
        rest = [some for layer in layers if (some := [i for i in layer if i in inside])]
        before, wider = self._parted(more)
        growth = search_of(self._model, wider).growth(self._limit - len(before), self._limit - len(kept))
        return _Cost(
            self._now[count], self._weigh.released(kept) + self._weigh.released(rest) * (1 + growth) / 2
        )

    def laid_out(self, count: int, start: Sequence[Sequence[int]]) -> list[Sequence[int]]:
        """Return the layers, those that stay first, then those that change least.

        Args:
            count: how many layers are opened.
            start: a layout from which the search may go on.
        """
        kept, opened = self._parted(count)
        room = self._limit - len(kept)
        if room == 1:  # without a search
            return [*kept, opened]
        free = frozenset(opened)
        inside = [layer for layer in start if free.issuperset(layer)]
        others = [inside] if sum(map(len, inside)) == len(free) and len(inside) <= room else []
        # fewer counts would be searched besides for a hundredth of a percent, and take as long again
        found = search_of(self._model, opened).layers(room, others, back=0)
        return [*kept, *sorted(found, key=self._model.scenarios.probability)]

    def _parted(self, count: int) -> tuple[list[list[int]], list[int]]:
        """Return the layers that stay, and the paths that are laid out."""
        opened = set(self._order[:count])
        stay = [some for layer, some in self._standing.items() if layer not in opened]
        return stay, sorted([*self._loose, *(i for layer in opened for i in self._standing[layer])])
