"""Every form, written from the screen, and read again by what is to read it."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input

from nixdive.image.stored.verify import verify
from nixdive.layering.plan import LayerKind
from nixdive.layering.planfile import read_plan
from nixdive.layering.planner import Planner
from nixdive.layering.request import PlanRequest
from nixdive.opening.open import open_subject
from nixdive.ui.app import NixdiveApp
from nixdive.ui.dialogs.fields import Choice, Entry, Fold
from nixdive.ui.dialogs.forecast import ForecastLine
from nixdive.ui.dialogs.questions import LeaveDialog
from nixdive.ui.dialogs.write import WriteDialog
from nixdive.ui.dialogs.written import WrittenDialog
from nixdive.workspace.open import OpenRequest
from nixdive.workspace.options import PlanOptions
from nixdive.workspace.targets import BUILDS, IMAGES, PLANS, suggested
from tests.opening.images import docker_archive, layer
from tests.patience import PATIENCE
from tests.ui.conftest import notes, opened, settled, text, until, wait_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

    from nixdive.ui.main.screen import MainScreen

DATA = Path(__file__).parents[2] / "data/closures"
REDIS = DATA / "debstore-redis-v1.path-info.json.gz"


pytestmark = pytest.mark.usefixtures("in_folder")


@asynccontextmanager
async def on(
    *inputs: str, against: tuple[str, ...] = (), layers: int | None = 9
) -> AsyncIterator[tuple[Pilot[None], MainScreen]]:
    app = NixdiveApp(OpenRequest(inputs, PlanOptions(max_layers=layers), against))
    async with app.run_test(size=(120, 36)) as pilot:
        yield pilot, await opened(pilot)


async def choose(pilot: Pilot[None], form: str) -> WriteDialog:
    await pilot.press("ctrl+s")
    dialog: WriteDialog = await wait_for(pilot, WriteDialog)
    dialog.query_one("#format", Choice).value = form
    await pilot.pause()
    return dialog


def nixdive(*words: str) -> str:
    program = [sys.executable, "-m", "nixdive", *words]
    return subprocess.run(program, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout


@pytest.mark.parametrize(
    ("form", "compression"), [*zip(IMAGES, ("gzip", "none", "zstd", "none"), strict=True), ("oci", "gzip")]
)
async def test_an_image_that_was_written_opens_with_the_same_plan(
    demo: Any, form: str, compression: str
) -> None:
    async with demo() as (pilot, screen):
        await pilot.press("right_square_bracket")
        await settled(pilot, screen)
        dialog = await choose(pilot, form)
        dialog.query_one("#compression", Choice).value = compression
        await pilot.press("ctrl+s")
        await wait_for(pilot, WrittenDialog)
        plan = screen.workspace.priced.plan
    file = suggested("shop:1.5.0", form)
    assert verify(Path(file)) == ()
    subject = open_subject([file])
    kept = Planner(subject.closure, subject.frame).solve(PlanRequest("keep", subject.frame.budget(100)))
    stored = [layer.paths for layer in plan.layers if layer.kind is LayerKind.STORE]
    assert [layer.paths for layer in kept.layers if layer.kind is LayerKind.STORE] == stored
    assert subject.name == "shop:1.5.0"
    assert subject.spec.config["Cmd"] == list(screen.workspace.subject.spec.config["Cmd"])


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("JSON", ("plan", "--json")),
        ("Nix", ("emit", "--as", "nix", "-q")),
        ("pipeline", ("emit", "--as", "pipeline", "-q")),
        ("layers", ("emit", "--as", "layers", "-q")),
        ("nix2container", ("emit", "--as", "nix2container", "-q")),
    ],
)
async def test_a_plan_is_written_as_by_the_command_line(form: str, words: tuple[str, ...]) -> None:
    new, *old = (str(DATA / f"debstore-redis-{version}.path-info.json.gz") for version in ("v3", "v1", "v2"))
    async with on(new, against=tuple(old)) as (pilot, _):
        dialog = await choose(pilot, form)
        assert not dialog.query_one("#name").is_on_screen, "it is not an image, and has no name"
        name = dialog.query_one("#target", Input).value
        await pilot.press("ctrl+s")
        await until(pilot, lambda: notes(pilot.app))
        assert notes(pilot.app) == f"Plan saved to {name.removeprefix('./')}"
    expected = nixdive(
        words[0], new, "--against", old[0], "--against", old[1], "--max-layers", "9", *words[1:]
    )
    assert Path(name).read_text() == expected


async def test_a_plan_file_counts_as_saved_and_is_offered_on_leaving(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await pilot.press("right_square_bracket")
        await settled(pilot, screen)
        await pilot.press("q")
        dialog = await wait_for(pilot, LeaveDialog)
        assert "Save&#160;plan" in pilot.app.export_screenshot()
        dialog.query_one("#save-plan").press()
        form = await wait_for(pilot, WriteDialog)
        assert form.query_one("#target", Input).value == "./shop.plan.toml"
        await pilot.press("enter")
        await until(pilot, lambda: notes(pilot.app))
        assert notes(pilot.app) == "Plan saved to shop.plan.toml"
        assert "not written" not in text(screen, "#title")
        assert read_plan(Path("shop.plan.toml")).max_layers == 21
        assert list(Path().iterdir()) == [Path("shop.plan.toml")]


async def test_files_that_are_missing_leave_the_plan_to_be_written() -> None:
    async with on(str(DATA / "debian-npm-0.path-info.json.gz")) as (pilot, screen):
        assert screen.workspace.subject.missing
        await pilot.press("ctrl+s")
        dialog = await wait_for(pilot, WriteDialog)
        assert dialog.query_one("#format", Choice).value == "plan file"
        dialog.query_one("#format", Choice).value = "oci"
        await pilot.pause()
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert pilot.app.screen is dialog.screen
        assert "some store paths have no files here" in dialog.query_one("#of-format", Entry).cause
        dialog.query_one("#format", Choice).value = "pipeline"
        await pilot.pause()
        await pilot.press("ctrl+s")
        await until(pilot, lambda: notes(pilot.app))
        assert len(list(Path().iterdir())) == 1


@pytest.mark.parametrize("form", [*PLANS, *BUILDS])
async def test_what_cannot_be_written_is_told_and_leaves_all_as_it_was(
    demo: Any, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with demo() as (pilot, screen):
        await pilot.press("right_square_bracket")
        await settled(pilot, screen)
        await choose(pilot, form)

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: notes(pilot.app))
        assert "the disk is full" in notes(pilot.app)
        assert list(Path().iterdir()) == []
        assert "1 edit not written" in text(screen, "#title")


async def test_a_plan_file_is_not_written_over_what_is_none(demo: Any) -> None:
    Path("shop.plan.toml").write_text("a letter")
    async with demo() as (pilot, _):
        await choose(pilot, "plan file")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: notes(pilot.app))
        assert "shop.plan.toml: it is not TOML" in notes(pilot.app)
    assert Path("shop.plan.toml").read_text() == "a letter"


async def test_an_image_whose_plan_file_cannot_be_written_is_there_all_the_same(demo: Any) -> None:
    Path("shop.plan.toml").write_text("a letter")
    async with demo() as (pilot, _):
        await pilot.press("ctrl+s")
        dialog = await wait_for(pilot, WriteDialog)
        dialog.query_one("#with-plan").toggle()
        await pilot.press("enter")
        done = await wait_for(pilot, WrittenDialog)
        assert done._outcome.plan_error is not None
    assert verify(Path("shop-1.5.0.tar")) == ()


async def test_a_folder_is_made_when_asked_for(demo: Any) -> None:
    async with demo() as (pilot, _):
        await pilot.press("ctrl+s")
        dialog = await wait_for(pilot, WriteDialog)
        dialog.query_one("#target", Input).value = "out/today/x.tar"
        await pilot.pause()
        assert dialog.query_one("#of-target", Entry).cause == "no such folder; ctrl+n creates it"
        assert not Path("out").exists()
        await pilot.press("ctrl+n")
        await pilot.pause()
        assert dialog.query_one("#of-target", Entry).cause == ""
        await pilot.press("enter")
        await wait_for(pilot, WrittenDialog)
        await pilot.press("escape", "ctrl+s")
        again = await wait_for(pilot, WriteDialog)
        assert again.query_one("#target", Input).value == "out/today/x.tar"
        assert again._place.words.startswith("replaces")
    assert verify(Path("out/today/x.tar")) == ()


async def test_a_full_disk_is_told_before(demo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.statvfs

    def small(path: Any) -> Any:
        found = real(path)
        fields = {"f_bavail": 3, "f_frsize": 4096, "f_blocks": found.f_blocks}
        return type("Status", (), fields)

    monkeypatch.setattr(os, "statvfs", small)
    async with demo() as (pilot, _):
        await pilot.press("ctrl+s")
        dialog = await wait_for(pilot, WriteDialog)
        await until(pilot, lambda: dialog.query_one(ForecastLine).problem)
        problem = dialog.query_one(ForecastLine).problem
        assert problem.startswith("No space on /")
        assert problem.endswith("needed, 12.0 KiB free")
        assert str(dialog.query_one("#problem").render()) == problem
        await pilot.press("enter")
        await pilot.pause()
        assert pilot.app.screen is dialog.screen
        dialog.query_one("#format", Choice).value = "plan file"
        await pilot.pause()
        assert not dialog.query_one(ForecastLine).problem, "a plan is small"


async def test_what_is_foreseen_follows_compression_and_is_exact_once_written(demo: Any) -> None:
    async with demo() as (pilot, _):
        await pilot.press("ctrl+s")
        dialog = await wait_for(pilot, WriteDialog)
        line = dialog.query_one(ForecastLine)
        await until(pilot, lambda: line._forecast)
        estimate = line._forecast
        assert not estimate.exact
        dialog.query_one("#compression", Choice).value = "none"
        await until(pilot, lambda: line._forecast and line._forecast.exact)
        dialog.query_one("#compression", Choice).value = "gzip"
        await pilot.pause()
        await pilot.press("enter")
        await wait_for(pilot, WrittenDialog)
        await pilot.press("escape", "ctrl+s")
        again = await wait_for(pilot, WriteDialog)
        line = again.query_one(ForecastLine)
        await until(pilot, lambda: line._forecast)
        assert line._forecast.exact
        assert line._forecast.size == Path("shop-1.5.0.tar").stat().st_size


async def test_the_form_begins_with_the_config_of_an_image_that_was_opened(demo: Any) -> None:
    async with demo() as (pilot, _):
        await pilot.press("ctrl+s")
        dialog = await wait_for(pilot, WriteDialog)
        dialog.query_one("#command", Input).value = "/bin/sh -c 'echo two words'"
        spec = dialog._spec
        dialog._spec = replace(spec, config={**spec.config, "User": "7", "Labels": {"a": "line 1\nline 2"}})
        await pilot.press("enter")
        await wait_for(pilot, WrittenDialog)
    async with on("shop-1.5.0.tar", layers=None) as (pilot, screen):
        assert screen.workspace.subject.strategy == "keep"
        dialog = await choose(pilot, "oci")
        assert dialog.query_one("#command", Input).value == "/bin/sh -c 'echo two words'"
        assert dialog.query_one(Fold).facts == "environment, user, labels"
        line = dialog.query_one(ForecastLine)
        # all layers pass as they are stored; the size of the form before may come first
        await until(pilot, lambda: line._forecast is not None and line._forecast.exact)
        foreseen = line._forecast
        await pilot.press("ctrl+s")
        done = await wait_for(pilot, WrittenDialog)
        assert foreseen is not None
        assert done._outcome.image.bytes_written == foreseen.size
        await pilot.press("escape")
        await choose(pilot, "Nix")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: notes(pilot.app))
        assert "a build finds no layers" in notes(pilot.app)
    config = open_subject(["shop-1.5.0"]).spec.config
    assert (config["User"], config["Labels"]) == ("7", {"a": "line 1\nline 2"})


async def test_what_engines_refuse_is_told_before_and_mended_in_the_form(tmp_path: Path) -> None:
    config = {"Entrypoint": "/bin/x", "Labels": {"long": "x" * 5000}}
    source = docker_archive(tmp_path / "odd.tar", {"odd:1": [layer({"etc": None})]}, config=config)
    async with on(str(source), layers=None) as (pilot, _):
        await pilot.press("ctrl+s")
        dialog: WriteDialog = await wait_for(pilot, WriteDialog)
        line, problem = dialog.query_one(ForecastLine), dialog.query_one("#problem")
        await until(pilot, lambda: line.problem)
        assert line.problem.startswith("odd:1: Entrypoint is not a list of strings: podman, containerd")
        await pilot.press("enter")
        await pilot.pause()
        assert pilot.app.screen is dialog.screen
        dialog._spec = replace(dialog._spec, config=dict(dialog._spec.config) | {"Entrypoint": ["/bin/x"]})
        dialog._foresee()
        await until(pilot, lambda: line._forecast)
        assert str(problem.render()).startswith("ctr run refuses the label long")
        assert not line.problem, "it can be written all the same"


async def test_an_image_of_more_layers_than_docker_loads_can_be_written_again(tmp_path: Path) -> None:
    layers = [layer({f"f{number}": b""}) for number in range(127)]
    source = docker_archive(tmp_path / "deep.tar", {"deep:1": layers})
    async with on(str(source), layers=None) as (pilot, screen):
        assert len(screen.workspace.priced.plan.layers) == 127
        await pilot.press("ctrl+s")
        line = (await wait_for(pilot, WriteDialog)).query_one(ForecastLine)
        await until(pilot, lambda: line._forecast)
        assert not line.problem
        assert "127 layers are more than some clients run" in line._forecast.notes[0]
