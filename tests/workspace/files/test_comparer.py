from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from nixdive.contents.difference import Change
from nixdive.errors import Cancelled, UnreadablePathError
from nixdive.layering.planner import Planner
from nixdive.layering.request import Pin, PlanRequest
from nixdive.opening.open import open_demo, open_subject
from nixdive.progress import NullProgress
from nixdive.ui.jobs import Meter
from nixdive.workspace.files.comparer import FileComparer
from nixdive.workspace.files.comparison import Comparison
from nixdive.workspace.pricer import Pricer
from nixdive.workspace.workspace import Workspace
from tests import openssl
from tests.opening.images import docker_archive, layer, store_layer, store_name
from tests.workspaces import baseline_of, on_disk, store_path, workspace_after, workspace_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nixdive.layering.plan import LayerPlan
    from nixdive.workspace.files.comparison import Compared

NONE = NullProgress()
OLD: Mapping[str, Mapping[str, bytes | str]] = {
    "a:git-2.39": {"bin/git": b"one", "bin/same": b"same", "bin/link": "git", "share/doc": b"old"},
    "c:lib-1": {"lib.so": b"library"},
    "d:gone-1": {"x": b"gone"},
}
NEW: Mapping[str, Mapping[str, bytes | str]] = {
    "b:git-2.40": {"bin/git": b"two", "bin/same": b"same", "bin/link": "same", "bin/new": b"more"},
    "c:lib-1": {"lib.so": b"library"},
    "f:fresh-1": {"y": b"fresh"},
}


def layer_of(plan: LayerPlan, name: str) -> int:
    return plan.layer_of()[store_path(name)]


def changes(compared: Compared, below: str) -> dict[str, str]:
    top = store_path(below).encode()
    return {
        name[len(top) :].decode(): one.change.value
        for name, one in compared.listing.found.items()
        if name.startswith(top)
    }


def compare(workspace: Workspace, name: str, comparison: Comparison | None = None) -> Compared:
    plan = workspace.priced.plan
    return FileComparer(workspace).compare(plan, layer_of(plan, name), comparison or Comparison(), NONE)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return workspace_of(on_disk(tmp_path, NEW), on_disk(tmp_path, OLD))


def test_a_path_is_compared_with_the_one_of_its_package(workspace: Workspace) -> None:
    compared = compare(workspace, "b:git-2.40")
    assert compared.against == "app:1"
    assert changes(compared, "b:git-2.40") == {
        "": "modified",
        "/bin": "modified",
        "/bin/git": "modified",  # of the same size: its data were read
        "/bin/same": "unmodified",
        "/bin/link": "modified",
        "/bin/new": "added",
        "/share": "removed",
        "/share/doc": "removed",
    }
    top, old = store_path("b:git-2.40").encode(), store_path("a:git-2.39").encode()
    assert compared.olds == {top: old}
    file = compared.open(top + b"/share/doc")
    assert file is not None
    with file:
        assert file.read() == b"old"


def test_paths_that_stay_are_not_read_and_new_ones_are_added(workspace: Workspace) -> None:
    assert set(changes(compare(workspace, "c:lib-1"), "c:lib-1").values()) == {"unmodified"}
    assert set(changes(compare(workspace, "f:fresh-1"), "f:fresh-1").values()) == {"added"}


def test_what_is_gone_is_shown_in_one_layer(workspace: Workspace) -> None:
    plan, source = workspace.priced.plan, FileComparer(workspace)
    found = [
        changes(source.compare(plan, i, Comparison(), NONE), "d:gone-1") for i in range(len(plan.layers))
    ]
    assert [one for one in found if one] == [{"": "removed", "/x": "removed"}]
    whole = source.compare(plan, len(plan.layers) - 1, Comparison(whole=True), NONE)
    assert changes(whole, "d:gone-1") == {"": "removed", "/x": "removed"}
    assert changes(whole, "b:git-2.40")["/bin/git"] == "modified"


def test_without_the_files_of_the_baseline_it_is_the_layers_below(tmp_path: Path) -> None:
    old = on_disk(tmp_path / "old", OLD)
    shutil.rmtree(tmp_path / "old")
    compared = compare(workspace_of(on_disk(tmp_path, NEW), old), "b:git-2.40")
    assert compared.against is None
    assert set(changes(compared, "b:git-2.40").values()) == {"added"}


