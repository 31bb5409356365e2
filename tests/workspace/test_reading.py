"""How much of images is read to compare them, and to plan from them."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from nixdive.image.readers.stored import StoredLayer
from nixdive.progress import NullProgress
from nixdive.store.path import StorePath
from nixdive.workspace.compare import Difference, compare
from nixdive.workspace.open import OpenRequest, open_workspace
from tests.opening.images import docker_archive, layer, oci_layout, store_layer, store_name
from tests.reads import counted_reads

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUIET = NullProgress()
MB = 1 << 20
A, B = store_name("a", "lib"), store_name("b", "app")
_random = Random(14)
DATA = {name: _random.randbytes(8 * MB) for name in ("base", "lib", "old", "new")}  # no compressor shrinks it
BASE = layer({"opt": None, "opt/base": DATA["base"]})
LIB = store_layer((A, {"lib.so": DATA["lib"]}))
LITTLE = 3 * MB  # heads of archives and layers, documents, a module or two, what is read ahead

Pair = tuple["Path", "Path"]


def layers(app: str, etc: str) -> tuple[bytes, ...]:
    return (
        BASE,
        LIB,
        store_layer((B, {"app": DATA[app], "lib": f"/nix/store/{A}/lib.so"})),
        layer({"etc": None, "etc/x": DATA[etc][:MB], "etc/y": etc}),
    )


def history(*commands: str) -> dict[str, list[dict[str, str]]]:
    return {"history": [{"created_by": command} for command in commands]}


OLD, NEW = layers("old", "old"), layers("new", "new")


@pytest.fixture(scope="module", autouse=True)
def loaded() -> None:
    """Load the modules that comparing and planning need, which are not what is counted."""
    workspace = open_workspace(OpenRequest((), demo=True), QUIET)
    assert workspace.priced.plan.layers


@pytest.fixture
def plain(tmp_path: Path) -> Pair:
    made = (("old", OLD), ("new", NEW))
    old, new = (docker_archive(tmp_path / f"{tag}.tar", {f"app:{tag}": image}) for tag, image in made)
    return old, new


@pytest.fixture
def packed(tmp_path: Path) -> Pair:
    old, new = (
        oci_layout(tmp_path / tag, [("v1", {}, image)]) for tag, image in (("old", OLD), ("new", NEW))
    )
    return old, new


@pytest.fixture
def unpacked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The diff_ids of the layers of which something other than headers is read, in order."""
    found: list[str] = []
    chunks = StoredLayer.chunks

    def noted(self: StoredLayer) -> Iterator[bytes]:
        found.append(self.diff_id)
        return chunks(self)

    monkeypatch.setattr(StoredLayer, "chunks", noted)
    return found


def compared(pair: Pair) -> Difference:
    old, new = pair
    return compare(str(old), OpenRequest((str(new),)), QUIET)


def check(found: Difference) -> None:
    assert found.files is not None
    assert (found.files.added, found.files.removed, found.files.modified) == (0, 0, 2)
    assert found.changes is not None
    assert not found.changes.changed


def test_comparing_reads_headers_and_the_files_that_may_differ(plain: Pair, unpacked: list[str]) -> None:
    with counted_reads() as reads:
        check(compared(plain))
    assert not unpacked
    assert 2 * MB < reads.bytes < 2 * MB + LITTLE  # /etc/x on both sides, of 50 MB


def test_comparing_reads_no_compressed_layer_twice(packed: Pair, unpacked: list[str]) -> None:
    with counted_reads() as reads:
        check(compared(packed))
    assert len(unpacked) == len(set(unpacked)) == 6  # two are the same in both
    assert 34 * MB < reads.bytes < 34 * MB + LITTLE


def test_what_both_list_is_not_read_to_be_compared(tmp_path: Path, unpacked: list[str]) -> None:
    listed = {
        "history": [{"created_by": text} for text in ("base", f"/nix/store/{A}", f"/nix/store/{B}", "x")]
    }
    old, new = (
        oci_layout(tmp_path / tag, [("v1", listed, image)]) for tag, image in (("old", OLD), ("new", NEW))
    )
    check(compared((old, new)))
    assert len(unpacked) == 5  # the base, and two of each


def test_what_both_list_is_read_where_another_layer_touches_it(tmp_path: Path, unpacked: list[str]) -> None:
    over = store_layer((A, {"lib.so": b"over"}))
    tops = (layer({f"nix/store/.wh.{A}": b""}), layer({"nix/store": "/elsewhere"}), over)
    listed = history("base", f"/nix/store/{A}", "x")
    old = oci_layout(tmp_path / "old", [("v1", listed, (BASE, LIB, layer({"x": b"x"})))])
    for number, top in enumerate(tops):
        new = oci_layout(tmp_path / str(number), [("v1", listed, (BASE, LIB, top))])
        found = compared((old, new)).changes
        assert found is not None
        assert found.removed == (() if top is over else (StorePath(f"/nix/store/{A}"),))
    assert len(unpacked) == 3 * 4


def test_a_plan_without_compression_reads_the_store_paths_once(plain: Pair, unpacked: list[str]) -> None:
    with counted_reads() as reads:
        workspace = open_workspace(OpenRequest((str(plain[1]),)), QUIET)
        assert len(workspace.priced.plan.layers) == 4
    assert not unpacked
    assert 16 * MB < reads.bytes < 16 * MB + LITTLE  # of 25


def test_a_plan_of_compressed_layers_reads_each_once(packed: Pair) -> None:
    with counted_reads() as reads:
        workspace = open_workspace(OpenRequest((str(packed[1]),)), QUIET)
        assert len(workspace.priced.plan.layers) == 4
    assert 25 * MB < reads.bytes < 25 * MB + LITTLE


def test_of_the_version_before_only_headers_are_read(plain: Pair, unpacked: list[str]) -> None:
    old, new = plain
    with counted_reads() as reads:
        workspace = open_workspace(OpenRequest((str(new),), against=(str(old),)), QUIET)
        assert workspace.baseline is not None
        assert workspace.priced.plan.layers
    assert not unpacked
    assert 16 * MB < reads.bytes < 16 * MB + LITTLE


def test_what_both_have_is_read_once_for_a_plan_after_an_image(packed: Pair) -> None:
    old, new = packed
    with counted_reads() as reads:
        workspace = open_workspace(OpenRequest((str(new),), against=(str(old),)), QUIET)
        assert workspace.baseline is not None
        assert workspace.priced.plan.layers
    assert 34 * MB < reads.bytes < 34 * MB + LITTLE  # of 50
