from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from nixdive.closure.closure import Closure
from nixdive.store.path import PathGraph, PathInfo, StorePath
from nixdive.ui.panes.closure.tree import Order, Tree

if TYPE_CHECKING:
    from collections.abc import Callable


def names(tree: Tree) -> list[str]:
    return [f"{'  ' * row.depth}{tree.closure.paths[row.path].package}" for row in tree.rows]


def test_roots_are_open_and_the_heaviest_comes_first(closure: Closure) -> None:
    assert names(Tree.of(closure).folded()) == ["app", "  tool", "  lib"]
    assert names(Tree.of(closure, Order.NAR).folded()) == ["app", "  lib", "  tool"]


@given(st.integers(1, 60))
def test_at_first_there_is_as_much_as_a_screen_shows(rungs: int) -> None:
    tree = Tree.of(ladder(rungs))
    rows = sum(map(len, tree.closure.references)) + len(tree.closure.roots)
    assert min(rows, 23) <= len(tree.rows) <= 24


def test_a_path_that_comes_again_is_a_link(closure: Closure, index: Callable[[str], int]) -> None:
    tree = Tree.of(closure).folded()
    tree = tree.toggled(2).toggled(1)
    assert names(tree) == ["app", "  tool", "    data", "    libc", "  lib", "    libc"] or names(tree) == [
        "app", "  tool", "    libc", "    data", "  lib", "    libc",
    ]  # fmt: skip
    sights = [row.first for row in tree.rows if row.path == index("libc-2.39")]
    assert sights == [True, False]
    assert tree.toggled(len(tree.rows) - 1) is tree, "a link has no children"


def test_reveal_opens_the_way(closure: Closure, index: Callable[[str], int]) -> None:
    tree = Tree.of(closure).revealed(index("data-5"))
    row = tree.find(index("data-5"))
    assert row is not None
    assert tree.rows[row].parent == tree.find(index("tool-3.0"))


def ladder(rungs: int) -> Closure:
    """A closure whose tree has 2^rungs branches: every path refers to both of the next rung."""

    def name(rung: int, side: str) -> StorePath:
        return StorePath(f"/nix/store/{'a' * 32}-{rung:05d}{side}")

    infos = [
        PathInfo(name(rung, side), 1, tuple(name(rung + 1, below) for below in "lr" if rung + 1 < rungs))
        for rung in range(rungs)
        for side in "lr"
    ]
    return Closure.of(PathGraph("ladder", tuple(infos)))


def test_a_tree_of_endless_branches_has_a_row_for_each_arrow() -> None:
    closure = ladder(400)
    tree = Tree.of(closure)
    for path in range(len(closure)):
        place = tree.find(path)
        if place is not None and not tree.rows[place].opened:
            tree = tree.toggled(place)
    arrows = sum(map(len, closure.references))
    assert len(tree.rows) == arrows + len(closure.roots)


@given(st.lists(st.integers(0, 60), max_size=30), st.sampled_from(list(Order)))
def test_every_path_has_one_first_sight(clicks: list[int], order: Order) -> None:
    tree = Tree.of(ladder(6), order)
    for click in clicks:
        tree = tree.toggled(click % len(tree.rows))
        first = [row.path for row in tree.rows if row.first]
        assert len(first) == len(set(first))
        assert {row.path for row in tree.rows} == set(first)
        for place, row in enumerate(tree.rows):
            assert row.parent < place
            assert row.depth == (tree.rows[row.parent].depth + 1 if row.parent >= 0 else 0)
