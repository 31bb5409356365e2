"""Strategies remember what budgets and pins leave as it is: that changes no layout."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nixdive.layering.strategies import STRATEGIES, Task
from tests.examples import examples
from tests.layering.made import SEEDS, random_closure

ASKED = st.lists(
    st.tuples(
        st.integers(1, 30), st.sets(st.integers(0, 24), max_size=3), st.sets(st.integers(0, 24), max_size=3)
    ),
    min_size=2,
    max_size=6,
)


@examples(60)
@given(SEEDS, st.sampled_from(["nixpkgs", "popularity", "size"]), ASKED)
def test_a_layout_does_not_depend_on_what_was_laid_out_before(
    seed: int, strategy: str, asked: list[tuple[int, set[int], set[int]]]
) -> None:
    lay_out, same = STRATEGIES.get(strategy), random_closure(seed, 25)
    for limit, pinned, excluded in asked:
        for_once = random_closure(seed, 25)
        free = tuple(i for i in range(len(same)) if i not in pinned | excluded)
        left = frozenset(i for i in excluded - pinned if i < len(same))
        tasks = (Task(one, free, left, limit) for one in (same, for_once))
        before, alone = ([*lay_out(task)] if free else [] for task in tasks)
        assert before == alone
