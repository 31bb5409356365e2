from __future__ import annotations

from typing import Any

import pytest
from textual.widgets import Input

from nixdive.ui.dialogs.dialog import DialogScreen, answer
from nixdive.ui.dialogs.questions import BudgetDialog, RateDialog
from nixdive.ui.dialogs.working import WorkingDialog
from tests.ui.conftest import lines, press, resized, wait_for


async def test_a_dialog_answers_once(demo: Any) -> None:
    async with demo() as (pilot, screen):
        answers: list[int | None] = []
        above: DialogScreen[int] = DialogScreen(
            BudgetDialog(20, 125, "docker takes at most 125 layers", lambda _: lambda _: ())
        )
        await pilot.app.push_screen(above, answers.append)
        answer(above, 21)
        answer(above, 22)
        await pilot.pause()
        assert answers == [21]
        assert pilot.app.screen is screen


@pytest.mark.parametrize("file", ["a[12l(053pk.*", "[b]x[/b].tar", "x[/].tar", "a\\[b].tar"])
async def test_a_file_in_the_title_stands_as_it_is_called(demo: Any, file: str) -> None:
    async with demo() as (pilot, _):
        dialog = WorkingDialog(f"Writing {file}", "note", lambda _: None)
        await pilot.app.push_screen(DialogScreen(dialog))
        assert str(dialog._border_title) == f"● Writing {file}"


async def test_in_too_small_a_terminal_the_notice_stands_alone_and_what_was_typed_stays(
    demo: Any,
) -> None:
    async with demo() as (pilot, screen):
        await press(pilot, screen, "b")
        dialog = await wait_for(pilot, BudgetDialog)
        above = pilot.app.screen
        dialog.query_one(Input).value = "27"
        await resized(pilot, 50, 12)
        notice = above.query_one(".too-small")
        assert notice.display
        assert notice.region == above.region
        assert notice.visual_style.background.a == 1
        await resized(pilot, 80, 24)
        assert not notice.display
        assert isinstance(pilot.app.focused, Input)
        assert pilot.app.focused.value == "27"


@pytest.mark.parametrize(
    ("columns", "keys"),
    [(60, "enter set   esc close"), (120, "enter set   tab next   esc close")],
)
async def test_where_there_is_little_room_the_first_and_the_last_key_are_named(
    demo: Any, columns: int, keys: str
) -> None:
    async with demo((columns, 24)) as (pilot, screen):
        await press(pilot, screen, "j", "percent_sign")
        dialog = await wait_for(pilot, RateDialog)
        assert lines(dialog.query_one(".buttons Drawn"))[0].strip() == keys
