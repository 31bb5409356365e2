"""Images as parts of a fleet: what is around their store layers stays with each."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from typing import TYPE_CHECKING

from nixdive.remote.repository import Repository
from tests.image.made import archive
from tests.opening.images import digest, docker_archive, layer, store_layer, store_name
from tests.program import Done, run
from tests.remote.registry_here import RegistryHere

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

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


def test_what_is_to_be_known_of_a_written_image_is_said_with_its_name(tmp_path: Path) -> None:
    images = []
    for name, path, tail in (("app", APP, 512), ("web", WEB, 0)):
        layers = [ROOT, store_layer((path, {"y": b""}))]
        images.append(
            archive(
                tmp_path / f"{name}.tar",
                layers,
                pack=lambda data, tail=tail: gzip.compress(data) + bytes(tail),  # type: ignore[misc]
                tag=f"{name}:v1",
                os="linux",
                architecture="amd64",
            )
        )
    for words, told in (((), ["app:v1: layer 1"]), (("-q",), [])):
        done = fleet(*images, "--write", tmp_path / "o.tar", *words)
        assert done.returncode == 0, done.stderr
        assert [
            line.partition(": its gzip")[0] for line in done.stderr.splitlines() if "zeros" in line
        ] == told


def test_a_layer_that_images_of_a_registry_share_is_fetched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    large = random.Random(1).randbytes(4 << 20)
    low = store_layer((LIB, {"x": large}))
    tops = [store_layer((path, {"y": f"/nix/store/{LIB}".encode()})) for path in (APP, WEB)]
    packed = {digest(one): gzip.compress(one, mtime=0) for one in (low, *tops)}
    fetched: Counter[str] = Counter()
    blob = Repository.blob

    def counting(self: Repository, wanted: str, size: int | None) -> Iterator[bytes]:
        for piece in blob(self, wanted, size):
            fetched[wanted] += len(piece)
            yield piece

    monkeypatch.setattr(Repository, "blob", counting)
    with RegistryHere() as here:
        for name, top in zip(("app", "web"), tops, strict=True):
            ids = [digest(low), digest(top)]
            rootfs = {"rootfs": {"type": "layers", "diff_ids": ids}}
            here.add_image(f"{name}:1", [packed[one] for one in ids], rootfs)
        done = fleet(here.url("app:1"), here.url("web:1"), "--json", "-q")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert {path[44:] for one in document["layers"] for path in one["paths"]} == {"lib-1", "app-2", "web-3"}
    shared = packed[digest(low)]
    # of the second image only the beginning of it is read, for the owner's name
    assert len(shared) <= fetched[digest(shared)] < 1.5 * len(shared)
