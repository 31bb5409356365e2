"""All images laid out together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering.change.reason import reason
from nixdive.layering.fleet.charge import Charge
from nixdive.layering.fleet.search import search
from nixdive.layering.fleet.share import Share
from nixdive.layering.order import by_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nixdive.layering.change.model import ChangeModel
    from nixdive.layering.fleet.ground import Ground


def joint(ground: Ground, model: ChangeModel, others: Iterable[Sequence[Share]]) -> list[Share]:
    """Plan the free paths together; images that hold the same ones are one image that counts more."""
    kinds: dict[tuple[int, ...], list[int]] = {}
    for image, free in enumerate(ground.free):
        if free:
            kinds.setdefault(free, []).append(image)
    if not kinds:
        return []
    held = sorted(kinds)
    place = {image: column for column, free in enumerate(held) for image in kinds[free]}
    found = search(
        model.scenarios,
        ground.union.nar_sizes,
        held,
        [min(ground.limits[image] for image in kinds[free]) for free in held],
        charge=Charge(np.array([float(len(kinds[free])) for free in held])),
        others=[
            sorted(
                (share.members, sorted({place[image] for image in share.images}))
                for share in layout
                if share.pin is None
            )
            for layout in others
        ],
    )
    shares = []
    for paths, columns in found:
        members = by_name(ground.union, paths)
        users = frozenset(image for column in columns for image in kinds[held[column]])
        shares.append(Share(members, users, reason(model, members)))
    return shares
