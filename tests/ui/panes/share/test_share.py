"""The share tab: other images, what is shared with them, and the keys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input

from nixdive.layering.fleet.sharing import sharing
from nixdive.layering.planner import Planner
from nixdive.layering.request import Pin, PlanRequest
from nixdive.opening.open import open_demo, open_subject
from nixdive.sizes import signed
from nixdive.ui.app import NixdiveApp
from nixdive.ui.dialogs.other_image import OtherImageDialog
from nixdive.ui.draw.line import plain, width
from nixdive.ui.draw.lists import Said
from nixdive.ui.panes.layers.pane import LayersPane
from nixdive.ui.panes.share.pane import SharePane
from nixdive.ui.panes.share.rows import Apart, SharedLayer, entries, row
from nixdive.workspace.open import OpenRequest, open_workspace
from nixdive.workspace.options import PlanOptions
from nixdive.workspace.others import Listed, Other, registry, share, together
from nixdive.workspace.pricer import Pricer
from tests.remote.registry_here import RegistryHere
from tests.ui.conftest import notes, opened, press, settled, text, until, wait_for
from tests.workspace.figures import pushed

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.opening.subject import Subject


@pytest.fixture
def other_file(tmp_path: Path) -> Path:
    """A closure file: what the demo's musl and lua need, and an application of its own."""
    closure = open_demo().closure
    taken = [i for i, path in enumerate(closure.paths) if path.package in {"musl", "lua"}]
    for i in taken:
        taken += [below for below in closure.references[i] if below not in taken]
    rows = [
        {
            "path": closure.paths[i],
            "narSize": closure.nar_sizes[i],
            "references": [closure.paths[to] for to in closure.references[i]],
        }
        for i in taken
    ]
    rows.append(
        {
            "path": f"/nix/store/{'z' * 32}-other-1",
            "narSize": 5000,
            "references": [row["path"] for row in rows],
        }
    )
    file = tmp_path / "other.json"
    file.write_text(json.dumps(rows))
    return file


def other_of(file: Path) -> Other:
    subject = open_subject([str(file)])
    return Other(str(file), subject, Planner(subject.closure, subject.frame))


def test_what_is_shared_follows_the_plan(other_file: Path) -> None:
    subject, other = open_demo(), other_of(other_file)
    planner = Planner(subject.closure, subject.frame)
    each = planner.solve(PlanRequest("each", 60))
    (found,) = share(subject, each, [other])
    assert found.now is not None
    assert found.now.common == sum(other.subject.closure.nar_sizes) - 5000
    assert found.now.apart == ()
    assert found.now.pull == sum(one.nar_size for one in each.layers) - found.now.common
    single = planner.solve(PlanRequest("single", 60))
    (found,) = share(subject, single, [other])
    assert found.now is not None
    assert found.now.layers == ()
    assert len(found.now.apart) == len(other.subject.closure) - 1
    pinned = planner.solve(PlanRequest("single", 60, (Pin("musl", "libc"),)))
    (found,) = share(subject, pinned, [other])
    assert found.now is not None
    assert [pinned.layers[here].pin for here, _ in found.now.layers] == ["libc"]


def test_planned_together_is_no_larger(other_file: Path) -> None:
    subject, other = open_demo(), other_of(other_file)
    plan = Planner(subject.closure, subject.frame).solve(PlanRequest("churn", 20))
    joint = together(subject, plan, [other])
    (found,) = share(subject, plan, [other])
    assert found.plan is not None
    assert found.now is not None
    assert joint.cause == ""
    assert joint.registry <= registry([plan, found.plan])
    assert (joint.pulls[0] or 0) <= sum(layer.nar_size for layer in plan.layers)
    refused = together(subject, Planner(subject.closure).solve(PlanRequest("single", 1)), [other])
    assert "budget 1" in refused.cause


