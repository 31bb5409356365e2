"""Several images in one file or directory, loaded and run by real clients."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.conformance.conftest import App
    from tests.conformance.engines import Client


@pytest.fixture(scope="module")
def fleet(
    apps: Mapping[str, App], nixdive: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], tuple[Path, Mapping[str, Any]]]]:
    """Write both applications in a format; give the target and what `nixdive fleet --json` said."""
    folder = tmp_path_factory.mktemp("fleet")
    known: dict[str, tuple[Path, Mapping[str, Any]]] = {}

    def of(image_format: str) -> tuple[Path, Mapping[str, Any]]:
        if image_format not in known:
            target = folder / image_format
            words = ("--max-layers", "20", "--write", target, "--format", image_format, "--json", "-q")
            document = json.loads(nixdive("fleet", *(app.path for app in apps.values()), *words))
            known[image_format] = target, document
        return known[image_format]

    yield of
    for target, _ in known.values():
        if target.is_file():
            target.unlink()


@pytest.mark.parametrize("client", ["docker", "podman", "containerd"])
@pytest.mark.parametrize("image_format", ["hybrid", "docker-archive"])
def test_every_image_of_an_archive_loads_and_runs(
    client: str,
    image_format: str,
    fleet: Callable[[str], tuple[Path, Mapping[str, Any]]],
    apps: Mapping[str, App],
    request: pytest.FixtureRequest,
) -> None:
    loader: Client = request.getfixturevalue(client)
    if client == "containerd" and image_format == "docker-archive":
        image_format = "oci-archive"
    target, document = fleet(image_format)
    loader.load(target)
    for app in apps.values():
        assert app.says in loader.run(app.name, *app.command)
        loader.remove(app.name)
    both = [{layer["digest"] for layer in one["layers"]} for one in document["written"]]
    assert both[0] & both[1], "they share layers"


def test_skopeo_copies_each_image_of_a_layout(
    fleet: Callable[[str], tuple[Path, Mapping[str, Any]]],
    apps: Mapping[str, App],
    skopeo: Callable[..., str],
    tmp_path: Path,
) -> None:
    target, document = fleet("oci")
    digests = {layer["digest"] for one in document["written"] for layer in one["layers"]}
    shared = sum(len(one["layers"]) for one in document["written"]) - len(digests)
    assert shared > 0
    blobs = {file.name for file in (target / "blobs/sha256").iterdir()}
    assert {digest.partition(":")[2] for digest in digests} < blobs
    for app, written in zip(apps.values(), document["written"], strict=True):
        seen = json.loads(skopeo("inspect", f"oci:{target}:{app.name}"))
        assert seen["Digest"] == written["manifest_digest"]
        skopeo("copy", f"oci:{target}:{app.name}", f"dir:{tmp_path / app.name.partition(':')[0]}")


def test_a_registry_takes_each_image(
    fleet: Callable[[str], tuple[Path, Mapping[str, Any]]],
    apps: Mapping[str, App],
    skopeo: Callable[..., str],
    registry: str,
) -> None:
    target, document = fleet("oci")
    for app, written in zip(apps.values(), document["written"], strict=True):
        place = f"docker://{registry}/fleet/{app.name}"
        skopeo("copy", "--dest-tls-verify=false", f"oci:{target}:{app.name}", place)
        seen = json.loads(skopeo("inspect", "--tls-verify=false", place))
        assert seen["Layers"] == [layer["digest"] for layer in written["layers"]]
