"""The filter: what it finds, the rows that it leaves, and the keys."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.layering.planner import Planner
from nixdive.layering.request import Pin, PlanRequest
from nixdive.ui.draw.line import Span, plain
from nixdive.ui.panes.closure.filter import Found, Query, nearest, sifted
from nixdive.ui.panes.closure.pane import ClosurePane
from nixdive.ui.panes.closure.rows import marked
from nixdive.ui.panes.closure.tree import Order, Ranks
from nixdive.ui.panes.lines.filter_field import FilterField
from nixdive.workspace.pricer import Pricer
from tests.small import SHAPE, SIZES, closure_of
from tests.ui.conftest import settled
from tests.ui.panes.closure.test_tree import ladder
from tests.workspaces import baseline_of

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.workspace.priced_plan import PricedPlan

EACH = PlanRequest("each", 20)


def priced_of(closure: Closure, request: PlanRequest = EACH) -> PricedPlan:
    return Pricer(Planner(closure), None).plan(request)


def found(closure: Closure, text: str, priced: PricedPlan | None = None) -> set[str]:
    matches = Query.parse(text).found(closure, priced or priced_of(closure))
    return {closure.paths[i].name for i in matches}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("lib", {"lib-2.0", "libc-2.39"}),
        ("LIB", set()),
        ("lib$|^app", {"app-1.0"}),
        ("lib 39", {"libc-2.39"}),
        ("size>100k", {"libc-2.39", "data-5"}),
        ("size>=3000 size<=20000", {"tool-3.0", "lib-2.0"}),
        ("nar<=1k", {"app-1.0"}),
        ("added>400K tool|data", {"tool-3.0", "data-5"}),
        ("closure<=500k", {"data-5"}),
        ("size>1.5M lib", {"libc-2.39"}),
        ("size>=20KB size<=20kb", {"lib-2.0"}),
        ("size>=20KiB tool|lib", {"libc-2.39"}),
        ("lib size>", {"lib-2.0", "libc-2.39"}),
        ("((", set()),
        ("llllll", {"lib-2.0", "libc-2.39"}),
        ("/nix/store/l", {"lib-2.0", "libc-2.39"}),
        (r"\d-5 \S", set()),
        (r"a-\d \S", {"data-5"}),
    ],
)
def test_words_are_all_met(closure: Closure, text: str, names: set[str]) -> None:
    assert found(closure, text) == names


def test_words_of_the_plan(closure: Closure) -> None:
    each = priced_of(closure)
    for number, layer in enumerate(each.plan.layers, 1):
        assert found(closure, f"layer:{number}") == {path.name for path in layer.paths}
    for odd in ("0", "99", "9" * 5000):
        assert found(closure, f"layer:{odd}") == set()
    pinned = priced_of(closure, replace(EACH, pins=(Pin("tool", "mine"),)))
    assert found(closure, "pinned", pinned) == {"tool-3.0"}
    assert found(closure, "pinned", each) == set()


def test_words_of_the_baseline(closure: Closure) -> None:
    shape = {**SHAPE, "app-1.1": ("lib-2.0", "tool-3.0", "new-1"), "new-1": ()}
    del shape["app-1.0"]
    now = closure_of(shape, {**SIZES, "app-1.1": 1, "new-1": 2})
    against = Pricer(Planner(now), baseline_of(closure, EACH)).plan(EACH)
    assert found(now, "changed", against) == {"app-1.1"}
    assert found(now, "new", against) == {"new-1"}


def test_what_cannot_be_understood_is_said() -> None:
    assert Query.parse("perl").problem == ""
    assert Query.parse("size> perl").problem == "size> needs a number"
    assert Query.parse("layer:").problem == "layer: needs a number"
    for odd in ("size>abc", "size>10x", "size>1.2.3"):
        assert Query.parse(odd).problem == f"{odd}: a size is like 10M"
    assert Query.parse("layer:x").problem == "layer:x: a layer is a number"
    assert "searched as plain text" in Query.parse("((").problem
    assert "searched as plain text" in Query.parse("a{99999999999999999999}").problem


def test_matches_are_marked_in_the_label() -> None:
    label = (Span("perl-base"), Span("-5.36", "faint"))
    line = marked(label, Query.parse("base-5"))
    assert plain(line) == plain(label)
    assert [span.text for span in line if span.bold] == ["base", "-5"]
    assert marked(label, Query.parse("x")) == label


@given(st.sets(st.integers(0, 11)), st.sampled_from(list(Order)))
def test_rows_are_the_matches_and_what_leads_to_them(matches: set[int], order: Order) -> None:
    closure = ladder(6)
    ranks = Ranks.of(closure, order)
    rows = sifted(nearest(closure, ranks), ranks, matches)
    paths = [row.path for row in rows]
    assert len(paths) == len(set(paths))
    assert matches <= set(paths)
    leads = set(matches)
    for place in reversed(range(len(rows))):
        row = rows[place]
        assert row.first
        assert row.parent < place
        assert row.path in leads, "nothing below it was found"
        if row.parent >= 0:
            parent = rows[row.parent]
            assert row.path in closure.references[parent.path]
            assert row.depth == parent.depth + 1
            leads.add(parent.path)
        else:
            assert row.path in closure.roots
    assert {row.path for row in rows if row.leaf} <= matches


@given(st.sets(st.integers(0, 11), min_size=1), st.integers(0, 11), st.sampled_from([1, -1]))
def test_next_goes_through_all_matches_and_round(matches: set[int], start: int, direction: int) -> None:
    closure = ladder(6)
    text = "|".join(f"^{closure.paths[i].name}$" for i in matches)
    ranks = Ranks.of(closure, Order.NAME)
    all_found = Found.of(closure, priced_of(closure), Query.parse(text), ranks, flat=False)
    assert all_found.matches == matches
    here = all_found.next(start, direction)
    seen = [here]
    while (here := all_found.next(here, direction)) != seen[0]:
        seen.append(here)
    assert set(seen) == matches
    assert len(seen) == len(matches)
    assert all_found.next(seen[-1], -direction) == (seen[-2] if len(seen) > 1 else seen[0])


async def test_matches_can_be_walked_also_when_the_filter_is_closed(demo: Any) -> None:
    async with demo() as (pilot, screen):
        tree = screen.query_one(ClosurePane)
        await pilot.press("slash", *"musl|lua", "enter")
        await pilot.pause()
        matches = tree.found.matches
        assert tree.selected in matches
        seen = []
        for _ in matches:
            await pilot.press("n")
            seen.append(tree.selected)
        assert set(seen) == matches
        await pilot.press("N")
        assert tree.selected == seen[-2]
        await pilot.press("escape")
        assert (tree.picking, tree.selected) == (False, seen[-2])
        await pilot.press("n")
        assert (tree.picking, tree.selected) == (False, seen[-1])


async def test_a_broken_expression_is_said_in_the_field(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await pilot.press("slash", *"lua (")
        await pilot.pause()
        field = screen.query_one(FilterField)
        assert "not a regular expression" in field.note
        line = "".join(segment.text for segment in field.render_line(0))
        assert len(line) == field.content_size.width
        assert "not a regular expression" in line
        await pilot.press("backspace")
        await pilot.pause()
        assert field.note == ""


async def test_what_is_found_folds_and_turns_into_a_list(demo: Any) -> None:
    async with demo() as (pilot, screen):
        tree = screen.query_one(ClosurePane)
        await pilot.press("slash", *"musl", "enter")
        await pilot.pause()
        rows, chosen = tree.count, tree.selected
        assert rows > len(tree.found.matches)
        await pilot.press("t")
        assert (tree.count, tree.selected) == (len(tree.found.matches), chosen)
        await pilot.press("t", "g", "space")
        assert tree.count == 1
        await pilot.press("asterisk")
        assert tree.count == rows
        await pilot.press("C")
        assert tree.count < rows
        await pilot.press("right")
        assert tree.count <= rows


async def test_the_list_of_a_layer_follows_the_plan(demo: Any) -> None:
    async with demo() as (pilot, screen):
        tree = screen.query_one(ClosurePane)
        await pilot.press("1", "j", "enter")
        await pilot.pause()
        assert screen.query_one(FilterField).value == "layer:2"
        assert tree.rows[0].depth == -1
        for _ in range(6):
            await pilot.press("left_square_bracket")
            await settled(pilot, screen)
        closure = screen.workspace.subject.closure
        paths = {closure.paths[row.path] for row in tree.rows}
        assert paths == set(screen.workspace.priced.plan.layers[1].paths)


async def test_referrers_are_a_tree_that_leads_back(demo: Any) -> None:
    async with demo() as (pilot, screen):
        tree, closure = screen.query_one(ClosurePane), screen.workspace.subject.closure
        musl = next(i for i, path in enumerate(closure.paths) if path.package == "musl")
        tree.reveal(musl)
        await pilot.press("o")
        assert tree.branches.upward
        assert {row.path for row in tree.rows if row.depth == 1} == set(closure.referrers[musl])
        await pilot.press("j")
        there = tree.selected
        await pilot.press("enter")
        assert (tree.branches.upward, tree.selected) == (False, there)
        await pilot.press("o", "escape")
        assert (tree.branches.upward, tree.selected) == (False, there)
        await pilot.press("o", "slash", *"lua", "enter")
        await pilot.pause()
        assert tree.picking
        assert not tree.branches.upward


async def test_sights_of_a_path_go_round(demo: Any) -> None:
    async with demo() as (pilot, screen):
        tree, closure = screen.query_one(ClosurePane), screen.workspace.subject.closure
        await pilot.press("asterisk")
        arrows = sum(map(len, closure.references))
        assert tree.count == arrows + len(closure.roots)
        musl = next(i for i, path in enumerate(closure.paths) if path.package == "musl")
        tree.reveal(musl)
        first = tree.listing.cursor
        seen = []
        for _ in closure.referrers[musl]:
            await pilot.press("apostrophe")
            assert tree.selected == musl
            seen.append(tree.listing.cursor)
        assert seen[-1] == first
        assert len(set(seen)) == len(closure.referrers[musl])
        await pilot.press("apostrophe", "enter")
        assert tree.listing.cursor == first


async def test_levels_unfold_one_by_one(demo: Any) -> None:
    async with demo() as (pilot, screen):
        tree = screen.query_one(ClosurePane)
        counts = [tree.count]
        for _ in range(12):
            await pilot.press("plus")
            counts.append(tree.count)
        assert counts == sorted(counts)
        await pilot.press("asterisk")
        assert tree.count == counts[-1]


async def test_order_and_hashes_can_be_set(demo: Any) -> None:
    async with demo() as (pilot, screen):
        tree = screen.query_one(ClosurePane)
        await pilot.press("j")
        chosen = tree.selected
        tree.order_by(Order.NAME)
        tree.hashes = True
        await pilot.press("s")
        assert (tree.order, tree.selected) == (Order.ADDED, chosen)
