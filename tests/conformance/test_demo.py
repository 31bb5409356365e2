"""The demo, as an image that real engines load and run."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

import pytest

from nixdive.image.write import write_image
from nixdive.layering.request import PlanRequest
from nixdive.layering.solve import solve
from nixdive.opening.open import open_demo

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="the demo's programs are for amd64")


@pytest.mark.parametrize("client", ["docker", "podman", "containerd"])
@pytest.mark.parametrize("budget", [6, 100])
def test_the_demo_runs(client: str, budget: int, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    subject = open_demo()
    plan = solve(subject.closure, PlanRequest(max_layers=budget), subject.frame)
    file = tmp_path / "demo.tar"
    write_image(subject.to_write(plan, subject.spec), file)
    engine = request.getfixturevalue(client)
    engine.load(file)
    assert "Welcome to The corner shop" in engine.run(subject.name)
    assert "root" in engine.run(subject.name, "sh", "-c", "cat /etc/passwd")
    engine.remove(subject.name)