def test_a_layer_below_another_one_has_only_the_store_in_common_with_it(tmp_path: Path) -> None:
    workspace = workspace_of(on_disk(tmp_path, NEW))
    plan, source = workspace.priced.plan, FileComparer(workspace)
    second = source.compare(plan, 1, Comparison(), NONE)
    assert second.listing.found[b"/nix"].change is Change.MODIFIED
    assert {one.change for name, one in second.listing.found.items() if name.count(b"/") > 2} == {
        Change.ADDED
    }
    every = source.compare(plan, 2, Comparison(whole=True), NONE)
    low = source.compare(plan, 2, Comparison(start=0), NONE)
    assert {n: d.change for n, d in every.listing.found.items()} == {
        n: d.change for n, d in low.listing.found.items()
    }
    kept = plan.layers[0].paths[0].encode()
    assert every.listing.found[kept].change is Change.UNMODIFIED


def test_missing_files_are_counted_and_the_rest_is_shown(tmp_path: Path) -> None:
    subject = on_disk(tmp_path, NEW)
    shutil.rmtree(tmp_path / store_path("b:git-2.40")[1:])
    compared = compare(workspace_of(subject), "b:git-2.40")
    assert compared.missing == 1
    assert set(compared.listing.found) == {b"/nix", b"/nix/store"}


def test_what_cannot_be_listed_is_told(tmp_path: Path) -> None:
    import os

    subject = on_disk(tmp_path, NEW)
    os.mkfifo(tmp_path / store_path("f:fresh-1")[1:] / "pipe")
    with pytest.raises(UnreadablePathError, match="pipe"):
        compare(workspace_of(subject), "f:fresh-1")


def test_it_stops_when_nobody_wants_it(workspace: Workspace) -> None:
    meter = Meter()
    meter.stop()
    with pytest.raises(Cancelled):
        FileComparer(workspace).compare(workspace.priced.plan, 0, Comparison(), meter)


def test_what_was_compared_is_known(workspace: Workspace) -> None:
    plan, source = workspace.priced.plan, FileComparer(workspace)
    assert source.known(plan, 1, Comparison()) is None
    made = source.compare(plan, 1, Comparison(), NONE)
    assert source.known(plan, 1, Comparison()) is made
    assert source.known(plan, 1, Comparison(whole=True)) is None


LIB, APP, APP2 = store_name("a", "lib-1"), store_name("b", "app-2"), store_name("c", "app-3")
ROOT = layer({"etc": None, "etc/passwd": b"root\n", "etc/old": b"old", "tmp": None, "tmp/x": b"1234"})
CHANGES = layer({"etc/passwd": b"toor\n", "etc/.wh.old": b"", "tmp/.wh..wh..opq": b"", "tmp/y": b"1"})
LOW = store_layer((LIB, {"x": b"1"}))


def image(place: Path, *layers: bytes) -> Workspace:
    return workspace_of(open_subject([str(docker_archive(place, {"x:1": layers}))]), strategy="keep")


def test_whiteouts_of_an_image_take_away(tmp_path: Path) -> None:
    workspace = image(tmp_path / "x.tar", ROOT, LOW, CHANGES)
    compared = FileComparer(workspace).compare(workspace.priced.plan, 2, Comparison(), NONE)
    assert {name.decode(): one.change.value for name, one in compared.listing.found.items()} == {
        "/etc": "modified",
        "/etc/passwd": "modified",
        "/etc/old": "removed",
        "/tmp": "modified",
        "/tmp/x": "removed",
        "/tmp/y": "added",
    }
    file = compared.open(b"/etc/old")
    assert file is not None
    assert file.read() == b"old"


def test_waste_and_history_of_an_image(tmp_path: Path) -> None:
    workspace = image(tmp_path / "x.tar", ROOT, LOW, CHANGES)
    source, plan = FileComparer(workspace), workspace.priced.plan
    waste = source.waste(plan, NONE)
    assert {file.path: file.size for file in waste.hidden} == {
        b"/etc/passwd": 5,
        b"/etc/old": 3,
        b"/tmp/x": 4,
    }
    assert waste.reclaimable == 12
    assert waste.figures.score < 1
    assert source.waste(plan, NONE) is waste
    steps = source.steps(plan, b"/etc/passwd", NONE)
    assert [(step.layer, step.change) for step in steps] == [(0, Change.ADDED), (2, Change.MODIFIED)]
    inside = source.steps(plan, f"/nix/store/{LIB}/x".encode(), NONE)
    assert [(step.layer, step.change) for step in inside] == [(1, Change.ADDED)]


