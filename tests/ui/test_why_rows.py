from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.layering.planner import Planner
from nixdive.layering.request import PlanRequest
from nixdive.ui.line import plain, width
from nixdive.ui.standing import stand
from nixdive.ui.why_rows import row, steps

if TYPE_CHECKING:
    from collections.abc import Callable

    from nixdive.closure.closure import Closure


def told(closure: Closure, path: int) -> list[str]:
    return [
        step.words if step.path is None else f"{step.depth} {closure.paths[step.path].package}"
        for step in steps(closure, path)
    ]


def test_chains_come_shortest_first_then_who_uses_it(closure: Closure, index: Callable[[str], int]) -> None:
    assert told(closure, index("data-5")) == [
        "1 the shortest chain, 2 steps", "0 app", "1 tool", "2 data", "", "used by 1 path", "0 tool",
    ]  # fmt: skip


def test_a_second_chain_begins_where_it_leaves_the_first(
    closure: Closure, index: Callable[[str], int]
) -> None:
    lines = told(closure, index("libc-2.39"))
    assert lines[5] == "2 another chain, 2 steps"
    assert lines[-3] == "used by 2 paths"


def test_a_root_is_there_because_it_is_one(closure: Closure, index: Callable[[str], int]) -> None:
    assert told(closure, index("app-1.0"))[:2] == ["1 the shortest chain, 0 steps", "0 app"]


def test_rows_keep_to_their_room(closure: Closure, index: Callable[[str], int]) -> None:
    standing = stand(Planner(closure), None, PlanRequest())
    for step in steps(closure, index("data-5")):
        for cells in (30, 42, 59):
            line = row(closure, standing, step, cells, chosen=False)
            assert width(line) <= cells, plain(line)
