from __future__ import annotations

from typing import Any

from nixdive.ui.dialogs.budget import BudgetDialog


async def test_a_dialog_gives_its_result_once(demo: Any) -> None:
    async with demo() as (pilot, screen):
        answers: list[int | None] = []
        dialog = BudgetDialog(20)
        await pilot.app.push_screen(dialog, answers.append)
        dialog.dismiss(21)
        dialog.dismiss(22)
        await pilot.pause()
        assert answers == [21]
        assert pilot.app.screen is screen
