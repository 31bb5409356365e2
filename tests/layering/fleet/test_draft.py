"""Drafts of fleets: every step keeps each image whole, and what is worked out step by step is right."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nixdive.layering.change.model import ChangeModel
from nixdive.layering.churn.atoms import Atoms
from nixdive.layering.fleet.draft import Charge, FleetDraft
from nixdive.layering.fleet.fit import fit, fit_in_parts
from nixdive.layering.fleet.ground import Ground
from nixdive.layering.fleet.improve import improve
from nixdive.layering.request import PlanRequest
from tests.examples import examples
from tests.layering.fleet.fleets import fleets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.layering.change.scenarios import Indices
    from nixdive.layering.fleet.draft import Users
    from nixdive.layering.fleet.image import FleetImage


class Case(NamedTuple):
    """A draft in which every path is a layer, and what it must hold."""

    draft: FleetDraft
    glance: Atoms
    holds: Users


@st.composite
def drafts(draw: st.DrawFn) -> Case:
    images: tuple[FleetImage, ...] = draw(fleets())
    ground = Ground.of(images, PlanRequest("churn", 100))
    count = len(ground.union)
    atoms = Atoms.apart(ChangeModel.of(ground.union).scenarios, ground.union.nar_sizes, range(count))
    holds = np.zeros((count, len(images)), dtype=bool)
    for column, paths in enumerate(ground.held):
        holds[list(paths), column] = True
    copies = draw(st.lists(st.integers(1, 70), min_size=len(images), max_size=len(images)))
    layers = [(np.array([i]), holds[i]) for i in range(count)]
    return Case(FleetDraft(atoms, Charge(np.array(copies)), layers), atoms.thinned(4), holds)


def anew(draft: FleetDraft) -> FleetDraft:
    layers = [(draft.layers[row], draft.users[row]) for row in draft.rows]
    return FleetDraft(draft.atoms, draft.charge, layers)


def layers_of(draft: FleetDraft) -> list[tuple[list[int], list[bool]]]:
    return sorted((draft.layers[row].tolist(), draft.users[row].tolist()) for row in draft.rows)


def is_right(draft: FleetDraft, holds: Users) -> None:
    """Each image has each of its atoms once; every figure is the same when it is worked out anew."""
    found = np.zeros(holds.shape, dtype=int)
    for row in draft.rows:
        found[draft.layers[row]] += draft.users[row]
    assert (found == holds).all()
    other = anew(draft)
    assert layers_of(other) == layers_of(draft)
    assert (draft.lengths == other.lengths).all()
    assert np.isclose(draft.cost, other.cost, rtol=1e-12, atol=0)
    for row in draft.rows:
        same = other.row_of(draft.layers[row])
        assert same is not None
        for name in ("users", "images", "sizes", "bits", "weights", "expected", "counts"):
            assert (getattr(draft, name)[row] == getattr(other, name)[same]).all(), name


def pairs_of(draft: FleetDraft) -> list[tuple[int, int]]:
    both = draft.users[:, None] & draft.users
    return [(a, b) for a, b in np.argwhere(both.any(axis=2)).tolist() if a < b]


def merge_cost(draft: FleetDraft, row: int, other: int) -> float:
    pair = np.array([row]), np.array([other])
    return float(draft.merges(*pair, draft.unions(*pair))[0])


@examples(60)
@given(drafts(), st.data())
def test_steps_and_their_costs(case: Case, data: st.DataObject) -> None:
    draft, _, holds = case
    for _ in range(data.draw(st.integers(0, 6))):
        pairs = pairs_of(draft)
        if not pairs:
            break
        pair = data.draw(st.sampled_from(pairs))
        before = draft.cost
        expected = merge_cost(draft, *pair)
        draft.attempt()
        draft.merge(*pair)
        is_right(draft, holds)
        # where a third layer has the atoms of both already, it costs less than was said
        assert draft.cost - before <= expected + before * 1e-9
        if data.draw(st.booleans()):
            draft.undo()
            assert np.isclose(draft.cost, before, rtol=1e-12, atol=0)
            is_right(draft, holds)
        else:
            draft.settle()


@examples(60)
@given(drafts(), st.data())
def test_layers_are_merged_two_by_two_at_once(case: Case, data: st.DataObject) -> None:
    draft, _, holds = case
    for _ in range(data.draw(st.integers(1, 3))):
        pairs: list[tuple[int, int]] = []
        for pair in data.draw(st.permutations(pairs_of(draft))):
            if not {*pair} & {row for taken in pairs for row in taken}:
                pairs.append(pair)
        if not pairs:
            break
        draft.attempt()
        unions = [
            (
                tuple(sorted([*draft.layers[one].tolist(), *draft.layers[other].tolist()])),
                (draft.users[one] & draft.users[other]).tolist(),
            )
            for one, other in pairs
        ]
        before = layers_of(draft)
        changed = draft.merge_all(pairs)
        is_right(draft, holds)
        assert {row for pair in pairs for row in pair} <= set(changed.tolist())
        if data.draw(st.booleans()):
            draft.undo()
            assert layers_of(draft) == before
            is_right(draft, holds)
            continue
        draft.settle()
        found = {(tuple(layer), tuple(users)) for layer, users in layers_of(draft)}
        for layer, users in unions:
            assert any(
                layer == one and all(have or not use for use, have in zip(users, its, strict=True))
                for one, its in found
            )


@examples(30)
@given(drafts(), st.integers(1, 5))
def test_many_merges_at_once_fit_too(case: Case, limit: int) -> None:
    draft, _, holds = case
    limits: Indices = np.full(holds.shape[1], limit)
    with patch.multiple("nixdive.layering.fleet.fit", _SHARE=2):
        assert fit(draft, limits)
    assert (draft.lengths <= limits).all()
    is_right(draft, holds)


@examples(20)
@given(drafts(), st.integers(1, 5))
def test_without_a_table_of_pairs_the_same_layers_are_merged(case: Case, limit: int) -> None:
    limits: Indices = np.full(case.holds.shape[1], limit)
    found = []
    for most in (0, len(case.draft.layers)):
        draft = anew(case.draft)
        with patch.multiple("nixdive.layering.fleet.fit", _TABLE=most):
            assert fit(draft, limits)
        found.append(layers_of(draft))
    assert found[0] == found[1]


def score(draft: FleetDraft, over: Users, row: int, other: int) -> float:
    """What a merge costs for what it helps; infinity where it helps no image over its limit."""
    helped = int(((draft.users[row] & draft.users[other] & over) * draft.charge.images).sum())
    return merge_cost(draft, row, other) / helped**1.2 if helped else np.inf


@examples(40)
@given(drafts(), st.integers(1, 5))
def test_the_merge_that_costs_least_for_what_it_helps_is_next(case: Case, limit: int) -> None:
    draft, _, holds = case
    limits: Indices = np.full(holds.shape[1], limit)
    merge_all = draft.merge_all

    def checked(pairs: Sequence[tuple[int, int]]) -> Indices:
        over: Users = draft.lengths > limits
        least = min(score(draft, over, *pair) for pair in pairs_of(draft))
        (pair,) = pairs  # of few layers one pair at a time
        assert score(draft, over, *pair) <= least + draft.cost * 1e-12  # the error of differences
        return merge_all(pairs)

    with patch.object(draft, "merge_all", checked):
        assert fit(draft, limits)
    assert (draft.lengths <= limits).all()
    is_right(draft, holds)


@examples(40)
@given(drafts(), st.integers(1, 5), st.integers(1, 3))
def test_images_that_are_fitted_some_at_a_time_are_whole(case: Case, limit: int, part: int) -> None:
    draft, _, holds = case
    limits: Indices = np.full(holds.shape[1], limit)
    with patch.multiple("nixdive.layering.fleet.fit", _AT_ONCE=0, _PART=part):
        found = fit_in_parts(draft, limits)
    assert (found.lengths <= limits).all()
    is_right(found, holds)


@examples(40)
@given(drafts(), st.integers(1, 5))
def test_what_is_improved_is_whole_and_costs_no_more(case: Case, limit: int) -> None:
    draft, glance, holds = case
    limits: Indices = np.full(holds.shape[1], limit)
    assert fit(draft, limits)
    before = draft.cost
    better = improve(draft, limits, glance)
    assert better.cost <= before * (1 + 1e-12)
    assert (better.lengths <= limits).all()
    is_right(better, holds)
