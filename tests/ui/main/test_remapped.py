"""The user's keys, themes and glyphs on the running screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.widgets import Checkbox

from nixdive.ui.config.config import Wishes, parse_config
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.line import plain
from nixdive.ui.panes.closure.pane import ClosurePane
from nixdive.ui.panes.layers.pane import LayersPane
from nixdive.ui.theme import THEMES
from nixdive.ui.verbs import DIVE
from tests.ui.conftest import notes, settled

if TYPE_CHECKING:
    import pytest

    from nixdive.ui.app import NixdiveApp

# the panes that these names belong to may be others than those of the tests
PANES = ("contents.", "compare.")


def wishes(text: str) -> Wishes:
    config = parse_config(text, "c.toml", [theme.name for theme in THEMES]).config
    return Wishes(config.keys, config.notices)


def cells(app: NixdiveApp) -> str:
    """What the terminal shows, through all filters."""
    return "\n".join(
        "".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()
    )


async def test_other_keys_do_it_and_the_old_ones_do_not(demo: Any) -> None:
    keys = wishes('[keys]\n"budget.more" = "),f5"\nbudget.fewer = "minus"\nsort = "f6"\nlist.down = "f8"')
    async with demo(wishes=keys) as (pilot, screen):
        assert notes(screen.app) == ""
        await pilot.press("right_parenthesis", "f5", "f5", "minus")
        await settled(pilot, screen)
        assert screen.workspace.shown.request.max_layers == 22
        await pilot.press("right_square_bracket", "left_square_bracket", "right_square_bracket")
        await settled(pilot, screen)
        assert screen.workspace.shown.request.max_layers == 22
        tree = screen.query_one(ClosurePane)
        order = tree.branches.order
        await pilot.press("s")
        assert tree.branches.order is order
        await pilot.press("f6", "f8", "j", "down")
        assert tree.branches.order is order.next()
        assert tree.listing.cursor == 1
        await pilot.press("1")
        before = screen.query_one(LayersPane).listing.cursor
        await pilot.press("f8")
        assert screen.query_one(LayersPane).listing.cursor == before + 1
        bar = screen.query_one("#keys", Drawn)
        assert "- ) Budget" in "".join(plain(line) for line in bar.draw(120, 1))
        assert {one.id: one.keys for one in screen.palette.commands()}["budget.more"] == ") f5"


async def test_what_cannot_be_followed_is_told_and_the_rest_holds(demo: Any) -> None:
    text = 'theme = "x"\n[keys]\nquit = "ctrl+m"\nquiz = "x"\npin = "q"\nwritten.digest = "f6"'
    async with demo(wishes=wishes(text)) as (pilot, screen):
        told = notes(screen.app).splitlines()
        assert [line.partition(":")[2].partition(":")[0] for line in told] == ["1", "3", "4", "5"]
        assert "no action is called 'quiz'; did you mean quit?" in told[2]
        assert told[3] == "c.toml:5: q is pin now; quit has no key left"
        await pilot.press("q")
        assert screen.app.screen is not screen  # the dialog of pin
        await pilot.press("escape")
        assert screen.app.screen is screen


async def test_a_file_that_is_no_toml_lets_the_screen_start(demo: Any) -> None:
    async with demo(wishes=wishes("[keys\n")) as (_, screen):
        assert notes(screen.app).startswith("c.toml:1: ")


async def test_keys_may_hold_before_the_main_screen(demo: Any) -> None:
    async with demo(wishes=wishes('[keys]\nloading.cancel = "f7"')) as (_, screen):
        assert screen.app._keymap == {"loading.cancel": "f7"}
        assert notes(screen.app) == ""


async def test_dives_names_reach_bindings_that_there_are(demo: Any) -> None:
    async with demo() as (_, screen):
        ids = {one.id for one in screen.palette.commands()}
        for name, meant in DIVE.items():
            assert any(one in ids or one.startswith(PANES) for one in meant), name
    async with demo(wishes=wishes('[dive]\nquit = "f9"\nfilter-files = "f8"\nextract-file = "f7"')) as (
        pilot,
        screen,
    ):
        assert notes(screen.app) == ""
        await pilot.press("f8")
        assert screen.has_class("-filtering")


async def test_every_cell_is_ascii(demo: Any) -> None:
    async with demo(ascii_only=True) as (pilot, screen):
        for key in ("right_square_bracket", "j", "right", "P", "escape", "w", "D", "3", "3"):
            await pilot.press(key)
            await settled(pilot, screen)
            await pilot.pause()
            assert cells(screen.app).isascii(), cells(screen.app)
        screen.browsing.tab("push")
        screen.notify("×", title="◆", markup=False)
        for key in ("question_mark", "e", "b", "p", "ctrl+p", "ctrl+s"):
            await pilot.press(key)
            assert screen.app.screen is not screen
            shown = cells(screen.app)
            assert shown.isascii(), (key, [char for char in shown if not char.isascii()])
            await pilot.press("escape")
        await pilot.press("ctrl+s")
        assert screen.app.screen.query_one(Checkbox)


async def test_bar_and_marks_tell_the_same_without_colour(demo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with demo(ascii_only=True) as (pilot, screen):
        assert screen.app.no_color
        await pilot.press("2", "j")
        await pilot.pause()
        lines = cells(screen.app).splitlines()
        assert set(lines[2].removeprefix(" bytes ").strip()) <= set("|.-=+# 0123456789")
        assert {".", "|"} <= set(lines[2])
        strips = screen.app.screen._compositor.render_strips()
        colours = {
            colour.triplet
            for strip in strips
            for segment in strip
            if segment.style is not None
            for colour in (segment.style.color, segment.style.bgcolor)
            if colour is not None and colour.triplet is not None
        }
        assert colours
        assert all(red == green == blue for red, green, blue in colours)
        assert "* Closure" in lines[5]


async def test_every_theme_can_be_taken(demo: Any) -> None:
    for theme in THEMES:
        async with demo(theme=theme.name) as (_, screen):
            ground = screen.query_one(LayersPane).render_line(0)._segments[0].style.bgcolor
            assert ground.get_truecolor().hex == theme.background


def test_the_config_is_not_that_of_who_runs_the_tests() -> None:
    import os

    assert not str(os.environ["XDG_CONFIG_HOME"]).startswith(str(Path.home() / ".config"))
