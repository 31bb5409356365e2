from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st
from textual.widgets import ContentSwitcher, Input

from nixdive.layering.strategies import STRATEGIES
from nixdive.ui.config.keymap import KeySigns
from nixdive.ui.dialogs.commands import Command, CommandsDialog, Found, matching, row
from nixdive.ui.dialogs.help import _WORDS, HelpDialog, found, page, wrapped
from nixdive.ui.draw.line import Span, plain, width
from nixdive.ui.panes.closure.pane import ClosurePane
from nixdive.ui.panes.layers.pane import LayersPane
from nixdive.ui.theme import THEMES
from nixdive.ui.verbs import MAIN, UNBOUND
from tests.ui.conftest import lines, press, settled, shows, until, wait_for

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from nixdive.ui.main.screen import MainScreen


def command(title: str, keys: str = "", where: str = "Everywhere", name: str = "") -> Command:
    return Command(title, keys, where, lambda: None, name)


SOME = (
    command("Quit", "q", name="quit"),
    command("Set the budget", "b", name="budget.ask"),
    command("One layer more", "]", name="budget.more"),
    command("Sort", "s", "Closure", "tree.sort"),
)


async def run(pilot: Pilot[None], screen: MainScreen, text: str) -> None:
    await pilot.press("ctrl+p")
    dialog = screen.app.screen
    assert shows(dialog, CommandsDialog)
    dialog.query_one(Input).value = text
    await pilot.pause()
    await pilot.press("enter")
    await settled(pilot, screen)
    await pilot.pause()


def titles(text: str) -> list[str]:
    return [one.title for one in matching(SOME, text)]


def test_words_find_titles_keys_places_and_ids() -> None:
    assert titles("") == [one.title for one in SOME]
    assert titles("budget") == ["Set the budget", "One layer more"]
    assert titles("]") == ["One layer more"]
    assert titles("closure") == ["Sort"]
    assert titles("the SET") == ["Set the budget"]
    assert titles("nothing") == []


@given(title=st.text(), word=st.text(), cells=st.integers(min_value=40, max_value=120), chosen=st.booleans())
def test_a_row_fits(title: str, word: str, cells: int, *, chosen: bool) -> None:
    printable = "".join(char for char in title if char.isprintable())
    assert width(row(command(printable, "ctrl+s"), (word.lower(),), cells, chosen=chosen)) == cells


async def test_every_binding_is_found(demo: Any) -> None:
    async with demo() as (_, screen):
        found = list(screen.palette.commands())
        ids = [one.id for one in found if one.id]
        assert len(ids) == len(set(ids))
        assert set(ids) == {verb.id for verb in MAIN}
        assert {"tree.go", "layers.paths", "list.up", "push.go", "budget.more", "commands"} <= set(ids)
        assert all(one.title for one in found)
        for one in found:
            assert one in matching(found, one.title)


async def test_an_action_of_a_pane_runs_on_that_pane(demo: Any) -> None:
    async with demo() as (pilot, screen):
        tree, table = screen.query_one(ClosurePane), screen.query_one(LayersPane)
        await pilot.press("1")
        assert table.listing.has_focus
        before = tree.hashes
        await run(pilot, screen, "tree.hashes")
        assert tree.hashes is not before
        assert tree.listing.has_focus
        await run(pilot, screen, "layers.paths")
        assert tree.picking
        await run(pilot, screen, "push.go")
        assert screen.query_one("#tabs", ContentSwitcher).current == "push"


