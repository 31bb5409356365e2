"""The Contents tab and all that comes with it, key by key."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App
from textual.widgets import Button, ContentSwitcher, Input, Static

from nixdive.contents.difference import Change
from nixdive.ui.app import NixdiveApp
from nixdive.ui.dialogs.compare import CompareDialog
from nixdive.ui.dialogs.extraction import ExtractDialog
from nixdive.ui.dialogs.fields import Choice
from nixdive.ui.dialogs.preview import PreviewDialog
from nixdive.ui.dialogs.questions import ReplaceDialog
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.line import plain
from nixdive.ui.main.screen import MainScreen
from nixdive.ui.panes.closure.pane import ClosurePane
from nixdive.ui.panes.contents.pane import ContentsPane
from nixdive.ui.panes.contents.tree import Order
from nixdive.ui.panes.layers.pane import LayersPane
from nixdive.ui.panes.lines.filter_field import FilterField
from nixdive.workspace import edits
from nixdive.workspace.files.comparison import Comparison, Extent
from nixdive.workspace.open import OpenRequest
from tests.opening.images import docker_archive, layer, store_layer, store_name
from tests.patience import PATIENCE
from tests.ui.conftest import settled, shows, text, until
from tests.workspaces import on_disk, store_path, workspace_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from textual.pilot import Pilot

    from nixdive.workspace.workspace import Workspace

OLD: Mapping[str, Mapping[str, bytes | str]] = {
    "a:git-2.39": {"bin/git": b"one", "bin/same": b"same", "share/doc": b"old"},
    "c:lib-1": {"lib.so": b"library"},
}
NEW: Mapping[str, Mapping[str, bytes | str]] = {
    "b:git-2.40": {"bin/git": b"two", "bin/same": b"same", "bin/large": b"x" * 2000, "bin/link": "git"},
    "c:lib-1": {"lib.so": b"library"},
}


class DeskApp(App[None]):
    """Shows a workspace that was made by a test."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace

    def on_mount(self) -> None:
        self.push_screen(MainScreen(self._workspace, ""))


def lines(screen: MainScreen) -> list[str]:
    pane = screen.contents_pane
    return [plain(pane.row(i, 59)).strip() for i in range(pane.count)]


def here(screen: MainScreen) -> bytes:
    assert screen.contents_pane.name_here is not None
    return screen.contents_pane.name_here


async def read(pilot: Pilot[None], screen: MainScreen) -> None:
    """Wait until the files that were asked for are shown, and what the image wastes is worked out."""
    await until(
        pilot,
        lambda: (
            not screen.workspace.waiting
            and screen.contents_pane.reader.reading is None
            and not screen.jobs.busy
        ),
    )


