"""The search: from the paths of several images to layers that they share.

1. Paths that the same images hold are one layer, used by all of them: nothing is in the registry twice.
2. `fit` merges layers until every image is within its budget. A merge is made in the images that use both
   layers; others keep what they had. What it costs, for each image that has a layer less, decides. The costs
   of all pairs are kept in a table; after a merge only those of the layers that changed are worked out again.
   Many disjoint pairs are merged at once, and sets of images are bits of a word.
3. `improve` exchanges and moves paths between the layers of the same images, cuts those layers whose cut
   saves most for each image that uses them, and fits again: that undoes merges that have turned out dear.

Each image alone, for comparison, goes on from its part of the joint plan (`solve`): that is nearly as good as
a search of its own, and takes a fraction of the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from nixdive.layering.churn.atoms import Atoms
from nixdive.layering.fleet.draft import Charge, FleetDraft, Users
from nixdive.layering.fleet.fit import fit_in_parts
from nixdive.layering.fleet.ground import Ground, Share
from nixdive.layering.fleet.improve import cut_down, improve

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nixdive.layering.change.model import ChangeModel
    from nixdive.layering.change.scenarios import Indices, Scenarios

_CUTS = 300  # of what the same images hold, before layers are merged, where there are few paths
_THIN = 8  # of so many words of scenarios one is looked at
_ROUGH = 16  # and at first, before much is cut and merged again
_SMALL = 60  # up to so many paths the search goes on from every start, not only from the best


def _classes(
    scenarios: Scenarios, sizes: Sequence[int], images: Sequence[Sequence[int]]
) -> tuple[Atoms, list[tuple[Indices, Users]]]:
    """Return the paths as atoms, and the atoms that the same images hold, each with those images.

    Args:
        scenarios: of all paths.
        sizes: bytes of each path.
        images: the paths of each image.
    """
    holds = np.zeros((len(sizes), len(images)), dtype=bool)
    for column, paths in enumerate(images):
        holds[list(paths), column] = True
    alike: dict[bytes, list[int]] = {}
    for path in np.flatnonzero(holds.any(axis=1)).tolist():
        alike.setdefault(holds[path].tobytes(), []).append(path)
    parts = [Atoms.of(scenarios, sizes, paths) for paths in alike.values()]
    ends = np.cumsum([len(part) for part in parts])
    atoms = Atoms(
        tuple(members for part in parts for members in part.members),
        np.concatenate([part.sizes for part in parts]),
        np.concatenate([part.bits for part in parts]),
        scenarios.scale,
    )
    return atoms, [
        (np.arange(end - len(part), end), holds[part.members[0][0]])
        for part, end in zip(parts, ends.tolist(), strict=True)
    ]


class _Start(NamedTuple):
    """A layout to go on from: what its layers are made of, in full and with few scenarios."""

    atoms: Atoms
    glance: Atoms
    layers: list[tuple[Indices, Users]]


def search(
    scenarios: Scenarios,
    sizes: Sequence[int],
    images: Sequence[Sequence[int]],
    limits: Sequence[int],
    *,
    charge: Charge,
    others: Iterable[Sequence[tuple[Sequence[int], Sequence[int]]]] = (),
) -> list[tuple[list[int], list[int]]]:
    """Return the layers that cost least, of what is found: their paths, and the images that use them.

    The result depends on the order of the images only where layouts cost the same.

    Args:
        scenarios: of all paths.
        sizes: bytes of each path.
        images: the paths of each image, no two alike.
        limits: how many layers each may have, at least 1.
        charge: what layers cost.
        others: layouts that may be better, in the same form as the result; it costs no more than the best.
    """
    bounds = np.array(limits)
    starts = _from_classes(*_classes(scenarios, sizes, images), charge=charge, limits=bounds)
    held = _Held.of(scenarios, sizes, images)
    starts += map(held.start, others)
    starts.sort(key=lambda start: FleetDraft(start.atoms, charge, start.layers).cost)
    kept = starts if len(held.atoms) <= _SMALL else starts[:1]
    found = [improve(FleetDraft(start.atoms, charge, start.layers), bounds, start.glance) for start in kept]
    return _paths_of(min(found, key=lambda draft: draft.cost))


def improved(
    scenarios: Scenarios,
    sizes: Sequence[int],
    images: Sequence[Sequence[int]],
    limits: Sequence[int],
    *,
    charge: Charge,
    layout: Sequence[tuple[Sequence[int], Sequence[int]]],
) -> list[tuple[list[int], list[int]]]:
    """Return what becomes of a layout, in the form of `search`, where it is improved step by step."""
    start = _Held.of(scenarios, sizes, images).start(layout)
    draft = FleetDraft(start.atoms, charge, start.layers)
    return _paths_of(improve(draft, np.array(limits), start.glance))


class _Held(NamedTuple):
    """The paths of some images, each an atom, in full and with few scenarios; and the number of images."""

    atoms: Atoms
    glance: Atoms
    images: int

    @classmethod
    def of(cls, scenarios: Scenarios, sizes: Sequence[int], images: Sequence[Sequence[int]]) -> Self:
        atoms = Atoms.apart(scenarios, sizes, sorted({path for image in images for path in image}))
        return cls(atoms, atoms.thinned(_THIN), len(images))

    def start(self, layout: Sequence[tuple[Sequence[int], Sequence[int]]]) -> _Start:
        """Return a layout to go on from."""
        layers = []
        named = self.atoms.named(members for members, _ in layout)
        for layer, (_, columns) in zip(named, layout, strict=True):
            users: Users = np.zeros(self.images, dtype=bool)
            users[list(columns)] = True
            layers.append((layer, users))
        return _Start(self.atoms, self.glance, layers)


def _paths_of(draft: FleetDraft) -> list[tuple[list[int], list[int]]]:
    return [
        (
            [path for atom in draft.layers[row].tolist() for path in draft.atoms.members[atom]],
            np.flatnonzero(draft.users[row]).tolist(),
        )
        for row in draft.rows
    ]


def _from_classes(
    atoms: Atoms, found: Sequence[tuple[Indices, Users]], *, charge: Charge, limits: Indices
) -> list[_Start]:
    """Return layouts within the limits; of a few paths from small pieces, too."""
    glance, rough = atoms.thinned(_THIN), atoms.thinned(_ROUGH)
    layouts = [found]
    if sum(map(len, atoms.members)) <= _SMALL:
        pieces = cut_down(atoms, found, charge, _CUTS)
        layouts += [pieces] if len(pieces) > len(found) else []
    starts = []
    for layers in layouts:
        draft = fit_in_parts(FleetDraft(rough, charge, layers), limits)
        starts.append(_Start(atoms, glance, [(draft.layers[row], draft.users[row]) for row in draft.rows]))
    return starts


@dataclass(frozen=True, slots=True)
class Joint:
    """The free paths of a fleet, planned together; images that hold the same ones are one that counts more.

    Attributes:
        ground: what is to be laid out.
        model: what is believed of the releases to come.
        kinds: for each set of paths the images that hold these and no others.
    """

    ground: Ground
    model: ChangeModel
    kinds: Mapping[tuple[int, ...], Sequence[int]]

    @classmethod
    def of(cls, ground: Ground, model: ChangeModel) -> Self:
        """Return what a ground leaves to be planned."""
        kinds: dict[tuple[int, ...], list[int]] = {}
        for image, free in enumerate(ground.free):
            if free:
                kinds.setdefault(free, []).append(image)
        return cls(ground, model, dict(sorted(kinds.items())))

    def search(self, others: Iterable[Sequence[Share]] = ()) -> list[Share]:
        """Return layers; they cost no more than any of the other layouts."""
        if not self.kinds:
            return []
        found = search(
            self.model.scenarios,
            self.ground.union.nar_sizes,
            list(self.kinds),
            self._limits,
            charge=self._charge,
            others=map(self._named, others),
        )
        return self._shares(found)

    def better(self, found: list[Share], others: Iterable[Sequence[Share]]) -> list[Share]:
        """Return what was found, or what becomes of another layout where that costs less."""
        layouts = [found, *others]
        best = min(layouts, key=self._cost)
        if best is found:
            return found
        layers = improved(
            self.model.scenarios,
            self.ground.union.nar_sizes,
            list(self.kinds),
            self._limits,
            charge=self._charge,
            layout=self._named(best),
        )
        return self._shares(layers)

    @property
    def _limits(self) -> list[int]:
        return [min(self.ground.limits[image] for image in images) for images in self.kinds.values()]

    @property
    def _charge(self) -> Charge:
        return Charge(np.array([len(images) for images in self.kinds.values()]))

    def _cost(self, layout: Sequence[Share]) -> float:
        sizes, scenarios = self.ground.union.nar_sizes, self.model.scenarios
        free = [share for share in layout if share.pin is None]
        costs = (scenarios.expected([share.members], sizes) for share in free)
        prices = self._charge.of(np.array([len(share.images) for share in free])).tolist()
        return fsum(cost * price for cost, price in zip(costs, prices, strict=True))

    def _named(self, layout: Sequence[Share]) -> list[tuple[Sequence[int], Sequence[int]]]:
        """Return a layout as `search` takes it: without the layers of the pins, and with kinds of images."""
        place = {image: column for column, images in enumerate(self.kinds.values()) for image in images}
        return sorted(
            (share.members, sorted({place[image] for image in share.images}))
            for share in layout
            if share.pin is None
        )

    def _shares(self, found: Iterable[tuple[Sequence[int], Sequence[int]]]) -> list[Share]:
        kinds = list(self.kinds.values())
        shares = []
        for paths, columns in found:
            members = self.ground.union.ordered(paths)
            users = frozenset(image for column in columns for image in kinds[column])
            shares.append(Share(members, users, self.model.reason(members)))
        return shares
