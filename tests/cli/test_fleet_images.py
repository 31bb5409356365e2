"""Images as parts of a fleet: what is around their store layers stays with each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.opening.images import digest, docker_archive, layer, store_layer, store_name
from tests.program import Done, run

if TYPE_CHECKING:
    from pathlib import Path

ROOT = layer({"etc": None, "etc/passwd": b"root\n"})
LIB, APP, WEB = store_name("a", "lib-1"), store_name("b", "app-2"), store_name("c", "web-3")
LOW = store_layer((LIB, {"x": b"1"}))


def fleet(*words: str | Path) -> Done:
    return run("fleet", *words)


def image(folder: Path, name: str, *layers: bytes) -> Path:
    return docker_archive(folder / f"{name}.tar", {f"{name}:v1": layers})


def test_layers_around_the_store_stay_with_each_image(tmp_path: Path) -> None:
    images, links = [], []
    for path in (APP, WEB):
        top = store_layer((path, {"y": f"/nix/store/{LIB}".encode()}))
        links.append(layer({"link": path}))
        images.append(image(tmp_path, path[33:36], ROOT, LOW, top, links[-1]))
    done = fleet(
        *images, "--write", tmp_path / "out", "--format", "oci", "--compression", "none", "--json", "-q"
    )
    assert done.returncode == 0, done.stderr
    written = json.loads(done.stdout)["written"]
    for one, link in zip(written, links, strict=True):
        made = [found["diff_id"] for found in one["layers"]]
        assert (made[0], made[-1]) == (digest(ROOT), digest(link))
        assert len(made) == 4
    shared = [{found["diff_id"] for found in one["layers"]} for one in written]
    assert len(shared[0] & shared[1]) == 2


def test_paths_that_cannot_move_are_refused(tmp_path: Path) -> None:
    mixed = layer({"nix": None, "nix/store": None, f"nix/store/{LIB}": None, "etc": None, "etc/x": b""})
    images = [image(tmp_path, name, mixed) for name in ("one", "two")]
    done = fleet(*images, "-q")
    assert done.returncode == 1
    assert done.stderr.startswith(f"nixdive: {images[0]}: /nix/store/{LIB} is in a layer")
