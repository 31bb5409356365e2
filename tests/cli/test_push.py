"""nixdive write to a registry: what is sent before the image is opened."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from nixdive.workspace import open as opening
from tests.opening.images import docker_archive, layer
from tests.patience import PATIENCE
from tests.program import run
from tests.remote.registry_here import Faults, RegistryHere

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from nixdive.workspace.workspace import Workspace
    from tests.remote.registry_here import Request


def test_the_first_requests_are_sent_before_the_image_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / "none.json"))
    image = docker_archive(tmp_path / "image.tar", {"app:1": [layer({"etc/a": b"1"})]})
    manifest, upload = threading.Event(), threading.Event()
    open_workspace = opening.open_workspace

    def opened(*words: Any, **options: Any) -> Workspace:
        assert manifest.wait(PATIENCE)
        assert upload.wait(PATIENCE)
        return open_workspace(*words, **options)

    def seen(request: Request) -> None:
        (manifest if "/manifests/" in request.path else upload).set()

    monkeypatch.setattr(opening, "open_workspace", opened)
    with RegistryHere() as here:
        here.faults = Faults(seen)
        done = run("write", image, "-q", "-o", here.url("app:1"))
        assert (done.returncode, done.stderr) == (0, "")
        assert "1" in here.store.manifests["app"]
