"""Images that the form writes into registries and engines: progress by blob, what is skipped, the receipt."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input

from nixdive.remote.shipping import BlobOnItsWay, Fate
from nixdive.ui.dialogs.working import WorkingDialog
from nixdive.ui.dialogs.write import WriteDialog
from nixdive.ui.dialogs.writing import LAYERS, blobs_at_work
from nixdive.ui.dialogs.written import WrittenDialog, facts
from nixdive.ui.draw.line import plain
from nixdive.workspace.targets import IMAGES, look, renamed
from tests.patience import PATIENCE
from tests.remote.conftest import own_home
from tests.remote.registry_here import Faults, RegistryHere
from tests.ui.conftest import notes, press, text, until, wait_for

if TYPE_CHECKING:
    from tests.remote.registry_here import Request

__all__ = ["own_home"]

pytestmark = pytest.mark.usefixtures("in_folder")


async def write_to(pilot: Any, target: str) -> WriteDialog:
    """Open the form, and name the target."""
    await pilot.press("ctrl+s")
    form: WriteDialog = await wait_for(pilot, WriteDialog)
    form.query_one("#target", Input).value = target
    await pilot.pause()
    return form


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_an_image_goes_into_a_registry_and_what_it_has_is_skipped(
    demo: Any, size: tuple[int, int]
) -> None:
    async with demo(size) as (pilot, screen):
        with RegistryHere() as here:
            target = f"docker://{here.host}/team/shop:2"
            form = await write_to(pilot, target)
            assert f"a tag in {here.host}" in str(form.query_one("#place").render())
            assert not form.query_one("#of-format").display
            await pilot.press("enter")
            done = await wait_for(pilot, WrittenDialog)
            (_, manifest) = here.store.manifests["team/shop"]["2"]
            layers = json.loads(manifest)["layers"]
            assert len(layers) == 20
            shown = "\n".join(plain(line) for line in done._draw_facts(100, 9))
            assert target in shown
            assert "20 sent, 0 were there" in shown
            assert done._outcome.image.manifest_digest.removeprefix("sha256:") in shown
            await pilot.press("1")
            assert pilot.app.clipboard == f"docker pull {here.host}/team/shop:2"
            assert not done.query("#verify")
            assert done.keys_text == "enter 1 2 3 copy   Y digest   esc close"
            in_engine = replace(done._outcome.image, manifest_digest="", pushed=None)
            labels = [plain(line).split()[:1] for line in facts(in_engine, None, "", size[0] - 20)]
            assert ["image"] in labels
            assert ["manifest"] not in labels, "an engine makes its own"
            await pilot.press("escape")
            assert "not written" not in text(screen, "#title")

            await press(pilot, screen, "right_square_bracket")
            await pilot.press("ctrl+s")
            again = await wait_for(pilot, WriteDialog)
            assert again.query_one("#target", Input).value == target, "where the last one went"
            again.query_one("#target", Input).value = target.replace(":2", ":3")
            await pilot.press("enter")
            done = await wait_for(pilot, WrittenDialog)
            sent = done._outcome.image.pushed
            (_, manifest) = here.store.manifests["team/shop"]["3"]
            now = {layer["digest"] for layer in json.loads(manifest)["layers"]}
            had = {layer["digest"] for layer in layers}
            assert sent is not None
            assert (sent.there, sent.sent) == (len(now & had), len(now - had))
            shown = "\n".join(plain(line) for line in done._draw_facts(100, 9))
            assert f"{len(now - had)} sent, {len(now & had)} were there" in shown


async def test_blobs_are_shown_while_they_are_sent_and_a_cancelled_push_leaves_the_tag(demo: Any) -> None:
    held = threading.Event()

    def waits(request: Request) -> None:
        if request.method in {"PUT", "PATCH"}:
            held.wait(PATIENCE)

    async with demo() as (pilot, screen):
        with RegistryHere() as here:
            here.faults = Faults(answer=waits)
            await write_to(pilot, f"docker://{here.host}/team/shop:2")
            await pilot.press("enter")
            try:
                dialog = await wait_for(pilot, WorkingDialog)
                wanted = {"at work", "Blob", "sha256:"}  # a digest is known once the blob is made
                await until(pilot, lambda: all(one in text(dialog, "Drawn") for one in wanted))
                assert "The tag names the image once" in str(dialog._note.render())
                await pilot.press("escape")
            finally:
                held.set()
            await until(pilot, lambda: pilot.app.screen is screen)
            assert "Cancelled" in notes(pilot.app)
            assert not here.store.manifests["team/shop"]


async def test_a_registry_that_refuses_says_why(demo: Any) -> None:
    async with demo() as (pilot, screen):
        with RegistryHere() as here:
            here.faults = Faults(answer=lambda _: (403, {}, b"{}"))
            await write_to(pilot, f"docker://{here.host}/team/shop:2")
            await pilot.press("enter")
            await until(pilot, lambda: pilot.app.screen is screen)
            assert here.host in notes(pilot.app)


def test_a_place_that_is_no_file_is_looked_at_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert look("docker://host.example/name:1", "hybrid")[:2] == ("a tag in host.example", False)
    assert look("docker://host.example/name:1", "JSON").wrong
    assert look("docker://host.example/name:a b", "hybrid").wrong
    assert "tag" in look(f"docker://host.example/name@sha256:{'0' * 64}", "oci").words
    for found, wrong in (("/bin/skopeo", False), (None, True)):
        monkeypatch.setattr("shutil.which", lambda _, found=found: found)
        assert look("docker-daemon:name:1", "hybrid").wrong is wrong
        assert look("containers-storage:name:1", "hybrid").wrong is wrong
    for before in IMAGES:
        for after in (*IMAGES, "JSON"):
            assert (
                renamed("docker://host.example/name:1", "name:1", before, after)
                == "docker://host.example/name:1"
            )


@pytest.mark.parametrize("width", [30, 74, 100])
def test_every_blob_is_counted_once(width: int) -> None:
    fates = [*[Fate.THERE] * 3, Fate.MOUNTED, *[Fate.SENT] * 4, *[Fate.SENDING] * 2, *[Fate.WAITING] * 5]
    blobs = [BlobOnItsWay(f"sha256:{i:064}", 100, 50, fate) for i, fate in enumerate(fates)]
    lines = [plain(line) for line in blobs_at_work(blobs, width)]
    assert lines[-1] == "4 sent   2 at work   5 waiting   3 there already   1 mounted"
    assert len(lines) == LAYERS + 3
    assert sum(" 50%" in line for line in lines) == 2
    assert sum("✓ sent" in line for line in lines) == LAYERS - 2
    assert max(map(len, lines[:-1])) <= max(width, 45)