async def press(pilot: Pilot[None], screen: MainScreen, *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await read(pilot, screen)


@pytest.fixture
def shown(tmp_path: Path) -> Any:
    """Start on two store paths on the disk, against an earlier version, the layer of git selected."""

    @asynccontextmanager
    async def start(
        size: tuple[int, int] = (120, 36), *, earlier: bool = True
    ) -> AsyncIterator[tuple[Pilot[None], MainScreen]]:
        old = on_disk(tmp_path / "store", OLD) if earlier else None
        workspace = workspace_of(on_disk(tmp_path / "store", NEW), old)
        app = NixdiveApp(OpenRequest(()))
        async with app.run_test(size=size) as pilot:
            screen = MainScreen(workspace, "")
            await app.push_screen(screen)
            git = workspace.priced.plan.layer_of()[store_path("b:git-2.40")]
            screen.query_one(LayersPane).listing.cursor = git
            screen.browsing.give_keys(screen.query_one(LayersPane))
            await pilot.pause()
            yield pilot, screen

    return start


async def test_c_shows_the_files_beside_the_layers_and_enter_gives_them_the_keys(shown: Any) -> None:
    async with shown() as (pilot, screen):
        assert screen.query_one(LayersPane).extent is None
        await press(pilot, screen, "c")
        assert screen.query_one("#tabs", ContentSwitcher).current == "contents"
        assert screen.selection.in_layers
        assert "against app:1" in text(screen, ContentsPane)
        assert "Merge" in text(screen, "#keys")
        assert screen.waste_pane.display
        assert screen.query_one("#compare-line", Drawn).display
        assert not screen.query_one("#edit", Drawn).display
        assert "no file occurs twice" in text(screen, "#waste")
        await press(pilot, screen, "enter")
        assert screen.contents_pane.listing.has_focus
        assert "Extract" in text(screen, "#keys")
        await press(pilot, screen, "v")
        assert screen.query_one("#tabs", ContentSwitcher).current == "why"
        assert "Chains" in text(screen, "#keys")
        assert screen.query_one("#edit", Drawn).display
        assert screen.query_one(LayersPane).extent is None
        assert not screen.contents_pane.reader.followed


async def test_it_follows_the_selected_layer_and_the_plan(shown: Any) -> None:
    async with shown() as (pilot, screen):
        await press(pilot, screen, "c")
        table = screen.query_one(LayersPane)
        git, other = table.listing.cursor, 1 - table.listing.cursor
        assert any("git-2.40" in line for line in lines(screen))
        await press(pilot, screen, "down" if other > git else "up")
        assert any("lib-1" in line for line in lines(screen))
        assert not any("git-2.40" in line for line in lines(screen))
        mark = table.extent
        assert mark is not None
        assert mark.mark(other) == "here"
        screen.edit(edits.budget(screen.workspace.situation, 1))
        await read(pilot, screen)
        assert len(screen.workspace.priced.plan.layers) == 1
        assert any("git-2.40" in line for line in lines(screen))
        assert any("lib-1" in line for line in lines(screen))


async def test_an_edit_shows_its_price_until_the_next_key(shown: Any) -> None:
    async with shown() as (pilot, screen):
        await press(pilot, screen, "c", "left_square_bracket")
        assert screen.query_one("#edit", Drawn).display
        assert not screen.query_one("#compare-line", Drawn).display
        assert "budget" in text(screen, "#edit")
        await press(pilot, screen, "home")
        await until(pilot, lambda: screen.query_one("#compare-line", Drawn).display)
        assert not screen.query_one("#edit", Drawn).display


async def test_comparisons_by_key(shown: Any) -> None:
    async with shown() as (pilot, screen):
        await press(pilot, screen, "end", "ctrl+a")  # in Layers it shows the files
        pane, last = screen.contents_pane, screen.query_one(LayersPane).listing.cursor
        assert pane.reader.comparison == Comparison(whole=True)
        assert pane.compared.extent == Extent(range(0), range(last + 1))
        assert screen.query_one(LayersPane).extent == pane.compared.extent
        assert "Layers 1–2, against app:1" in text(screen, ContentsPane)
        await press(pilot, screen, "ctrl+l")
        assert pane.reader.comparison == Comparison()
        await press(pilot, screen, "a")
        assert pane.reader.comparison.whole
        await press(pilot, screen, "a", "tab")
        assert pane.listing.has_focus
        await press(pilot, screen, "ctrl+a")  # among the files it is dive's: added ones
        assert not pane.reader.comparison.whole
        assert Change.ADDED not in pane.branches.kinds
        assert "^a all" not in text(screen, "#compare-line")
        await press(pilot, screen, "v", "a")  # in another tab it means nothing
        assert not pane.reader.comparison.whole


async def test_any_two_layers_are_compared_by_a_dialog(shown: Any) -> None:
    async with shown() as (pilot, screen):
        await press(pilot, screen, "end", "c", "equals_sign")
        dialog = screen.app.screen
        assert shows(dialog, CompareDialog)
        choice = dialog.query_one(Choice)
        assert choice.value == "earlier version"
        choice.value = "a layer"
        dialog.query_one(Input).value = "9"
        await pilot.press("enter")
        assert "from 1 to 2" in str(dialog.query_one(".note", Static).render())
        dialog.query_one(Input).value = "1"
        await pilot.press("enter")
        await read(pilot, screen)
        assert screen.contents_pane.reader.comparison == Comparison(start=0)
        assert screen.contents_pane.compared.extent == Extent(range(1), range(1, 2))
        assert screen.contents_pane.compared.against is None
        assert "with layer 1" in text(screen, "#compare-line")
        await press(pilot, screen, "equals_sign")
        screen.app.screen.query_one(Choice).value = "layers below"
        await pilot.click("#compare")
        await read(pilot, screen)
        assert screen.contents_pane.reader.comparison == Comparison(baseline=False)


async def test_kinds_by_key(shown: Any) -> None:
    files = {
        Change.ADDED: ("large", "A", "ctrl+a"),
        Change.REMOVED: ("doc", "R", "ctrl+r"),
        Change.MODIFIED: ("git", "M"),
        Change.UNMODIFIED: ("same", "U", "ctrl+u"),
    }
    async with shown() as (pilot, screen):
        await press(pilot, screen, "c", "tab")
        for kind, (name, *keys) in files.items():
            for key in keys:
                assert any(line.endswith(f"── {name}") for line in lines(screen))
                await pilot.press(key)
                assert not any(line.endswith(f"── {name}") for line in lines(screen))
                assert screen.files.compares.kinds == frozenset(Change) - {kind}
                await pilot.press(key)


async def test_folds_by_key(shown: Any) -> None:
    async with shown() as (pilot, screen):
        await press(pilot, screen, "c", "tab")
        pane, whole = screen.contents_pane, lines(screen)
        await press(pilot, screen, "space")
        assert pane.count == 1
        await press(pilot, screen, "l")
        assert lines(screen) == whole
        await press(pilot, screen, "l", "l", "right")
        assert pane.name_here.endswith(b"/bin/git")
        await press(pilot, screen, "h")
        assert pane.name_here.endswith(b"/bin")
        await press(pilot, screen, "h", "left", "h", "h")
        assert pane.name_here == b"/nix/store"
        await press(pilot, screen, "enter", "enter")  # on a directory it opens and closes
        for key in ("C", "ctrl+@"):
            await press(pilot, screen, key)
            closed = pane.count
            await press(pilot, screen, key)
            assert pane.count > closed


async def test_the_look_by_key(shown: Any) -> None:
    async with shown() as (pilot, screen):
        await press(pilot, screen, "c", "tab")
        pane = screen.contents_pane
        assert "Permission" in text(screen, ContentsPane)
        await press(pilot, screen, "i")
        assert "Permission" not in text(screen, ContentsPane)
        await press(pilot, screen, "ctrl+b", "H")
        assert "bbbbbbb-git-2.40" in text(screen, ContentsPane)
        await press(pilot, screen, "s")
        assert pane.branches.order is Order.SIZE
        assert "Size▼" in text(screen, ContentsPane)
        names = [row.name.rpartition(b"/")[2] for row in pane.rows]
        assert names.index(b"large") < names.index(b"git")
        table = screen.query_one(LayersPane)
        table.listing.cursor = 1 - table.listing.cursor
        await read(pilot, screen)
        assert pane.branches.order is Order.SIZE  # sticky
        assert pane.order_name == "size"


async def test_long_names_are_wrapped(tmp_path: Path) -> None:
    workspace = workspace_of(on_disk(tmp_path, {"a:app-1": {"x" * 120: b"1", "y": b"2"}}))
    app = NixdiveApp(OpenRequest(()))
    async with app.run_test(size=(120, 36)) as pilot:
        screen = MainScreen(workspace, "")
        await app.push_screen(screen)
        await press(pilot, screen, "c")
        count = screen.contents_pane.count
        await press(pilot, screen, "end", "full_stop")
        assert screen.contents_pane.count > count + 3
        assert here(screen).endswith(b"/y")
        await press(pilot, screen, "up")
        assert here(screen).endswith(b"x")
        await press(pilot, screen, "full_stop")
        assert screen.contents_pane.count == count


async def test_wrapped_names_follow_the_layer(shown: Any) -> None:
    async with shown() as (pilot, screen):
        await press(pilot, screen, "c", "tab", "full_stop", "end")
        for number in range(len(screen.workspace.priced.plan.layers)):
            screen.query_one(LayersPane).listing.cursor = number
            await read(pilot, screen)
            assert screen.contents_pane.count >= len(screen.contents_pane.rows)
            assert here(screen) in screen.contents_pane.compared.listing.found


async def test_a_filter_finds_files(shown: Any) -> None:
    async with shown() as (pilot, screen):
        await press(pilot, screen, "c", "tab", "slash")
        assert screen.query_one(FilterField).has_focus
        await press(pilot, screen, *"same", "enter")
        pane = screen.contents_pane
        assert pane.listing.has_focus
        assert [row.name.rpartition(b"/")[2] for row in pane.rows][-1] == b"same"
        assert pane.name_here.endswith(b"/same")
        assert pane.count == 4
        await press(pilot, screen, "escape")
        assert pane.branches.pattern is None
        pane.filter("l")
        first = pane.name_here
        await press(pilot, screen, "n")
        assert pane.name_here != first
        await press(pilot, screen, "N")
        assert pane.name_here == first
        pane.filter("nowhere at all")
        assert "no file matches" in text(screen, ContentsPane)
        pane.filter("a[")
        assert pane.filter_problem


async def test_details_tell_of_the_file(shown: Any) -> None:
    async with shown() as (pilot, screen):
        await press(pilot, screen, "c", "tab", "l", "l", "l")
        details = text(screen, "#file-details")
        assert "bin/git" in details
        assert "M modified" in details
        assert "was 3 B" in details
        assert "was in aaaaaaa-git-2.39" in details
        assert f"in layer {screen.query_one(LayersPane).listing.cursor + 1}" in details
        closure = screen.workspace.subject.closure
        assert screen.selection.path == closure.index[store_path("b:git-2.40")]


async def test_y_copies_the_path_inside_the_image(shown: Any) -> None:
    async with shown() as (pilot, screen):
        await press(pilot, screen, "c", "tab", "l", "l", "l", "y")
        assert screen.app.clipboard == f"{store_path('b:git-2.40')}/bin/git"
        await press(pilot, screen, "tab", "y")
        assert screen.app.clipboard == store_path("b:git-2.40")


async def test_enter_looks_into_a_file(shown: Any) -> None:
    async with shown() as (pilot, screen):
        await press(pilot, screen, "c", "tab", "l", "l", "l", "enter")
        dialog = screen.app.screen
        assert shows(dialog, PreviewDialog)
        await until(pilot, lambda: "sha256" in str(dialog.query_one("#digest", Static).render()))
        assert "3fc4ccfe745870e2" in str(dialog.query_one("#digest", Static).render())
        assert text(dialog, "VerticalScroll Drawn") == "two"
        await pilot.press("escape")
        assert screen.app.screen is screen
        await press(pilot, screen, "down", "down", "enter")  # a link has no data to look into
        assert not screen.app.screen.query("VerticalScroll Drawn")


def asked(screen: MainScreen) -> bool:
    return shows(screen.app.screen, ReplaceDialog)


async def extract(pilot: Pilot[None], screen: MainScreen, place: str, *, tar: bool = False) -> None:
    await press(pilot, screen, "x")
    dialog = screen.app.screen
    assert shows(dialog, ExtractDialog)
    if tar:
        dialog.query_one(Choice).value = "the layer"
        await pilot.pause()
        assert dialog.query_one("#place", Input).value.endswith(".tar")
    dialog.query_one("#place", Input).value = place
    await pilot.press("enter")
    await until(pilot, lambda: screen.app.screen is screen or asked(screen))


async def test_a_directory_is_extracted_and_replaced_only_when_told_twice(shown: Any, tmp_path: Path) -> None:
    async with shown() as (pilot, screen):
        await press(pilot, screen, "c", "tab", "l", "l")
        assert screen.contents_pane.name_here.endswith(b"/bin")
        out = tmp_path / "out"
        await extract(pilot, screen, str(out))
        assert sorted(one.name for one in (out / "bin").iterdir()) == ["git", "large", "link", "same"]
        assert (out / "bin/git").read_bytes() == b"two"
        assert str((out / "bin/link").readlink()) == "git"
        (out / "bin/git").chmod(0o644)
        (out / "bin/git").write_bytes(b"mine")
        await extract(pilot, screen, str(out))
        assert asked(screen)
        await pilot.press("enter")  # the safe button has the keys
        assert not asked(screen)
        assert (out / "bin/git").read_bytes() == b"mine"
        await extract(pilot, screen, str(out))
        screen.app.screen.query_one("#replace", Button).press()
        await until(pilot, lambda: screen.app.screen is screen)
        assert (out / "bin/git").read_bytes() == b"two"
        assert [one.name for one in out.iterdir()] == ["bin"]


async def test_a_removed_file_is_extracted_as_it_was(shown: Any, tmp_path: Path) -> None:
    async with shown() as (pilot, screen):
        await press(pilot, screen, "c", "tab", "end")
        assert screen.contents_pane.name_here.endswith(b"/doc")
        await extract(pilot, screen, str(tmp_path / "out"))
        assert (tmp_path / "out/doc").read_bytes() == b"old"


async def test_a_layer_is_extracted_as_a_tar(shown: Any, tmp_path: Path) -> None:
    import tarfile

    async with shown() as (pilot, screen):
        await press(pilot, screen, "c", "tab")
        await extract(pilot, screen, str(tmp_path / "layer.tar"), tar=True)
        with tarfile.open(tmp_path / "layer.tar") as tar:
            names = [name.lstrip("/") for name in tar.getnames()]
        top = store_path("b:git-2.40")[1:]
        assert names[:3] == ["nix", "nix/store", top]
        assert f"{top}/bin/git" in names
        await extract(pilot, screen, str(tmp_path / "layer.tar"), tar=True)
        assert shows(screen.app.screen, ReplaceDialog)


async def test_where_nothing_can_be_written_it_is_told(shown: Any, tmp_path: Path) -> None:
    async with shown() as (pilot, screen):
        await press(pilot, screen, "c", "tab")
        (tmp_path / "file").write_bytes(b"")
        await extract(pilot, screen, str(tmp_path / "file" / "below"))
        assert any("file" in note.message for note in screen.app._notifications)
        assert screen.app.screen is screen


async def test_files_that_are_not_here_are_told(tmp_path: Path) -> None:
    import shutil

    subject = on_disk(tmp_path, NEW)
    shutil.rmtree(tmp_path / "nix")
    workspace = workspace_of(subject)
    app = NixdiveApp(OpenRequest(()))
    async with app.run_test(size=(120, 36)) as pilot:
        screen = MainScreen(workspace, "")
        await app.push_screen(screen)
        await press(pilot, screen, "c")
        assert "1 path not here" in text(screen, ContentsPane)
        assert "2 paths not here" in text(screen, "#waste-figures")


async def test_an_error_leaves_the_screen_usable(shown: Any, tmp_path: Path) -> None:
    async with shown() as (pilot, screen):
        os.mkfifo(tmp_path / "store" / store_path("b:git-2.40")[1:] / "pipe")
        await press(pilot, screen, "c")
        assert "a device, pipe or socket" in text(screen, ContentsPane)
        for key in ("tab", "enter", "space", "A", "C", "x", "y", "l", "h", "full_stop", "n"):
            await press(pilot, screen, key)
        table = screen.query_one(LayersPane)
        table.listing.cursor = 1 - table.listing.cursor
        await read(pilot, screen)
        assert any("lib-1" in line for line in lines(screen))


async def test_esc_stops_the_reading_and_enter_begins_again(
    shown: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from threading import Event

    from nixdive.contents.disk import DiskContents

    going = Event()
    list_ = DiskContents.entries
    async with shown(earlier=False) as (pilot, screen):

        def slow(self: DiskContents, path: Any) -> Any:
            going.wait(PATIENCE)
            return list_(self, path)

        monkeypatch.setattr(DiskContents, "entries", slow)
        await pilot.press("c", "tab")
        assert screen.contents_pane.reader.reading is not None
        assert "esc" in text(screen, ContentsPane)
        await pilot.press("escape")
        assert screen.contents_pane.reader.reading is None
        assert "not read" in text(screen, ContentsPane)
        going.set()
        await read(pilot, screen)
        assert screen.contents_pane.compared is None
        await press(pilot, screen, "enter")
        assert any("git-2.40" in line for line in lines(screen))


LIB = store_name("a", "lib-1")
ROOT = layer({"etc": None, "etc/passwd": b"root\n", "etc/old": b"old"})
UPPER = layer({"etc/passwd": b"toor\n", "etc/.wh.old": b""})


async def test_an_image_with_whiteouts(tmp_path: Path) -> None:
    place = docker_archive(tmp_path / "x.tar", {"x:1": (ROOT, store_layer((LIB, {"x": b"1"})), UPPER)})

    from tests.ui.conftest import opened

    app = NixdiveApp(OpenRequest((str(place),)))
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await opened(pilot)
        await press(pilot, screen, "1", "end", "c")
        shown = [line.split() for line in lines(screen)]
        assert [(words[3], words[-1]) for words in shown] == [("M", "etc"), ("R", "old"), ("M", "passwd")]
        waste = text(screen, "#waste")
        assert "/etc/passwd" in waste
        assert "2 files" in waste
        assert "reclaimable 8 B" in text(screen, "#waste-figures")
        await press(pilot, screen, "1", "tab", "enter")
        assert screen.contents_pane.listing.has_focus
        assert here(screen) == b"/etc/passwd"
        assert screen.selection.layer == 0
        await press(pilot, screen, "1", "end")
        await press(pilot, screen, "tab", "end")
        assert "in layer 1   modified by layer 3" in text(screen, "#file-details")


async def test_the_demo_shows_every_layer(demo: Any) -> None:
    async with demo(max_layers=6) as (pilot, screen):
        await press(pilot, screen, "1", "home", "c")
        for _ in screen.workspace.priced.plan.layers:
            assert screen.contents_pane.count > 1
            await press(pilot, screen, "down")
        await press(pilot, screen, "w")
        assert screen.query_one("#tabs", ContentSwitcher).current == "why"


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (60, 16), (160, 48)])
async def test_it_fits_every_screen(shown: Any, size: tuple[int, int]) -> None:
    async with shown(size) as (pilot, screen):
        await press(pilot, screen, "c")
        assert screen.contents_pane.display
        if size[0] < 80:
            assert screen.contents_pane.listing.has_focus  # there is room for one side only
        assert "git-2.40" in text(screen, ContentsPane)
        for which in ("#contents", "#compare-line", "#layers"):
            width = screen.query_one(which).size.width
            if width:
                assert all(len(line) <= width for line in text(screen, which).splitlines()[1:])
        await press(pilot, screen, "2", "v")
        assert isinstance(screen.query_one(ClosurePane), ClosurePane)
        await settled(pilot, screen)


