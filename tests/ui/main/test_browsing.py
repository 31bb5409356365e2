"""`/`, `s` and the heads of columns are about the list that has the keys, in every pane."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.layering.planner import Planner
from nixdive.opening.open import open_demo
from nixdive.ui.panes.share.rows import Apart, Image, Order, SharedLayer
from nixdive.ui.panes.why.rows import Chain, Step
from nixdive.ui.verbs import PANES
from nixdive.workspace.others import Other
from tests.ui.conftest import press, settled, text, until

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from nixdive.ui.main.screen import MainScreen


async def find(pilot: Pilot[None], screen: MainScreen, words: str) -> None:
    """Type a filter for the list that has the keys, and give them back to it."""
    await pilot.press("slash")
    await until(pilot, lambda: screen.field.has_focus)
    screen.field.value = words
    await pilot.press("enter")
    await until(pilot, lambda: not screen.field.has_focus)
    await settled(pilot, screen)


async def click_head(pilot: Pilot[None], screen: MainScreen, pane: str, head: str) -> None:
    """Click on the head of a column."""
    listing = screen.panes[pane].listing
    line = listing.render_line(1).text
    assert head in line, line
    await pilot.click(listing, offset=(line.index(head) + 1, 1))
    await pilot.pause()


@pytest.mark.parametrize("name", [*PANES])
async def test_the_field_is_about_the_list_that_has_the_keys(demo: Any, name: str) -> None:
    async with demo() as (pilot, screen):
        screen.browsing.show_pane(name)
        await settled(pilot, screen)
        pane = screen.panes[name]
        await pilot.press("slash")
        await until(pilot, lambda: screen.field.has_focus)
        assert screen.field.placeholder == pane.filter_hint
        await pilot.press(*"zlib", "enter")
        await until(pilot, lambda: pane.listing.has_focus)
        assert screen.shown_tab.id == (name if name in screen.tabs else screen.shown_tab.id)
        await pilot.press("escape")
        assert pane.filter_problem == ""


async def test_layers_that_are_sent_are_found_and_sorted(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await press(pilot, screen, "D", "v")
        push, priced = screen.panes["push"], screen.workspace.priced
        sizes = {
            i: layer.nar_size
            for i, layer in enumerate(priced.plan.layers)
            if layer.paths not in {one.paths for one in priced.baseline.plan.layers}
        }
        assert {row.layer: row.size for row in push.rows} == sizes
        await find(pilot, screen, "size>100K")
        found = {i: size for i, size in sizes.items() if size > 100 << 10}
        assert {row.layer: row.size for row in push.rows} == found
        assert 0 < len(found) < len(sizes)
        assert f"size>100K   {len(found)} of {len(sizes)}" in text(screen, "#push")
        await press(pilot, screen, "escape")
        named = next(row.cause.split()[0] for row in push.rows if row.cause.endswith("updated"))
        await find(pilot, screen, named)
        assert all(
            named in row.cause or any(named in path.name for path in priced.plan.layers[row.layer].paths)
            for row in push.rows
        )
        await find(pilot, screen, "nothing-is-called-so")
        assert "no layer that is sent matches /nothing-is-called-so/  esc clears" in text(screen, "#push")
        await press(pilot, screen, "escape")
        await click_head(pilot, screen, "push", "#")
        assert [row.layer for row in push.rows] == sorted(sizes)
        await click_head(pilot, screen, "push", "Push")
        assert [row.size for row in push.rows] == sorted(sizes.values(), reverse=True)


async def test_chains_are_found_by_a_path_on_their_way(demo: Any) -> None:
    async with demo() as (pilot, screen):
        closure = screen.workspace.subject.closure
        musl = next(i for i, path in enumerate(closure.paths) if path.package == "musl")
        screen.closure_pane.reveal(musl)
        await press(pilot, screen, "2", "w")
        why = screen.panes["why"]
        assert sum(isinstance(row, Chain) for row in why.entries) > 2
        await find(pilot, screen, "zlib")
        rows = [row for row in why.entries if isinstance(row, Chain | Step)]
        assert "by way of /zlib/" in text(screen, "#why")
        ways: list[list[str]] = []
        for row in rows:
            if isinstance(row, Chain):
                ways.append([])
            else:
                ways[-1].append(closure.paths[row.path].name)
        assert ways
        assert all(any("zlib" in name for name in way) for way in ways[:1])
        assert all(way[-1].startswith("musl") for way in ways)
        await find(pilot, screen, "nothing-is-called-so")
        assert "no chain matches /nothing-is-called-so/" in text(screen, "#why")
        await press(pilot, screen, "escape")
        assert "is in the image because" in text(screen, "#why")


@pytest.fixture
def others() -> list[Other]:
    """The demo under three names."""
    demo = open_demo()
    return [
        Other(name, replace(demo, name=name), Planner(demo.closure, demo.frame))
        for name in ("shop", "search", "mail")
    ]


async def test_other_images_and_what_is_shared_are_found_and_sorted(demo: Any, others: list[Other]) -> None:
    async with demo() as (pilot, screen):
        for one in others:
            screen.workspace.add_other(one)
        screen.browsing.tab("share")
        share = screen.share_pane
        await until(pilot, lambda: share.joint is not None)

        def images() -> list[str]:
            return [row.shared.name for row in share.entries if isinstance(row, Image)]

        assert images() == ["shop", "search", "mail"]
        await click_head(pilot, screen, "share", "Image")
        assert images() == ["mail", "search", "shop"]
        await click_head(pilot, screen, "share", "Image")
        assert images() == ["shop", "search", "mail"]
        for order in Order:
            share.order_by(order)
            assert sorted(images()) == ["mail", "search", "shop"]
        share.order_by(Order.NAMED)
        await find(pilot, screen, "^s")
        assert images() == ["shop", "search"]
        await press(pilot, screen, "n")
        assert share.entries[share.listing.cursor].shared.name == "search"
        await find(pilot, screen, "musl")
        assert images() == ["shop", "search", "mail"]
        plan, closure = screen.workspace.priced.plan, screen.workspace.subject.closure
        rows = [row for row in share.entries if isinstance(row, SharedLayer | Apart)]
        assert rows
        for row in rows:
            paths = plan.layers[row.here].paths if isinstance(row, SharedLayer) else [closure.paths[row.path]]
            assert any("musl" in path.name for path in paths)
        await press(pilot, screen, "escape")
        assert len([row for row in share.entries if isinstance(row, SharedLayer | Apart)]) > len(rows)


async def click_words(pilot: Pilot[None], screen: MainScreen, which: str, words: str) -> None:
    """Click on words that a widget shows in its first line."""
    line = text(screen, which).splitlines()[0]
    assert words in line, line
    await pilot.click(which, offset=(line.index(words), 0))
    await settled(pilot, screen)


async def test_a_click_does_what_the_keys_of_the_edit_line_and_the_titles_do(demo: Any) -> None:
    async with demo() as (pilot, screen):
        layers = screen.workspace.priced.plan.layers
        await press(pilot, screen, "right_square_bracket")
        more = screen.workspace.priced.plan.layers
        await click_words(pilot, screen, "#edit", "z undo")
        assert screen.workspace.priced.plan.layers == layers
        await click_words(pilot, screen, "#edit", "Z redo")
        assert screen.workspace.priced.plan.layers == more
        for title in ("Contents", "Why", "Diff", "Push", "Share", "Closure"):
            await click_words(pilot, screen, f"#{screen.shown_tab.id}", f" {title} ")
            assert screen.shown_tab.id == title.lower()
            assert screen.shown_tab.listing.has_focus
