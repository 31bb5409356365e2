from __future__ import annotations

from typing import Any

import pytest

from nixdive.ui.dialogs.dialog import DialogScreen, answer
from nixdive.ui.dialogs.questions import BudgetDialog
from nixdive.ui.dialogs.working import WorkingDialog


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