def test_what_cannot_be_laid_out_is_said(other_file: Path) -> None:
    subject, opened_other = open_demo(), other_of(other_file).subject
    # with a layer of links at the root it needs two layers
    other = Other("o", opened_other, Planner(opened_other.closure, subject.frame))
    priced = Pricer(Planner(subject.closure), None).plan(PlanRequest("single", 1))
    (found,) = share(subject, priced.plan, [other])
    assert found.now is None
    assert "budget 1" in found.cause
    rows = entries(subject.closure, priced, [found], None, 0)
    text = "\n".join(plain(row(subject.closure, priced, one, 58, chosen=False)) for one in rows)
    assert "cannot be laid out" in text
    assert found.cause in text


def lines_of(subject: Subject, other: Other, cells: int) -> list[str]:
    planner = Planner(subject.closure, subject.frame)
    priced = Pricer(planner, None).plan(PlanRequest("churn", 20))
    found = share(subject, priced.plan, [other])
    joint = together(subject, priced.plan, [other])
    rows = entries(subject.closure, priced, found, joint, 0)
    drawn = [row(subject.closure, priced, one, cells, chosen=False) for one in rows]
    assert all(
        width(line) <= cells for line, one in zip(drawn, rows, strict=True) if not isinstance(one, Said)
    )
    return [plain(line) for line in drawn]


def test_rows_tell_layers_and_paths(other_file: Path) -> None:
    lines = lines_of(open_demo(), other_of(other_file), 58)
    assert lines[0].startswith(" other:1")
    assert any("Layers shared with other:1" in line for line in lines)
    assert any("In both, in different layers" in line for line in lines)
    assert any("joint" in line for line in lines)
    lines_of(open_demo(), other_of(other_file), 41)


def test_an_image_in_a_registry_is_shared_with_by_its_documents(other_file: Path) -> None:
    subject, file = open_demo(), other_of(other_file)
    planner = Planner(subject.closure, subject.frame)
    priced = Pricer(planner, None).plan(PlanRequest("each", 60))
    theirs = file.planner.solve(PlanRequest("each", 60))
    history = [{"comment": f"store paths: {list(layer.paths)}"} for layer in theirs.layers]
    with RegistryHere() as here:
        layers = [b"%d" % i for i in range(len(theirs.layers))]
        here.add_image("other:1", layers, {"history": history})
        (read,) = open_workspace(OpenRequest((), demo=True, others=(here.url("other:1"),))).others
        assert [one.method for one in here.log] == ["GET", "GET"]  # manifest and config, and no layer
    assert isinstance(read, Listed)
    (found,) = share(subject, priced.plan, [read])
    (expected,) = share(subject, priced.plan, [file])
    assert (found.paths, found.size, found.now) == (expected.paths, None, expected.now)
    joint = together(subject, priced.plan, [read])
    assert joint.pulls == ()
    both = together(subject, priced.plan, [read, file])
    alone = together(subject, priced.plan, [file])
    assert (both.pulls, both.registry) == ((None, *alone.pulls), alone.registry)
    rows = [
        plain(row(subject.closure, priced, one, 70, chosen=False))
        for one in entries(subject.closure, priced, [found], joint, 0)
    ]
    assert "   ?" in rows[0]
    assert any("without 1 image of which no layer was read" in line for line in rows)
    assert any("only images whose layers were read are planned together" in line for line in rows)


async def looked(pilot: Any, pane: SharePane) -> None:
    await until(pilot, lambda: pane.joint is not None)