def test_an_image_against_an_image_by_packages_and_by_names(tmp_path: Path) -> None:
    etc = layer({"etc": None, "etc/passwd": b"me\n"})
    old = (ROOT, store_layer((APP, {"y": b"1", "z": b"z"})))
    new = (etc, store_layer((APP2, {"y": b"2", "z": b"z"})))
    before = open_subject([str(docker_archive(tmp_path / "1.tar", {"x:1": old}))])
    after = open_subject([str(docker_archive(tmp_path / "2.tar", {"x:2": new}))])
    workspace = workspace_of(after, before, strategy="keep")
    source, plan = FileComparer(workspace), workspace.priced.plan
    top = f"/nix/store/{APP2}"
    found = source.compare(plan, 1, Comparison(), NONE).listing.found
    assert found[f"{top}/y".encode()].change is Change.MODIFIED
    assert found[f"{top}/z".encode()].change is Change.UNMODIFIED
    found = source.compare(plan, 0, Comparison(), NONE).listing.found
    assert {name: one.change for name, one in found.items()} == {
        b"/etc": Change.MODIFIED,
        b"/etc/passwd": Change.MODIFIED,
        b"/etc/old": Change.REMOVED,
        b"/tmp": Change.REMOVED,
        b"/tmp/x": Change.REMOVED,
    }


def test_the_demo_has_all_its_files_and_its_links() -> None:
    workspace = workspace_of(open_demo())
    source, plan = FileComparer(workspace), workspace.priced.plan
    whole = source.compare(plan, len(plan.layers) - 1, Comparison(whole=True), NONE)
    tops = {name.count(b"/") for name in whole.listing.found}
    assert max(tops) > 4
    assert all(path.encode() in whole.listing.found for path in plan.layer_of())
    assert whole.missing == 0
    last = source.compare(plan, len(plan.layers) - 1, Comparison(), NONE)
    assert any(not name.startswith(b"/nix") for name in last.listing.found)


def test_an_image_whose_layers_were_not_read_is_read_for_it(tmp_path: Path) -> None:
    old, new = store_layer((APP, {"y": b"1", "z": b"z"})), store_layer((APP2, {"y": b"2", "z": b"z"}))
    before = open_subject([str(docker_archive(tmp_path / "1.tar", {"x:1": (old,)}))])
    after = open_subject([str(docker_archive(tmp_path / "2.tar", {"x:2": (new,)}))])
    workspace = workspace_of(after, before, strategy="keep")
    assert workspace.baseline is not None
    assert before.base is not None
    last = replace(workspace.baseline.last, subject=None, stored=before.base.stored)
    compared = FileComparer(workspace_after(workspace, last)).compare(
        workspace.priced.plan, 0, Comparison(), NONE
    )
    assert compared.against == "app:1"
    assert compared.listing.found[f"/nix/store/{APP2}/y".encode()].change is Change.MODIFIED
    assert compared.listing.found[f"/nix/store/{APP2}/z".encode()].change is Change.UNMODIFIED
    # of an image in a registry only what happens to be on the disk is here
    compared = FileComparer(workspace_after(workspace, replace(last, stored=None))).compare(
        workspace.priced.plan, 0, Comparison(), NONE
    )
    assert compared.against is None


@openssl.ORDERS
def test_the_newest_is_compared_with_the_newest(order: str, tmp_path: Path) -> None:
    older, old = (f"{letter}:{path.name}" for letter, path in zip(order, openssl.olds(order), strict=True))
    earlier = on_disk(tmp_path, {older: {"lib": b"1.1"}, old: {"lib": b"3.0"}})
    now = on_disk(tmp_path, {"c:openssl-3.0.15": {"lib": b"3.0"}})
    workspace = workspace_of(now, earlier)
    compared = compare(workspace, "c:openssl-3.0.15")
    assert compared.olds == {openssl.NEW.encode(): store_path(old).encode()}
    assert changes(compared, "c:openssl-3.0.15") == {"": "unmodified", "/lib": "unmodified"}
    assert set(changes(compared, older).values()) == {"removed"}


def test_what_is_gone_is_shown_where_its_neighbours_went(tmp_path: Path) -> None:
    """Where those of git went, with whom it lay in a layer; in the topmost layer where it lay alone."""
    now, earlier = on_disk(tmp_path, NEW), on_disk(tmp_path, OLD)
    request = PlanRequest("single", 20, (Pin("git", "git"), Pin("lib", "lib")))
    for pins, home in ((("git", "gone"), 0), (("lib", "gone"), 1), (("gone",), 2)):
        asked = PlanRequest("single", 20, tuple(Pin(package, "together") for package in pins))
        baseline = baseline_of(earlier.closure, asked, "app:1", earlier)
        source = FileComparer(Workspace(now, Pricer(Planner(now.closure), baseline), request))
        plan = Planner(now.closure).solve(request)
        assert [
            i
            for i in range(len(plan.layers))
            if changes(source.compare(plan, i, Comparison(), NONE), "d:gone-1")
        ] == [home]
