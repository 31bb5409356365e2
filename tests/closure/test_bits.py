"""Sets as integers against sets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nixdive.closure.bits import gathered, mask_of, members, planes, weigh

INDICES = st.sets(st.integers(0, 299))


@given(INDICES)
def test_a_set_comes_back_ascending(indices: set[int]) -> None:
    mask = mask_of(indices, 300)
    assert mask == sum(1 << i for i in indices)
    assert members(mask) == sorted(indices)


@given(st.lists(st.integers(0, 1 << 70), min_size=1, max_size=40), st.data())
def test_weights_are_those_of_the_members(weights: list[int], data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.integers(0, len(weights) - 1)))
    weighed = weigh(mask_of(chosen, len(weights)), planes(weights))
    assert weighed == sum(weights[i] for i in chosen)


def test_nothing_weighs_nothing() -> None:
    assert planes(()) == planes((0, 0)) == ()
    assert weigh(0b11, planes((0, 0))) == 0


def test_what_is_gathered_is_marked_below_and_at_the_start() -> None:
    references = ((1, 2), (3,), (3,), (), (0,))
    marks = [1 << i for i in range(5)]
    assert [members(mask) for mask in gathered(references, (3, 1, 2, 0, 4), marks)] == [
        [0, 1, 2, 3],
        [1, 3],
        [2, 3],
        [3],
        [0, 1, 2, 3, 4],
    ]
