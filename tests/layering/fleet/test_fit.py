"""Merging until a fleet fits: what is kept of pairs of layers changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

from nixdive.layering.churn.atoms import Atoms
from nixdive.layering.fleet import fit as fitting
from nixdive.layering.fleet.draft import Charge, FleetDraft
from nixdive.layering.fleet.fit import fit
from tests.layering.made import random_scenarios

_PATHS, _IMAGES, _LIMIT = 60, 90, 3


def fitted() -> tuple[int, list[tuple[list[int], list[int]]]]:
    """Return how many rows were added for a draft, and its layers with their images."""
    scenarios, sizes = random_scenarios(11, _PATHS)
    held = np.random.default_rng(11).random((_PATHS, _IMAGES)) < 0.3
    layers = [(np.array([atom]), users) for atom, users in enumerate(held)]
    draft = FleetDraft(
        Atoms.apart(scenarios, sizes, range(_PATHS)), Charge(np.ones(_IMAGES, dtype=np.int64)), layers
    )
    before = len(draft.layers)
    assert fit(draft, np.full(_IMAGES, _LIMIT))
    found = [(draft.layers[row].tolist(), np.flatnonzero(draft.users[row]).tolist()) for row in draft.rows]
    return len(draft.layers) - before, found


@pytest.mark.parametrize(("grown", "most"), [(1, 8000), (1, 0), (1, 130), (2, 130), (2, 260)])
def test_a_table_of_pairs_that_grows_or_is_too_small_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, grown: int, most: int
) -> None:
    monkeypatch.setattr(fitting, "_GROWN", 100)
    added, layers = fitted()
    assert added > _PATHS, "a table without room has to grow"
    monkeypatch.setattr(fitting, "_GROWN", grown)
    monkeypatch.setattr(fitting, "_TABLE", most)
    assert fitted() == (added, layers)