async def test_an_action_of_all_lists_runs_on_the_one_with_the_keys(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await pilot.press("1")
        await run(pilot, screen, "list.last")
        assert screen.query_one(LayersPane).listing.cursor == screen.query_one(LayersPane).count - 1
        assert screen.query_one(ClosurePane).listing.cursor == 0


async def test_an_action_of_the_screen_runs(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await run(pilot, screen, "one layer more")
        assert screen.workspace.shown.request.max_layers == 21


async def test_it_goes_to_layers_and_store_paths(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await run(pilot, screen, "layer 7")
        assert screen.selection.layer == 6
        assert screen.query_one(LayersPane).listing.has_focus
        await run(pilot, screen, "musl-")
        closure = screen.workspace.subject.closure
        assert closure.paths[screen.query_one(ClosurePane).selected].package == "musl"


async def test_tabs_strategies_and_themes_are_there(demo: Any) -> None:
    async with demo() as (pilot, screen):
        found = [one.title for one in screen.palette.commands()]
        assert "Tab Push" in found
        assert {f"Theme {theme.name}" for theme in THEMES[1:]} <= set(found)
        assert {f"Strategy {name}" for name in ("nixpkgs", "popularity", "size")} <= set(found)
        assert len([one for one in found if one.startswith("Strategy")]) <= len(STRATEGIES.names())
        await run(pilot, screen, "theme contrast")
        assert screen.app.theme == "nixdive-contrast"
        await run(pilot, screen, "strategy nixpkgs")
        assert screen.workspace.shown.request.strategy == "nixpkgs"
        await run(pilot, screen, "tab push")
        assert screen.query_one("#tabs", ContentSwitcher).current == "push"


async def test_the_palette_takes_keys_wheel_and_mouse(demo: Any) -> None:
    async with demo((80, 24)) as (pilot, screen):
        await pilot.press("ctrl+p", "down", "down", "up", "pagedown")
        found = screen.app.screen.query_one(Found)
        assert found.cursor == 11
        await pilot.press("pageup", "pageup")
        assert found.cursor == 0
        await pilot.press(*"no such thing")
        assert "no matches" in plain(found.draw(60, 10)[0])
        await pilot.press("enter")
        assert shows(screen.app.screen, CommandsDialog)
        screen.app.screen.query_one(Input).value = "one layer"
        await pilot.pause()
        await pilot.click(Found, offset=(5, 0))
        await settled(pilot, screen)
        assert screen.workspace.shown.request.max_layers == 21
        await pilot.press("ctrl+p", "escape")
        assert screen.app.screen is screen


def test_help_has_every_key_by_its_place() -> None:
    found = [plain(line) for line in page(KeySigns({"pin": "f5", "quit": UNBOUND}))]
    assert {"Everywhere", "In lists", "In Layers", "In Closure", "In Push", "Words"} <= set(found)
    for verb in MAIN:
        assert any(line.endswith(f" {verb.words} {verb.id} ") for line in found), verb
    assert any(line.startswith("  f5  ") and "of the layer" in line for line in found)
    assert any(line.startswith("  no key  ") and "Quit" in line for line in found)


def test_the_name_of_an_action_has_a_line_of_its_own_where_room_is_short() -> None:
    line = (Span("  q   ", "accent"), Span("Quit"), Span(" quit ", "dim"))
    assert [plain(row) for row in wrapped(line, 20)] == ["  q   Quit     quit "]
    assert [plain(row) for row in wrapped(line, 15)] == ["  q   Quit", " quit ".rjust(15)]
    assert wrapped((), 20) == [()]


async def test_help_begins_with_the_pane_that_has_the_focus_and_cuts_nothing(demo: Any) -> None:
    for cells in (60, 80, 120):
        async with demo((cells, 24)) as (pilot, screen):
            for keys, first in (((), "Layers"), (("D",), "Diff"), (("w",), "Why")):
                if first == "Layers":
                    screen.browsing.go("layers")
                await press(pilot, screen, *keys, "question_mark")
                dialog = await wait_for(pilot, HelpDialog)
                drawn = dialog.query_one("#page")
                shown = [line.strip() for line in lines(drawn)]
                assert shown[0] == f"In {first}"
                assert drawn.size.height == len(shown)
                for verb in MAIN:
                    assert any(line.endswith(verb.id) for line in shown), verb.id
                for _, meaning in _WORDS:
                    assert meaning.split()[-1] in "\n".join(shown)
                await pilot.press("escape")
                await until(pilot, lambda: pilot.app.screen is screen)


def test_help_finds_keys_words_and_names_below_their_titles() -> None:
    lines = page(KeySigns(), "Layers")
    shown = [plain(line).strip() for line in found(lines, "budget.more")]
    assert shown[0] == "Everywhere"
    assert len(shown) == 2
    assert shown[1].startswith("]")
    by_key = [plain(line) for line in found(lines, "z") if len(line) > 1]
    assert any("Undo" in line for line in by_key)
    assert "nothing is called qqq" in plain(found(lines, "qqq")[0])
    assert found(lines, "") == lines
