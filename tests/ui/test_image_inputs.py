"""The screen on images: one with store paths, one without any, one that cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nixdive.errors import MalformedImageError
from nixdive.ui.app import NixdiveApp
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.line import plain
from nixdive.ui.panes.closure.pane import ClosurePane
from nixdive.ui.panes.contents.pane import ContentsPane
from nixdive.ui.panes.layers.pane import LayersPane
from nixdive.workspace.open import OpenRequest
from tests.opening.images import docker_archive, layer, store_layer, store_name
from tests.ui.conftest import opened, settled, text, until

if TYPE_CHECKING:
    from pathlib import Path


ROOT = layer({"etc": None, "etc/passwd": b"root\n"})
LIB, APP = store_name("a", "lib-1"), store_name("b", "app-2")
LOW = store_layer((LIB, {"x": b"1"}))
TOP = store_layer((APP, {"y": f"/nix/store/{LIB}".encode()}))


def app_of(place: Path) -> NixdiveApp:
    return NixdiveApp(OpenRequest((str(place),)))


@pytest.mark.parametrize("layers", [(ROOT, LOW, TOP), (ROOT, ROOT), ()], ids=["store", "none", "empty"])
async def test_images_open_and_every_key_is_safe(layers: tuple[bytes, ...], tmp_path: Path) -> None:
    app = app_of(docker_archive(tmp_path / "x.tar", {"team/app:v1": layers}))
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await opened(pilot)
        assert screen.workspace.subject.name == "team/app:v1"
        assert len(screen.workspace.priced.plan.layers) == len(layers)
        for key in (
            "down",
            "enter",
            "w",
            "escape",
            "v",
            "v",
            "v",
            "tab",
            "down",
            "right",
            "]",
            "[",
            "e",
            "escape",
            *("2", "asterisk", "plus", "C", "apostrophe", "t", "n", "N", "o", "plus", "escape", "H", "s"),
            *("slash", *"layer:1", "enter", "t", "n", "C", "Y", "escape", "n", "W", "n", "N", "1", "Y", "D"),
            *("l", "enter", "2", "l", "escape", "v", "enter", "v", "n", "enter", "v", "enter"),
        ):
            await pilot.press("colon" if key == ":" else key)
            await settled(pilot, screen)
        assert app.screen is screen


async def test_a_layer_that_cannot_be_read_is_shown_with_its_cause(tmp_path: Path) -> None:
    place = docker_archive(tmp_path / "x.tar", {"team/app:v1": (LOW, ROOT, TOP)})
    place.write_bytes(place.read_bytes().replace(b"etc/passwd", b"etc/PASSWD"))  # its checksum is wrong now
    app = app_of(place)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await opened(pilot)
        layers = text(screen, LayersPane).splitlines()
        (row,) = [line for line in layers if "cannot be read" in line]
        assert " 2 " in row
        assert " ? " in row
        assert "lib" in layers[layers.index(row) - 1]
        assert "without layer 2" in text(screen, "#figures")
        screen.query_one(LayersPane).listing.cursor = 1
        screen.browsing.give_keys(screen.query_one(LayersPane))
        await pilot.press("c")
        await until(pilot, lambda: "the checksum of a header is wrong" in text(screen, ContentsPane))
        screen.query_one(LayersPane).listing.cursor = 2
        await until(pilot, lambda: "app-2" in text(screen, ContentsPane))


@pytest.mark.parametrize("count", [130])
async def test_an_image_of_more_layers_than_docker_loads_is_shown_as_it_is(
    count: int, tmp_path: Path
) -> None:
    names = [store_name("a", f"p{number}").replace("a" * 4, f"{number:04d}", 1) for number in range(count)]
    layers = [store_layer((name, {"x": name.encode()})) for name in names]
    app = app_of(docker_archive(tmp_path / "x.tar", {"team/app:v1": layers}))
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await opened(pilot)
        assert len(screen.workspace.priced.plan.layers) == count
        for key in ("1", "G", "down", "c", "p", "d", "W", "escape", "b", "escape"):
            await pilot.press(key)
            await settled(pilot, screen)
        assert app.screen is screen


async def test_what_is_not_as_it_should_be_is_said_when_it_is_open(tmp_path: Path) -> None:
    low = store_layer((LIB, {"x": f"/nix/store/{APP}".encode()}))
    app = app_of(docker_archive(tmp_path / "x.tar", {"team/app:v1": (low, TOP)}))
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await opened(pilot)
        (note,) = app._notifications
        assert "in a circle: lib-1 -> app-2 -> lib-1;" in note.message


async def test_an_image_without_store_paths_says_how_to_go_on(tmp_path: Path) -> None:
    app = app_of(docker_archive(tmp_path / "x.tar", {"team/app:v1": (ROOT, ROOT)}))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        screen.query_one(ClosurePane)
        lines = [line.strip() for line in text(screen, ClosurePane).splitlines()]
        assert "This image has no store paths." in lines
        assert "1  goes to the layers" in lines
        title = plain(screen.query_one("#title", Drawn).draw(120, 1)[0])
        assert "paths" not in title
        assert "strategy" not in title
        assert "20.0 KiB" in plain(screen.query_one("#title", Drawn).draw(120, 1)[0])
        assert screen.query_one(LayersPane).count == 2
        await pilot.click(ClosurePane, offset=(2, len(lines) - 1))
        await pilot.pause()
        assert screen.query_one(LayersPane).listing.has_focus


async def test_an_image_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    place = docker_archive(tmp_path / "x.tar", {"x:1": (LOW,)})
    place.write_bytes(place.read_bytes().replace(b"nix/store", b"nix/stare"))
    app = app_of(place)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: app.error is not None)
    assert isinstance(app.error, MalformedImageError)


@pytest.mark.parametrize(
    "key",
    ["]", "[", "}", "b", "e", "r", "p", "P", "F", "delete", "%", "m", "S", "f", "B", "J", "K", "E"],
)
async def test_without_store_paths_there_is_nothing_to_plan(key: str, tmp_path: Path) -> None:
    app = app_of(docker_archive(tmp_path / "x.tar", {"team/app:v1": (ROOT, ROOT)}))
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await opened(pilot)
        before = screen.workspace.shown
        await pilot.press("1", key)
        await settled(pilot, screen)
        assert "no store paths: the layers stay as they are" in text(screen, "#edit")
        assert app.screen is screen
        assert screen.workspace.shown == before


@pytest.mark.parametrize(("key", "words"), [("z", "nothing to undo"), ("Z", "nothing to redo")])
async def test_where_there_is_no_step_it_is_said(key: str, words: str, tmp_path: Path) -> None:
    app = app_of(docker_archive(tmp_path / "x.tar", {"team/app:v1": (ROOT, LOW, TOP)}))
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await opened(pilot)
        await pilot.press(key)
        await until(pilot, lambda: words in text(screen, "#edit"))