async def test_the_tab_shows_others_and_leads_to_layers_and_paths(other_file: Path) -> None:
    named = OpenRequest(
        (),
        PlanOptions(max_layers=20),
        demo=True,
        others=(str(other_file), "/nowhere", str(other_file)),
    )
    app = NixdiveApp(named)
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        screen = await opened(pilot)
        await pilot.pause()
        assert [n.message.split(":")[0] for n in app._notifications] == ["/nowhere"]
        screen.browsing.tab("share")
        pane = screen.query_one(SharePane)
        await looked(pilot, pane)
        assert [one.name for one in pane.shared] == ["other:1", "other:1"]
        closure = screen.workspace.subject.closure
        sizes = dict(zip(closure.paths, closure.nar_sizes, strict=True))
        assert pane.shared[0].plan is not None
        assert pane.shared[0].now == sharing(screen.workspace.priced.plan, pane.shared[0].plan, sizes)
        await pilot.press("n")
        assert pane.listing.cursor == 1
        await pilot.press("N", "enter")
        entry = pane.entries[pane.listing.cursor]
        assert isinstance(entry, SharedLayer | Apart)
        layers = [(i, one) for i, one in enumerate(pane.entries) if isinstance(one, SharedLayer)]
        for place, shown in layers[-1:]:
            pane.listing.cursor = place
            await pilot.press("enter")
            await pilot.pause()
            assert screen.query_one(LayersPane).listing.cursor == shown.here
        apart = [(i, one) for i, one in enumerate(pane.entries) if isinstance(one, Apart)]
        place, path = apart[0]
        pane.listing.cursor = place
        await pilot.pause()
        assert screen.selection.path == path.path, "keys about a path work here"
        before = pane.shared
        await pilot.press("right_square_bracket")
        await settled(pilot, screen)
        await until(pilot, lambda: pane.shared is not before and pane.joint is not None)
        there = pane.shared[0].plan
        assert there is not None
        assert pane.shared[0].now == sharing(screen.workspace.priced.plan, there, sizes)
        pane.listing.cursor = next(i for i, one in enumerate(pane.entries) if isinstance(one, Apart))
        await pilot.press("enter")
        await pilot.pause()
        assert screen.closure_pane.listing.has_focus


async def test_without_others_the_tab_says_how_to_name_them(demo: Any) -> None:
    async with demo() as (pilot, screen):
        screen.browsing.tab("share")
        await pilot.pause()
        screen.query_one(SharePane)
        assert "--with INPUT" in text(screen, SharePane)


async def test_an_image_is_added_on_the_screen_and_its_joint_layers_are_taken_on(
    demo: Any, other_file: Path
) -> None:
    async with demo() as (pilot, screen):
        screen.browsing.tab("share")
        await pilot.pause()
        pane = screen.share_pane
        assert "+ adds another image" in text(screen, "#share")
        await pilot.press("T")
        assert "no other image" in text(screen, "#edit")
        await pilot.press("plus")
        dialog = await wait_for(pilot, OtherImageDialog)
        dialog.query_one(Input).value = str(other_file)
        await pilot.press("enter")
        await until(pilot, lambda: pane.joint is not None)
        before, joint = screen.workspace.priced, pane.joint
        assert [one.name for one in pane.shared] == ["other:1"]
        await pilot.press("T")
        await until(pilot, lambda: screen.workspace.shown.at == 1)
        assert screen.workspace.priced.plan.stored == joint.layers
        assert "joint layers with other:1" in text(screen, "#edit")
        after = screen.workspace.priced
        assert signed(pushed(after) - pushed(before)) in text(screen, "#edit")
        await until(pilot, lambda: pane.joint is not None and pane.joint is not joint)
        assert pane.joint.push == 0, "nothing of the joint plan is new any more"
        await press(pilot, screen, "z")
        assert screen.workspace.priced.plan.layers == before.plan.layers


async def test_an_image_that_cannot_be_opened_says_why(demo: Any, tmp_path: Path) -> None:
    async with demo() as (pilot, screen):
        screen.browsing.tab("share")
        await pilot.press("plus")
        dialog = await wait_for(pilot, OtherImageDialog)
        await pilot.press("enter")
        assert pilot.app.screen is dialog.screen
        dialog.query_one(Input).value = str(tmp_path / "nothing.tar")
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert "nothing.tar" in notes(pilot.app)
        assert not screen.workspace.others
