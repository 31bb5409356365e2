"""Images of more layers than Docker loads: planned and written as they are, anew within limits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.opening.images import docker_archive, store_layer
from tests.program import run

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 130
NAMES = [f"{number:04d}{'a' * 28}-p{number}-1" for number in range(COUNT)]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> str:
    layers = [store_layer((name, {"x": name.encode()})) for name in NAMES]
    return str(docker_archive(tmp_path_factory.mktemp("many") / "many.tar", {"team/app:v1": layers}))


def test_it_is_planned_as_it_is(image: str) -> None:
    found = json.loads(run("plan", "-q", "--json", image).stdout)
    assert [layer["paths"] for layer in found["layers"]] == [[f"/nix/store/{name}"] for name in NAMES]
    assert "layer 130" in run("why", "-q", image, "p129-1").stdout
    assert len(json.loads(run("inspect", "-q", "--json", image).stdout)["layers"]) == COUNT


def test_who_does_not_run_it_is_named_beside_the_seconds(image: str) -> None:
    fails = "docker takes at most 125 layers: docker load and docker pull fail: max depth exceeded"
    assert fails in run("plan", "-q", image).stdout.splitlines()
    assert "takes at most" not in run("plan", "-q", image, "--client", "podman").stdout
    (pull,) = json.loads(run("plan", "-q", "--json", image).stdout)["seconds"]["pull"]
    assert pull["most_layers"] == 125


def test_it_is_an_earlier_version(image: str) -> None:
    found = json.loads(run("plan", "-q", "--json", image, "--against", image).stdout)
    assert found["against"][0]["layers_reused"] == COUNT


def test_what_is_laid_out_anew_stays_within_the_limit(image: str, tmp_path: Path) -> None:
    found = json.loads(run("plan", "-q", "--json", image, "--strategy", "churn").stdout)
    assert len(found["layers"]) <= 100
    done = run("plan", "-q", image, "--strategy", "churn", "--max-layers", "126")
    assert done.returncode != 0
    assert "125" in done.stderr
    more = json.loads(run("plan", "-q", "--json", image, "--max-layers", "126", "--client", "podman").stdout)
    assert len(more["layers"]) == 126
    written = run("write", "-q", image, "--max-layers", "125", "-o", str(tmp_path / "new.tar"))
    assert written.returncode == 0


def test_it_is_written_again_and_who_does_not_run_it_is_named(image: str, tmp_path: Path) -> None:
    done = run("write", "-q", image, "-o", str(tmp_path / "new.tar"))
    assert done.returncode == 0
    assert "130 layers are more than some clients run: " in done.stdout
    assert len(json.loads(run("inspect", "-q", "--json", tmp_path / "new.tar").stdout)["layers"]) == COUNT
