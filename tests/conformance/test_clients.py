"""Images of real programs, loaded and run by every client."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

LAYOUTS = [
    pytest.param((app, strategy, layers), id=f"{app}-{strategy}-{layers}")
    for app in ("redis", "flaskapp")
    for strategy in ("popularity", "nixpkgs")
    for layers in (25, 100)
]


@pytest.fixture(scope="module", params=LAYOUTS)
def written(
    request: pytest.FixtureRequest,
    apps: Mapping[str, Any],
    nixdive: Callable[..., str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Any, Path, Mapping[str, Any]]]:
    """An application, its hybrid archive, and what `nixdive write --json` said of it."""
    name, strategy, layers = request.param
    app = apps[name]
    file = tmp_path_factory.mktemp("image") / "image.tar"
    words = ("write", app.path, "-o", file, "--strategy", strategy, "--max-layers", str(layers), "--json")
    document = json.loads(nixdive(*words))
    assert 1 < len(document["layers"]) <= layers
    yield app, file, document
    file.unlink()


@pytest.mark.parametrize("client", ["docker", "podman", "containerd"])
def test_loads_and_runs(client: str, written: Any, request: pytest.FixtureRequest) -> None:
    app, file, _ = written
    engine = request.getfixturevalue(client)
    engine.load(file)
    try:
        assert app.says in engine.run(app.name, *app.command)
    finally:
        engine.remove(app.name)


def test_skopeo_reads_one_file_both_ways(written: Any, skopeo: Callable[..., str]) -> None:
    _, file, document = written
    as_oci = json.loads(skopeo("inspect", f"oci-archive:{file}"))
    as_docker = json.loads(skopeo("inspect", f"docker-archive:{file}"))
    assert as_oci["Layers"] == [layer["digest"] for layer in document["layers"]]
    assert as_oci["Digest"] == document["manifest_digest"]
    assert as_docker["Layers"] == [layer["diff_id"] for layer in document["layers"]]


def test_verify_agrees(written: Any, nixdive: Callable[..., str]) -> None:
    _, file, _ = written
    assert json.loads(nixdive("verify", "--json", file)) == {
        "format": "nixdive.verify/1",
        "ok": True,
        "problems": [],
        "checked": 1,
        "not_checked": [],
    }