async def test_details_tell_what_a_file_differs_in(tmp_path: Path) -> None:
    old, new = store_path("c:libcurl-7"), store_path("d:libcurl-7")
    before = {"a:git-1": {"bin/git": f"needs {old}/lib".encode()}, "c:libcurl-7": {"x": b"1"}}
    after = {"b:git-1": {"bin/git": f"needs {new}/lib".encode()}, "d:libcurl-7": {"x": b"2"}}
    workspace = workspace_of(on_disk(tmp_path, after), on_disk(tmp_path, before))
    app = NixdiveApp(OpenRequest(()))
    async with app.run_test(size=(120, 36)) as pilot:
        screen = MainScreen(workspace, "")
        await app.push_screen(screen)
        screen.query_one(LayersPane).listing.cursor = workspace.priced.plan.layer_of()[store_path("b:git-1")]
        await press(pilot, screen, "c", "end")
        assert here(screen).endswith(b"/git")
        assert "differs in 1 place: the store path of libcurl-7" in text(screen, "#file-details")


async def test_the_target_of_a_link_keeps_both_its_ends(tmp_path: Path) -> None:
    target = f"../{'far/' * 40}away/libc.so.6"
    workspace = workspace_of(on_disk(tmp_path, {"a:app-1": {"lib/short": "libc.so", "lib/x": target}}))
    app = NixdiveApp(OpenRequest(()))
    async with app.run_test(size=(120, 36)) as pilot:
        screen = MainScreen(workspace, "")
        await app.push_screen(screen)
        await press(pilot, screen, "c", "end")
        assert here(screen).endswith(b"/x")
        long = next(line for line in text(screen, "#file-details").splitlines() if "→" in line)
        assert long.strip().startswith("→ ../far/far/")
        assert long.rstrip().endswith("…/libc.so.6")
        await press(pilot, screen, "up")
        assert "   → libc.so" in text(screen, "#file-details")


