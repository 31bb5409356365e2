"""The details of a layer: why it is pushed, what changes a pinned one, where its paths come from."""

from __future__ import annotations

from typing import Any

import numpy as np

from nixdive.ui.draw.line import plain
from nixdive.ui.naming import dearer
from nixdive.ui.panes.layers.details import details
from nixdive.ui.panes.push.rows import sent
from tests.ui.conftest import press, settled
from tests.workspace.figures import pushed


def told(screen: Any, index: int) -> dict[str, str]:
    """Return the facts about a layer by their labels."""
    lines = [plain(line) for line in details(screen.view, index)]
    return {line[1:10].strip(): line[10:] for line in lines}


async def pin(pilot: Any, screen: Any, name: str) -> None:
    """Pin what a filter by a name finds."""
    await press(pilot, screen, "slash", *name, "enter", "P")
    await pilot.pause()
    await press(pilot, screen, "enter")
    await settled(pilot, screen)


async def test_a_layer_is_pushed_for_the_cause_that_push_names(demo: Any) -> None:
    async with demo() as (_, screen):
        view, plan = screen.view, screen.workspace.priced.plan
        rows = {one.layer: one for one in sent(view.closure, view.priced, view.before, view.priced.causes)}
        assert sum(one.size for one in rows.values()) == pushed(view.priced)
        for index, layer in enumerate(plan.layers):
            words = told(screen, index)["Push"]
            if index not in rows:
                assert words.startswith("nothing")
            elif layer.paths:
                assert words.endswith(f"all of it: {rows[index].cause}")


async def test_a_pinned_layer_tells_what_changes_it_most_often(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await pin(pilot, screen, "lua")
        priced = screen.workspace.priced
        (index,) = (i for i, layer in enumerate(priced.plan.layers) if layer.pin is not None)
        layer, model = priced.plan.layers[index], priced.model
        flags = np.unpackbits(model.scenarios.bits.astype("<u8").view(np.uint8), axis=1, bitorder="little")
        weights = np.repeat(model.scenarios.scale.each, 64)
        chances = {path.package: float(flags[model.closure.index[path]] @ weights) for path in layer.paths}
        named = told(screen, index)["Change"].rpartition(" ")[2]
        assert chances[named] == max(chances.values())


async def test_what_an_edit_has_moved_says_whether_it_was_kept(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await pin(pilot, screen, "lua")
        view, before = screen.view, screen.view.before
        assert before is not None
        known = {layer.paths for layer in before.plan.layers}
        moved = 0
        for index, layer in enumerate(view.priced.plan.layers):
            words = told(screen, index)["Moved"]
            if not layer.paths or layer.paths in known:
                assert words.startswith("nothing")
                continue
            moved += 1
            assert words.startswith("out of ")
            assert words.endswith("▲") is dearer(view.priced, before, index)
        assert moved
