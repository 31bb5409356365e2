from __future__ import annotations

from typing import Any

from nixdive.ui.dialogs.dialog import DialogScreen, answer
from nixdive.ui.dialogs.questions import BudgetDialog


async def test_a_dialog_answers_once(demo: Any) -> None:
    async with demo() as (pilot, screen):
        answers: list[int | None] = []
        above: DialogScreen[int] = DialogScreen(
            BudgetDialog(20, 125, "docker takes at most 125 layers", lambda _: ())
        )
        await pilot.app.push_screen(above, answers.append)
        answer(above, 21)
        answer(above, 22)
        await pilot.pause()
        assert answers == [21]
        assert pilot.app.screen is screen
