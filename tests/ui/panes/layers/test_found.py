"""What an image says of its layers: digests, commands, files, time; and the paths of a layer with figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nixdive.ui.app import NixdiveApp
from nixdive.ui.dialogs.layer import LayerDialog
from nixdive.ui.panes.layers.found import commanded
from nixdive.words import percent
from nixdive.workspace.open import OpenRequest
from tests.opening.images import digest, docker_archive, layer, oci_layout, store_layer, store_name
from tests.ui.conftest import busy, notes, opened, press, text, until, wait_for

if TYPE_CHECKING:
    from pathlib import Path

ROOT = layer({"etc": None, "etc/passwd": b"root\n"})
APP = layer({"app": None, "app/a": b"1", "app/b": b"2"})
COMMAND = "set -eux; apt-get update; apt-get install -y " + " ".join(f"package-{i}" for i in range(40))
HISTORY = [
    {"created": "2025-03-01T05:06:07Z", "created_by": "/bin/sh -c #(nop) ADD file:7d0e in / "},
    {"created": "2025-03-02T05:06:07Z", "created_by": f"/bin/sh -c {COMMAND}"},
    {"created": "2025-03-03T05:06:07Z", "created_by": 'CMD ["a"]', "empty_layer": True},
]
SIZES = [(80, 24), (120, 36), (200, 60)]


def archive(tmp_path: Path) -> NixdiveApp:
    place = docker_archive(tmp_path / "x.tar", {"team/app:v1": (ROOT, APP)}, history=HISTORY)
    return NixdiveApp(OpenRequest((str(place),)))


@pytest.mark.parametrize("size", SIZES)
async def test_an_image_without_store_paths_has_no_figures_of_planning(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with archive(tmp_path).run_test(size=size) as pilot:
        screen = await opened(pilot)
        assert screen.shown_tab is screen.contents_pane
        top = text(screen, "#title") + text(screen, "#figures")
        assert "layers 2" in top
        for word in ("release", "budget", "floor", "strategy", "path", " 0 B"):
            assert word not in top
        await press(pilot, screen, "v")
        plan = text(screen, "#plan-details")
        assert "no store paths: the layers stay as they are" in plan
        assert "release" not in plan
        assert "nixpkgs" not in plan
        assert "Made by" in text(screen, "#layers")
        await press(pilot, screen, "1")
        assert "Merge" not in text(screen, "#keys")


@pytest.mark.parametrize("size", [(120, 36), (200, 60)])
async def test_details_have_what_the_image_says_of_a_layer(tmp_path: Path, size: tuple[int, int]) -> None:
    async with archive(tmp_path).run_test(size=size) as pilot:
        screen = await opened(pilot)
        await press(pilot, screen, "1", "j")
        shown = text(screen, "#layer-details")
        for words in ("2 of 2", "3 entries", "2025-03-02", digest(APP)[:40], "apt-get install"):
            assert words in shown
        if size[1] >= 60:
            assert "package-39" in shown
            assert digest(APP) in shown
            assert "team/app:v1" in shown
            assert "not compressed" in shown
        else:
            assert "enter shows all" in shown


@pytest.mark.parametrize("size", SIZES)
async def test_enter_shows_the_whole_command_and_all_digests(tmp_path: Path, size: tuple[int, int]) -> None:
    place = oci_layout(tmp_path / "x", [("app", {"history": HISTORY}, (ROOT, APP))], packing="gzip")
    async with NixdiveApp(OpenRequest((str(place),))).run_test(size=size) as pilot:
        screen = await opened(pilot)
        await press(pilot, screen, "1", "j", "enter")
        dialog = await wait_for(pilot, LayerDialog)
        shown = "".join(line.strip() for line in text(dialog, "#lines").splitlines()).replace(" ", "")
        base = screen.workspace.subject.base
        assert base is not None
        for words in (COMMAND, digest(APP), base.blobs[1].digest, "gzip", "2025-03-02T05:06:07Z"):
            assert words is not None
            assert words.replace(" ", "") in shown
        await pilot.press("escape")
        assert pilot.app.screen is screen


async def test_where_there_is_room_the_paths_of_a_layer_have_size_chance_and_rate(demo: Any) -> None:
    async with demo((200, 60)) as (pilot, screen):
        await press(pilot, screen, "1")
        model = screen.workspace.priced.model
        sizes = model.closure.nar_sizes
        for chosen in screen.workspace.priced.plan.layers[:-1]:
            lines = text(screen, "#layer-details").partition("Store path")[2].splitlines()[1:]
            indices = sorted((model.closure.index[path] for path in chosen.paths), key=lambda i: -sizes[i])
            for line, at in zip(lines[:8], indices, strict=False):
                chance, rate = model.scenarios.probability([at]), model.own_chance(at)
                assert line.split()[1:3] == [percent(chance), percent(rate)]
                assert model.closure.paths[at].package in line
            await press(pilot, screen, "j")


async def test_more_paths_than_have_room_are_counted(tmp_path: Path) -> None:
    names = [store_name("a", f"p{i}").replace("a" * 4, f"{i:04d}", 1) for i in range(40)]
    place = docker_archive(
        tmp_path / "x.tar", {"x:1": (store_layer(*((name, {"f": name.encode()}) for name in names)),)}
    )
    async with NixdiveApp(OpenRequest((str(place),))).run_test(size=(200, 60)) as pilot:
        screen = await opened(pilot)
        await press(pilot, screen, "1")
        shown = text(screen, "#layer-details")
        listed = sum("%" in line for line in shown.splitlines() if "Store path" not in line and " p" in line)
        assert f"{40 - listed} paths more" in shown
        assert digest(store_layer(*((name, {"f": name.encode()}) for name in names)))[:50] in shown
        await press(pilot, screen, "I")
        dialog = await wait_for(pilot, LayerDialog)
        assert all(f"p{i}" in text(dialog, "#lines") for i in range(40))


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_a_command_takes_no_more_rows_than_it_may(rows: int) -> None:
    lines = commanded(COMMAND, 60, rows, "enter")
    assert len(lines) == rows
    assert all(sum(len(span.text) for span in line) <= 60 for line in lines)
    assert "shows all" in "".join(span.text for span in lines[-1])
    assert "shows all" not in str(commanded("RUN true", 60, rows, "enter"))


async def test_digests_are_checked_in_the_background(tmp_path: Path) -> None:
    place = docker_archive(tmp_path / "x.tar", {"team/app:v1": (ROOT, APP)}, history=HISTORY)
    data = place.read_bytes()
    assert data.count(b"root\n") == 1
    place.write_bytes(data.replace(b"root\n", b"toor\n"))
    async with NixdiveApp(OpenRequest((str(place),))).run_test(size=(200, 60)) as pilot:
        screen = await opened(pilot)
        await press(pilot, screen, "1", "j")
        assert "✓" not in text(screen, "#layer-details")
        screen.check_digests()
        await until(pilot, lambda: not busy(pilot.app))
        shown = text(screen, "#layer-details")
        assert "✓ digests" in shown
        await press(pilot, screen, "k")
        shown = text(screen, "#layer-details")
        assert "✓" not in shown
        assert "its diff_id is sha256:" in shown
        assert "layer 1 of the image: the bytes are not what its documents state" in notes(pilot.app)