async def test_the_mouse_opens_and_closes(shown: Any) -> None:
    async with shown() as (pilot, screen):
        await press(pilot, screen, "c")
        count = screen.contents_pane.count
        await pilot.click(ContentsPane, offset=(30, 3))
        await read(pilot, screen)
        assert screen.contents_pane.listing.cursor == 1
        await pilot.click(ContentsPane, offset=(30, 2), times=2)
        await read(pilot, screen)
        assert screen.contents_pane.count < count
        await pilot.click("#compare-line", offset=(9, 0))
        assert Change.ADDED not in screen.contents_pane.branches.kinds


async def test_the_palette_extracts_from_any_tab(shown: Any) -> None:
    async with shown() as (pilot, screen):
        await press(pilot, screen, "ctrl+p")
        await pilot.press(*"extract the file", "enter")
        await until(pilot, lambda: shows(screen.app.screen, ExtractDialog))
        await pilot.press("escape")
        assert screen.files.shown


async def test_names_that_look_like_markup_are_titles_too(tmp_path: Path) -> None:
    workspace = workspace_of(
        on_disk(tmp_path, {"a:app-1": {"bin/[": b"1", "bin/[b]x": b"2", "lib/[/x]": b"3"}})
    )
    app = NixdiveApp(OpenRequest(()))
    async with app.run_test(size=(120, 36)) as pilot:
        screen = MainScreen(workspace, "")
        await app.push_screen(screen)
        await press(pilot, screen, "c", "tab", "end")
        for _ in range(screen.contents_pane.count - 3):
            await press(pilot, screen, "enter", "escape", "up")
        await extract(pilot, screen, str(tmp_path / "out"))
        assert (tmp_path / "out").is_dir()


async def test_a_reading_that_fails_unforeseen_is_told(shown: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from nixdive.contents.disk import DiskContents

    def fail(*_: object) -> None:
        raise RuntimeError("nobody knows why")

    async with shown(earlier=False) as (pilot, screen):
        monkeypatch.setattr(DiskContents, "entries", fail)
        await pilot.press("c")
        await until(pilot, lambda: screen.contents_pane.reader.error is not None)
        assert screen.contents_pane.reader.reading is None
        assert "nobody knows why" in text(screen, ContentsPane)
