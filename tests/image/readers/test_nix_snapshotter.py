from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.image.layouts import Layout
from tests.image.made import layer
from tests.program import run

if TYPE_CHECKING:
    from pathlib import Path

OWN = "containerd.io/snapshot/nix-"
PATHS = [f"/nix/store/{digit * 32}-{name}-1" for digit, name in zip("0123", "abcd", strict=True)]


def mounted(*paths: str, first: int = 0) -> dict[str, str]:
    notes = {f"{OWN}store-path.{number}": path for number, path in enumerate(paths, first)}
    return {f"{OWN}layer": "true", "kept": "yes"} | notes


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """Files of its own below, and two layers with store paths from a store; the upper one repeats one."""
    layout = Layout(tmp_path / "image")
    tars = [layer("etc/", "etc/a=x"), *(layer(*(f"{path[1:]}/" for path in PATHS)) for _ in range(2))]
    # more than ten, so that their order as numbers is not the one as text
    many = mounted(*[f"/nix/store/{'4' * 32}-n{number}-1" for number in range(12)], first=2)
    layout.list(layout.image(*tars, noted=[mounted(*PATHS[:2]) | many, mounted(*PATHS[1:])]))
    return tmp_path / "image"


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


def test_a_path_that_is_none_is_named(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "image")
    layout.list(layout.image(layer("a=x"), noted=[mounted("/nix/store/a")]))
    done = run("plan", tmp_path / "image", "-q")
    assert done.returncode == 1
    assert "store path 0: " in done.stderr
