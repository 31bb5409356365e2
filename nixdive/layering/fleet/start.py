"""Where the search starts: the paths of each set of images, cut top-down."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering.churn.atoms import Atoms
from nixdive.layering.churn.cut import best_cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.layering.change.arrays import Indices
    from nixdive.layering.change.scenarios import Scenarios
    from nixdive.layering.churn.cut import Cut
    from nixdive.layering.fleet.arrays import Users
    from nixdive.layering.fleet.charge import Charge


def classes(
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


def cut_down(
    atoms: Atoms, found: Sequence[tuple[Indices, Users]], charge: Charge, count: int
) -> list[tuple[Indices, Users]]:
    """Cut layers until there are so many, the cut that saves most first."""
    made = list(found)
    waiting: list[tuple[float, int, Cut]] = []

    def wait(at: int) -> None:
        layer, users = made[at]
        cut = best_cut(atoms, layer)
        gain = cut.gain * float(charge.of(users @ charge.images))
        if gain > 0:
            heapq.heappush(waiting, (-gain, at, cut))

    for at in range(len(made)):
        wait(at)
    while len(made) < count and waiting:
        _, at, cut = heapq.heappop(waiting)
        users = made[at][1]
        made[at] = (cut.low, users)
        made.append((cut.high, users))
        wait(at)
        wait(len(made) - 1)
    return made
