"""Keys that come together, as from a slow line, do what they do one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual import events
from textual.keys import _character_to_key

from nixdive.ui.dialogs.questions import BudgetDialog
from nixdive.ui.panes.lines.filter_field import FilterField
from tests.ui.conftest import settled, shows, until

if TYPE_CHECKING:
    from textual.app import App

KEYS = {"\b": "backspace", "\r": "enter", "\x1b": "escape", "\t": "tab"}


def together(app: App[None], typed: str) -> None:
    """Hand keys to the app as its driver does, without waiting for what each of them does."""
    for char in typed:
        key = KEYS.get(char) or _character_to_key(char)
        app.post_message(events.Key(key, char if char.isprintable() else None))


@pytest.mark.parametrize(
    ("typed", "value"),
    [("/musl", "musl"), ("/size>1M\b\b\b\b\b\b\bmusl", "musl"), ("/lib\b\bua\rj", "lua"), ("1/zlib", "zlib")],
)
async def test_what_is_typed_behind_the_key_of_the_filter_goes_into_it(
    demo: Any, typed: str, value: str
) -> None:
    async with demo() as (pilot, screen):
        together(pilot.app, typed)
        await until(pilot, lambda: value in [field.value for field in screen.query(FilterField)])
        await settled(pilot, screen)
        assert screen.workspace.shown.at == 0, "no letter of it is a command"


async def test_what_is_typed_behind_the_key_of_a_dialog_goes_into_it(demo: Any) -> None:
    async with demo() as (pilot, screen):
        together(pilot.app, "b\b\b27\r]")
        await until(pilot, lambda: screen.workspace.shown.at == 2)
        assert screen.workspace.shown.request.max_layers == 28
        together(pilot.app, "b\x1bz/b")
        await until(pilot, lambda: screen.query(FilterField).first().value == "b")
        await settled(pilot, screen)
        assert screen.workspace.shown.at == 1


async def test_a_paste_goes_where_the_key_before_it_has_led(demo: Any) -> None:
    async with demo() as (pilot, screen):
        pilot.app.post_message(events.Key("slash", "/"))
        pilot.app.post_message(events.Paste("musl"))
        await until(pilot, lambda: "musl" in [field.value for field in screen.query(FilterField)])


async def test_keys_go_on_where_what_had_them_is_gone(demo: Any) -> None:
    async with demo() as (pilot, screen):
        together(pilot.app, "b")
        await until(pilot, lambda: shows(pilot.app.screen, BudgetDialog))
        dialog = pilot.app.screen.focused
        together(pilot.app, "1\x1b")
        assert dialog is not None
        await dialog.remove()
        await pilot.pause()
        together(pilot.app, "\x1b\x1b]")
        await until(pilot, lambda: screen.workspace.shown.at == 1)
