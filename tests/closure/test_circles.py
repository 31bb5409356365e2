"""Circles of references: which there are, what closes them, and how people read of them."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nixdive.closure.circles import circles, closing, named
from nixdive.store.path import StorePath
from tests.closure.graphs import path

References = dict[StorePath, list[StorePath]]


@st.composite
def references(draw: st.DrawFn) -> References:
    """Paths that refer to any of them, to themselves too."""
    paths = [path(number) for number in range(draw(st.integers(1, 9)))]
    rows = st.lists(st.sampled_from(paths), max_size=4, unique=True).map(sorted)
    return {one: draw(rows) for one in paths}


def led_to(rows: References, start: StorePath) -> dict[StorePath, int]:
    """The steps to all that a path leads to; to itself only where it does so through others."""
    steps: dict[StorePath, int] = {}
    queue = [(start, 0)]
    for here, count in queue:
        for to in rows[here]:
            if to != here and to not in steps:
                steps[to] = count + 1
                queue.append((to, count + 1))
    return steps


@given(references())
def test_one_shortest_circle_of_all_that_lead_to_one_another(rows: References) -> None:
    steps = {one: led_to(rows, one) for one in rows}
    groups = {frozenset(to for to in steps[one] if one in steps[to]) for one in rows if one in steps[one]}
    found = circles(rows)
    assert [circle[0] for circle in found] == sorted(min(group) for group in groups)
    for circle in found:
        assert len(set(circle)) == len(circle) == steps[circle[0]][circle[0]]
        assert all(to in rows[here] for here, to in pairwise((*circle, circle[0])))


@given(references())
def test_without_what_closes_them_there_are_no_circles(rows: References) -> None:
    cut = closing(rows)
    left = {one: [to for to in row if (one, to) not in cut] for one, row in rows.items()}
    assert not circles(left)
    assert all(to in rows[one] for one, to in cut)
    # each of them is part of a circle that the others leave
    for one, to in cut:
        again = {**left, one: [*left[one], to]}
        assert one in led_to(again, one)


def test_what_a_walk_meets_last_closes_the_circle() -> None:
    rows = {path(0): [path(1)], path(1): [path(2)], path(2): [path(0), path(1)]}
    assert closing(rows) == [(path(2), path(0)), (path(2), path(1))]


def test_people_read_of_the_members_in_order() -> None:
    assert named([[path(0), path(1)]]) == "p0 -> p1 -> p0"
    assert named([[path(i) for i in range(4)], [], []]) == "p0 -> p1 -> p2 -> p3 -> p0, and 2 more circles"
    assert named([[path(i) for i in range(5)], []]) == "p0 -> p1 -> p2 -> 2 more -> p0, and 1 more circle"


def test_a_long_circle_takes_no_more_than_its_length() -> None:
    paths = [path(number) for number in range(20_000)]
    rows = {one: [other] for one, other in pairwise((*paths, paths[0]))}
    tracemalloc.start()
    try:
        (found,) = circles(rows)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(found) == len(paths)
    assert most < 100 << 20
