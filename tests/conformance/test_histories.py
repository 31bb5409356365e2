"""Plans that are carried on from an image in a registry, and pushes that are counted."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., str]
BUDGET = ("--max-layers", "20")


def layers_of(skopeo: Run, place: str) -> dict[str, int]:
    manifest = json.loads(skopeo("inspect", "--raw", "--tls-verify=false", place))
    return {layer["digest"]: layer["size"] for layer in manifest["layers"]}


def test_a_plan_is_found_in_a_registry_and_the_push_is_as_foretold(
    debstore: Mapping[str, Any], nixdive: Run, skopeo: Run, registry: str, tmp_path: Path
) -> None:
    versions = debstore["apps"]["toolbox"]
    old, new = tmp_path / "old.tar", tmp_path / "new.tar"
    places = [f"docker://{registry}/toolbox:{version}" for version in ("v1", "v2")]
    nixdive("write", versions["v1"], "-o", old, *BUDGET)
    skopeo("copy", "--preserve-digests", "--dest-tls-verify=false", f"oci-archive:{old}", places[0])
    words = ("write", versions["v2"], "-o", new, *BUDGET, "--json", "--against", places[0])
    foretold = json.loads(nixdive(*words))["against"][0]
    blobs = json.loads(nixdive("compare", old, new, "--json"))
    skopeo("copy", "--preserve-digests", "--dest-tls-verify=false", f"oci-archive:{new}", places[1])
    before, after = (layers_of(skopeo, place) for place in places)
    sent = {digest: size for digest, size in after.items() if digest not in before}
    assert (blobs["exact"], blobs["push_bytes"]) == (True, sum(sent.values()))
    assert blobs["layers_new"] == foretold["layers_new"] == len(sent)
    assert foretold["layers_reused"] > 5
    # the plan of a docker image comes back as a file too
    config = json.loads(skopeo("inspect", "--config", "--tls-verify=false", places[0]))
    kept = tmp_path / "plan.toml"
    kept.write_text(config["config"]["Labels"]["nixdive.plan"])
    again = json.loads(
        nixdive("write", versions["v2"], "-o", new, "--plan", kept, "--json", "--against", old)
    )
    assert [layer["digest"] for layer in again["layers"]] == list(after)


def test_a_plan_survives_docker(
    apps: Mapping[str, Any], nixdive: Run, docker: Any, skopeo: Run, tmp_path: Path
) -> None:
    app, file = apps["redis"], tmp_path / "image.tar"
    nixdive("write", app.path, "-o", file, *BUDGET)
    docker.load(file)
    saved = tmp_path / "saved.tar"
    env = {**os.environ, **docker.env}
    subprocess.run(["docker", "save", app.name, "-o", str(saved)], env=env, check=True)
    found = json.loads(nixdive("plan", app.path, *BUDGET, "--json", "--against", saved))
    assert found["against"][0]["push_bytes"] == 0
    docker.remove(app.name)


@pytest.mark.parametrize("client", ["docker", "podman", "containerd"])
def test_a_long_plan_is_no_hindrance(
    client: str,
    debstore: Mapping[str, Any],
    nixdive: Run,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    media = debstore["apps"]["media"]
    file = tmp_path / "image.tar"
    nixdive("write", media["v1"], "-o", file, "--compression", "none", "--name", "long:1")
    with tarfile.open(file) as tar:
        member = json.load(tar.extractfile("manifest.json") or pytest.fail("it has no manifest"))
        config = json.load(tar.extractfile(member[0]["Config"]) or pytest.fail("it has no config"))
    labels = config["config"]["Labels"]
    assert len(labels) > 1, "the plan is too long for one label"
    engine = request.getfixturevalue(client)
    engine.load(file)
    assert "ffmpeg version" in engine.run("long:1", f"{media['v1']}/{media['entrypoint']}", "-version")
    engine.remove("long:1")
