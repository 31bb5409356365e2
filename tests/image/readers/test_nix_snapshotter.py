from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.image.layouts import AMD64, Layout
from tests.image.made import layer
from tests.program import run
from tests.remote.registry_here import RegistryHere

if TYPE_CHECKING:
    from collections.abc import Sequence

CLOSURE = Path(__file__).parents[2] / "data/closures/debstore-redis-v1.path-info.json.gz"
OWN = "containerd.io/snapshot/nix-"
PATHS = [f"/nix/store/{digit * 32}-{name}-1" for digit, name in zip("0123", "abcd", strict=True)]


def mounted(*paths: str, first: int = 0) -> dict[str, str]:
    notes = {f"{OWN}store-path.{number}": path for number, path in enumerate(paths, first)}
    return {f"{OWN}layer": "true", "kept": "yes"} | notes


def made(place: Path, history: Sequence[dict[str, str]] = ()) -> Path:
    """Files of its own below, and two layers with store paths from a store; the upper one repeats one."""
    layout = Layout(place)
    tars = [layer("etc/", "etc/a=x"), *(layer(*(f"{path[1:]}/" for path in PATHS)) for _ in range(2))]
    # more than ten, so that their order as numbers is not the one as text
    many = mounted(*[f"/nix/store/{'4' * 32}-n{number}-1" for number in range(12)], first=2)
    notes = [mounted(*PATHS[:2]) | many, mounted(*PATHS[1:])]
    layout.list(layout.image(*tars, noted=notes, platform={**AMD64, "history": list(history)}))
    return place


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return made(tmp_path / "image")


def test_store_paths_come_from_the_annotations(image: Path) -> None:
    done = run("plan", image, "--json")
    assert f"{image}: it has 16 store paths from a store, not from its layers" in done.stderr
    layers = json.loads(done.stdout)["layers"]
    assert [one["kind"] for one in layers] == ["base"] * 3 + ["store"] * 2
    assert layers[3]["paths"][:3] == [*PATHS[:2], f"/nix/store/{'4' * 32}-n0-1"]
    assert layers[3]["paths"][-1] == f"/nix/store/{'4' * 32}-n11-1"
    assert layers[4]["paths"] == PATHS[2:]


def test_they_are_laid_out_anew(image: Path) -> None:
    done = run("plan", image, "--json", "-q", "--strategy", "each")
    assert len(json.loads(done.stdout)["layers"]) == 3 + 16


def test_without_the_store_it_is_not_written(image: Path, tmp_path: Path) -> None:
    done = run("write", image, "-o", tmp_path / "new.tar", "-q")
    assert done.returncode == 1
    assert "not on this machine" in done.stderr


SAID = "16 store paths from a store, mounted by nix-snapshotter: in no layer, and in no figure here"


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """An image with nothing from a store."""
    layout = Layout(tmp_path / "plain")
    layout.list(layout.image(layer("etc/", "etc/a=x")))
    return tmp_path / "plain"


def test_wherever_it_is_described_or_priced_they_are_named(image: Path, plain: Path, tmp_path: Path) -> None:
    assert SAID in run("inspect", image).stdout
    assert f"NEW: {SAID}" in run("compare", plain, image).stdout
    assert f"OLD: {SAID}" in run("compare", image, plain).stdout
    report = run("ci", image, "--against", image).stdout.splitlines()
    assert [line for line in report if SAID in line] == [SAID, f"OLD: {SAID}", f"NEW: {SAID}"]
    summary = run("ci", plain, "--against", image, "--markdown", "-").stdout
    assert f"| mounted before | {SAID} |" in summary
    assert f"| mounted | {SAID} |" in run("ci", image, "--markdown", "-").stdout
    assert f"{image}: {SAID}" in run("plan", CLOSURE, "--against", image).stderr
    assert SAID not in run("ci", plain, "--against", plain).stdout


NAMED = [{"created_by": "files"}, {"created_by": " ".join(PATHS[:2])}, {"created_by": PATHS[3]}]


@pytest.mark.parametrize("history", [(), NAMED])
def test_no_figure_counts_them(history: Sequence[dict[str, str]], tmp_path: Path) -> None:
    image = made(tmp_path / "image", history)
    found = json.loads(run("ci", image, "--against", image, "--json").stdout)
    assert found["compare"]["push_bytes"] == found["seconds"]["wire_push_bytes"] == 0
    assert 0 < found["seconds"]["wire_bytes"] <= found["inspect"]["image"]["size"]
    (after,) = json.loads(run("plan", CLOSURE, "--against", image, "--json").stdout)["against"]
    assert after["layers_reused"] == 0


def test_a_layer_of_their_places_is_none_of_a_closure_that_has_just_them(image: Path, tmp_path: Path) -> None:
    closure = tmp_path / "closure.json"
    infos = {path: {"narSize": 7, "references": []} for path in PATHS}
    closure.write_text(json.dumps(infos))
    found = json.loads(run("compare", image, closure, "--strategy", "single", "--json").stdout)
    assert (found["layers_reused"], found["push_bytes"]) == (0, 28)
    assert len(found["mounted"]["old"]["paths"]) == 16


def test_documents_list_them_and_say_where_there_are_none(image: Path, plain: Path) -> None:
    listed = json.loads(run("inspect", image, "--json").stdout)["mounted"]
    assert (len(listed["paths"]), listed["nar_size"]) == (16, None)
    assert json.loads(run("inspect", plain, "--json").stdout)["mounted"] is None
    found = json.loads(run("ci", image, "--against", plain, "--json").stdout)
    assert found["inspect"]["mounted"] == listed
    assert found["compare"]["mounted"] == {"old": None, "new": listed}


def test_of_an_image_in_a_registry_its_manifest_says_it(image: Path, plain: Path) -> None:
    blobs = image / "blobs/sha256"
    (listed,) = json.loads((image / "index.json").read_text())["manifests"]
    manifest = json.loads((blobs / listed["digest"].removeprefix("sha256:")).read_text())
    with RegistryHere() as here:
        for blob in blobs.iterdir():
            here.add_blob("shop", blob.read_bytes())
        here.add_manifest("shop", "1", manifest)
        assert f"OLD: {SAID}" in run("compare", here.url("shop:1"), plain).stdout
        assert SAID in run("plan", plain, "--against", here.url("shop:1")).stderr


def test_a_path_that_is_none_is_named(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "image")
    layout.list(layout.image(layer("a=x"), noted=[mounted("/nix/store/a")]))
    done = run("plan", tmp_path / "image", "-q")
    assert done.returncode == 1
    assert "store path 0: " in done.stderr
