from __future__ import annotations

import time
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Checkbox, Input

from nixdive.errors import Cancelled
from nixdive.image.stored.verify import verify
from nixdive.layering.planfile import read_plan
from nixdive.progress import check
from nixdive.ui.dialogs.fields import Choice, Entry
from nixdive.ui.dialogs.questions import LeaveDialog
from nixdive.ui.dialogs.working import WorkingDialog
from nixdive.ui.dialogs.write import WriteDialog
from nixdive.ui.dialogs.written import WrittenDialog
from nixdive.ui.jobs import Meter
from tests.patience import PATIENCE
from tests.ui.conftest import settled, text, until, wait_for
from tests.ui.writing import config_of

if TYPE_CHECKING:
    from nixdive.progress import Progress

pytestmark = pytest.mark.usefixtures("in_folder")


async def test_the_form_writes_an_image_that_is_right(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await pilot.press("right_square_bracket")
        await settled(pilot, screen)
        await pilot.press("ctrl+s")
        form = await wait_for(pilot, WriteDialog)
        form.query_one("#command", Input).value = "/bin/sh -c 'echo two words'"
        form.query_one("#name", Input).value = "mine:7"
        tick = form.query_one("#with-plan", Checkbox)
        assert str(tick.render()).startswith("○ also write")
        tick.value = True
        await pilot.pause()
        assert str(tick.render()).startswith("✓ also write")
        await pilot.press("enter")
        done = await wait_for(pilot, WrittenDialog)
        assert verify(Path("shop-1.5.0.tar")) == ()
        assert config_of(Path("shop-1.5.0.tar"))["config"]["Cmd"] == ["/bin/sh", "-c", "echo two words"]
        assert len(config_of(Path("shop-1.5.0.tar"))["rootfs"]["diff_ids"]) == 21
        assert read_plan(Path("shop.plan.toml")).max_layers == 21
        await pilot.press("1")
        command = "skopeo copy --preserve-digests oci-archive:shop-1.5.0.tar docker://HOST/mine:7"
        assert pilot.app.clipboard == command
        done.query_one("#verify").press()
        await until(pilot, lambda: "every digest" in str(done.query_one("#verdict").render()))
        assert "every digest, size and diff_id is right" in str(done.query_one("#verdict").render())
        await pilot.press("escape")
        assert "not written" not in text(screen, "#title"), "what is written is not lost"


async def test_a_verification_stops_with_its_dialog(demo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended = Event(), Event()

    def endless(_place: Path, progress: Progress) -> None:
        begun.set()
        try:
            while True:
                check(progress)
                time.sleep(0.01)
        except Cancelled:
            ended.set()
            raise

    monkeypatch.setattr("nixdive.image.stored.verify.verify", endless)
    async with demo() as (pilot, screen):
        await pilot.press("ctrl+s", "enter")
        done = await wait_for(pilot, WrittenDialog)
        done.query_one("#verify").press()
        await until(pilot, begun.is_set)
        await pilot.press("escape")
        await until(pilot, ended.is_set)
        assert pilot.app.screen is screen


async def test_a_format_is_chosen_by_keys_and_the_name_follows(demo: Any) -> None:
    async with demo() as (pilot, _):
        await pilot.press("ctrl+s")
        form = await wait_for(pilot, WriteDialog)
        form.query_one("#format", Choice).focus()
        for key, value, name in (
            ("right", "docker-archive", "./shop-1.5.0.tar"),
            ("down", "JSON", "./shop.plan.json"),
            ("left", "plan file", "./shop.plan.toml"),
            ("up", "hybrid", "./shop-1.5.0.tar"),
            ("up", "hybrid", "./shop-1.5.0.tar"),
        ):
            await pilot.press(key)
            await pilot.pause()
            assert form.query_one("#format", Choice).value == value
            assert form.query_one("#target", Input).value == name
        await pilot.click("#format", offset=(50, 0))
        await pilot.pause()
        assert form.query_one("#target", Input).value == "./shop-1.5.0"
        await pilot.press("enter")
        await wait_for(pilot, WrittenDialog)
        assert verify(Path("shop-1.5.0")) == ()


async def test_what_was_just_asked_for_is_written(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await pilot.press(*["right_square_bracket"] * 4, "ctrl+s")
        await wait_for(pilot, WriteDialog)
        assert screen.workspace.shown.request.max_layers == 24
        await pilot.press("enter")
        await wait_for(pilot, WrittenDialog)
        assert len(config_of(Path("shop-1.5.0.tar"))["rootfs"]["diff_ids"]) == 24
        await pilot.press("escape")
        assert pilot.app.screen is screen
        assert "not written" not in text(screen, "#title")


async def test_cancelled_writing_leaves_nothing(demo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Meter.advance

    def stopped(self: Meter, amount: int, part: int | None = None) -> None:
        while not self.cancelled():
            time.sleep(0.01)
        counted(self, amount, part)

    monkeypatch.setattr(Meter, "advance", stopped)
    async with demo() as (pilot, screen):
        await pilot.press("ctrl+s", "enter")
        await wait_for(pilot, WorkingDialog)
        told: list[str] = []
        monkeypatch.setattr(pilot.app, "notify", lambda message, **_: told.append(message))
        await pilot.press("escape")
        await until(pilot, lambda: told)
        assert told == ["Cancelled; nothing was written"]
        assert pilot.app.screen is screen
        assert list(Path().iterdir()) == []


async def test_what_lies_above_the_writing_does_not_stop_it(
    demo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted, goes_on = Meter.advance, Event()

    def waits(self: Meter, amount: int, part: int | None = None) -> None:
        assert goes_on.wait(PATIENCE)
        counted(self, amount, part)

    monkeypatch.setattr(Meter, "advance", waits)
    async with demo() as (pilot, screen):
        await pilot.press("right_square_bracket")
        await settled(pilot, screen)
        await pilot.press("ctrl+s", "enter")
        await wait_for(pilot, WorkingDialog)
        await pilot.press("ctrl+q")
        await wait_for(pilot, LeaveDialog)
        goes_on.set()
        await wait_for(pilot, WrittenDialog)
        assert verify(Path("shop-1.5.0.tar")) == ()


async def test_only_the_format_changes_the_target(demo: Any) -> None:
    async with demo() as (pilot, _):
        await pilot.press("ctrl+s")
        form = await wait_for(pilot, WriteDialog)
        form.query_one("#target", Input).value = "x.img"
        form.query_one("#compression", Choice).focus()
        await pilot.press("right")
        await pilot.pause()
        assert form.query_one("#target", Input).value == "x.img"


WRONG = (
    ("#target", "no/such/folder/image.tar", "no such folder"),
    ("#target", "", "name a file"),
    ("#target", "~no-such-user-here/x", "no such user"),
    ("#target", "n" * 300, "file name too long"),
    ("#target", ".", "a folder"),
    ("#name", "Not A Name", "Not A Name"),
    ("#command", "'open", "no closing quotation"),
)


async def test_a_wrong_field_is_told_and_nothing_written(demo: Any) -> None:
    async with demo() as (pilot, _):
        await pilot.press("ctrl+s")
        form = await wait_for(pilot, WriteDialog)
        for field, value, cause in WRONG:
            right = form.query_one(field, Input).value
            form.query_one(field, Input).value = value
            form.query_one("#with-plan").focus()
            await pilot.pause()
            told = form.query_one(field.replace("#", "#of-"), Entry).cause
            assert cause in told, "told before it is asked for"
            await pilot.press("ctrl+s")
            await pilot.pause()
            assert pilot.app.screen is form.screen
            assert pilot.app.focused is form.query_one(field)
            form.query_one(field, Input).value = right
            await pilot.pause()
            assert not form.query_one(field.replace("#", "#of-"), Entry).cause
        assert list(Path().iterdir()) == []


async def test_an_error_leaves_the_screen_usable(demo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from nixdive.errors import WriteError

    def full(*_: object, **__: object) -> None:
        raise WriteError("shop-1.5.0.tar: no space left: 104 MiB needed, 61 MiB free", hint="another place")

    monkeypatch.setattr("nixdive.image.write.write_image", full)
    async with demo() as (pilot, screen):
        await pilot.press("ctrl+s", "enter")
        await until(pilot, lambda: pilot.app.screen is screen and pilot.app._notifications)
        (note,) = pilot.app._notifications
        assert "no space left" in note.message
        await pilot.press("right_square_bracket")
        await settled(pilot, screen)
        assert screen.workspace.shown.request.max_layers == 21
