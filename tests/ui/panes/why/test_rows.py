"""The why tab: chains, the layer, and what it would cost to have the path apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nixdive.layering.planner import Planner
from nixdive.layering.request import Pin, PlanRequest
from nixdive.ui.draw.line import plain, width
from nixdive.ui.draw.lists import Said, Section
from nixdive.ui.panes.closure.pane import ClosurePane
from nixdive.ui.panes.why.pane import WhyPane
from nixdive.ui.panes.why.rows import Chain, PricedEdit, Step, apart, chains, layer_rows, row
from nixdive.workspace.price import price
from nixdive.workspace.pricer import Pricer
from tests.small import path as store_path
from tests.ui.conftest import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from nixdive.closure.closure import Closure
    from nixdive.ui.panes.why.rows import Entry

SINGLE = PlanRequest("single", 3)


def words(entry: Entry, closure: Closure) -> str:
    match entry:
        case Step(path, depth):
            return f"{depth} {closure.paths[path].package}"
        case Chain(line, _) | Said(line):
            return plain(line).strip()
        case Section(title):
            return f"# {title}"


def told(closure: Closure, path: int) -> list[str]:
    return [words(entry, closure) for entry in chains(closure, path)]


def test_the_chain_comes_first_then_what_goes_with_it(closure: Closure, index: Callable[[str], int]) -> None:
    assert told(closure, index("data-5")) == [
        "1 the shortest chain, 3 paths", "0 app", "1 tool", "2 data", "",
        "No other chain.  Without tool −491 KiB", "1 path refers to it   o shows them",
    ]  # fmt: skip


def test_a_second_chain_begins_where_it_leaves_the_first(
    closure: Closure, index: Callable[[str], int]
) -> None:
    lines = told(closure, index("libc-2.39"))
    assert lines[5:8] == ["2 another chain, 3 paths", "0 app", "1 tool"] or lines[5] == (
        "2 another chain, 3 paths"
    )
    assert "No other chain.  Without it −2.86 MiB" in lines
    assert lines[-1] == "2 paths refer to it   o shows them"


def test_a_root_is_there_because_it_is_one(closure: Closure, index: Callable[[str], int]) -> None:
    assert told(closure, index("app-1.0")) == ["1 the shortest chain, 1 path", "0 app", "", "No other chain."]


def test_a_path_can_be_had_apart_or_its_pin_taken_away(closure: Closure, index: Callable[[str], int]) -> None:
    planner, data = Planner(closure), index("data-5")
    together = Pricer(planner, None).plan(SINGLE)
    edit = apart(closure, together, data)
    assert edit is not None
    assert edit.request.pins == (Pin("data", "data"),)
    pinned = Pricer(planner, None).plan(edit.request)
    assert pinned.plan.layers[pinned.layer_of[store_path("data-5")]].paths == (store_path("data-5"),)
    back = apart(closure, pinned, data)
    assert back is not None
    assert back.request == SINGLE
    each = Pricer(planner, None).plan(PlanRequest("each", 20))
    assert apart(closure, each, data) is None, "it is alone already"


def test_the_layer_is_told_with_its_price(closure: Closure, index: Callable[[str], int]) -> None:
    planner, data = Planner(closure), index("data-5")
    together = Pricer(planner, None).plan(SINGLE)
    edit = apart(closure, together, data)
    assert edit is not None
    after = Pricer(planner, None).plan(edit.request)
    before = [words(one, closure) for one in layer_rows(closure, together, None, data, None)]
    assert before[1] == "# Why in layer 1"
    assert "with     libc, lib, tool +1" in before
    assert "apart    planning …" in before
    assert "# Why layer 1 changes" in before
    found = PricedEdit(edit, price(after, together))
    lines = [words(one, closure) for one in layer_rows(closure, together, None, data, found)]
    assert any(line.startswith("apart    +") and "each release" in line for line in lines)
    lines = [words(one, closure) for one in layer_rows(closure, after, together, data, None)]
    assert "◆ pinned  data → layer data" in lines
    assert "before   in layer 1 with libc +3" in lines
    refused = PricedEdit(edit, None, "no room")
    lines = [words(one, closure) for one in layer_rows(closure, together, None, data, refused)]
    assert "apart    no room" in lines


def test_rows_keep_to_their_room(closure: Closure, index: Callable[[str], int]) -> None:
    priced = Pricer(Planner(closure), None).plan(PlanRequest())
    for entry in chains(closure, index("data-5")):
        if not isinstance(entry, Said):
            for cells in (30, 42, 59):
                line = row(closure, priced, entry, cells, chosen=False)
                assert width(line) == cells, plain(line)


async def test_keys_walk_the_chains_and_show_the_layer(demo: Any) -> None:
    async with demo() as (pilot, screen):
        closure = screen.workspace.subject.closure
        target = next(i for i, path in enumerate(closure.paths) if path.package == "musl")
        screen.query_one(ClosurePane).reveal(target)
        await pilot.press("w")
        why = screen.query_one(WhyPane)
        assert why.selected == target
        starts = [i + 1 for i, one in enumerate(why._entries) if isinstance(one, Chain)]
        assert len(starts) > 2
        await pilot.press("n")
        assert why.listing.cursor == starts[1]
        await pilot.press("N")
        assert why.listing.cursor == starts[0]
        await pilot.press("W")
        assert why._entries[why.listing.cursor] == Section(
            f"Why in layer {screen.workspace.priced.layer_of[closure.paths[target]] + 1}"
        )
        if apart(closure, screen.workspace.priced, target) is not None:
            await until(pilot, lambda: why.priced_edit is not None)
            assert why.priced_edit is not None
            assert why.priced_edit.price is not None
            made = screen.workspace.plan(why.priced_edit.edit.request)
            assert why.priced_edit.price == price(made, screen.workspace.priced)
