"""Images in a registry as sides of a comparison: by their documents, and exactly."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from nixdive.progress import NullProgress
from nixdive.sizes import BytesOf
from nixdive.workspace.compare import compare
from nixdive.workspace.open import OpenRequest
from tests import openssl
from tests.image.layouts import NAME, Layout
from tests.image.made import archive, layer
from tests.program import run
from tests.remote.registry_here import RegistryHere

if TYPE_CHECKING:
    from pathlib import Path

QUIET = NullProgress()
OLD, NEW = [layer("a=1"), layer("b=2")], [layer("a=1"), layer("b=3" * 9000)]


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    made = Layout(tmp_path / "layout")
    return made.list(made.image(*NEW, annotations={NAME: "2"}))


def test_a_file_after_an_image_in_a_registry(layout: Path) -> None:
    with RegistryHere() as here:
        here.add_image("app:1", OLD)
        found = compare(here.url("app:1"), OpenRequest((str(layout),)), QUIET)
        assert [one.method for one in here.log] == ["GET", "GET"]  # manifest and config, and no layer
    assert (found.push_bytes, found.layers_new, found.layers_reused) == (len(NEW[1]), 1, 1)
    assert (found.exact, found.measured, found.files) == (True, BytesOf.WIRE, None)


def test_two_images_in_a_registry() -> None:
    with RegistryHere() as here:
        here.add_image("app:1", OLD)
        here.add_image("app:2", NEW)
        found = compare(here.url("app:1"), OpenRequest((here.url("app:2"),)), QUIET)
    assert (found.push_bytes, found.exact) == (len(NEW[1]), True)


def test_blobs_that_the_registry_has_in_another_form_are_sent(tmp_path: Path) -> None:
    made = Layout(tmp_path / "layout")
    packed = made.list(made.image(*OLD, pack=gzip.compress))
    with RegistryHere() as here:
        here.add_image("app:1", OLD)
        found = compare(here.url("app:1"), OpenRequest((str(packed),)), QUIET)
    assert found.push_bytes == found.repacked_bytes > 0
    assert (found.layers_repacked, found.layers_new, found.exact) == (2, 2, False)


def test_a_docker_archive_after_an_image_in_a_registry(tmp_path: Path) -> None:
    saved = archive(tmp_path / "saved.tar", NEW)
    with RegistryHere() as here:
        here.add_image("app:1", OLD)
        found = compare(here.url("app:1"), OpenRequest((str(saved),)), QUIET)
    assert (found.push_bytes, found.layers_reused) == (len(NEW[1]), 1)
    assert (found.exact, found.measured) == (False, BytesOf.TAR)


def test_the_gate_counts_wire_bytes(layout: Path) -> None:
    with RegistryHere() as here:
        here.add_image("app:1", OLD)
        words = ("compare", here.url("app:1"), str(layout), "-q", "--fail-over")
        assert run(*words, str(len(NEW[1]))).returncode == 0
        assert run(*words, str(len(NEW[1]) - 1)).returncode == 3


def test_store_paths_are_those_of_the_history() -> None:
    path = "/nix/store/" + "a" * 32 + "-{}"
    with RegistryHere() as here:
        for tag, name in (("1", "app-1"), ("2", "app-2")):
            history = [{"created_by": "nixdive", "comment": f"store paths: ['{path.format(name)}']"}]
            here.add_image(f"app:{tag}", [layer(f"x={tag}")], {"history": history})
        here.add_image("plain:1", [layer("x=1")])
        done = run("compare", here.url("app:1"), here.url("app:2"), "--json", "-q")
        changed = json.loads(done.stdout)["paths"]["changed"]
        assert [(one["old"], one["new"], one["delta"]) for one in changed] == [("1", "2", None)]
        done = run("compare", here.url("plain:1"), here.url("app:2"), "--json", "-q")
        assert json.loads(done.stdout)["paths"] is None


def test_how_much_larger_a_path_is_than_one_of_an_unread_image_is_not_known(tmp_path: Path) -> None:
    was, now = openssl.before("ab"), openssl.now()
    new = openssl.saved(now, tmp_path / "new.json")
    steps = [{"created_by": "nixdive", "comment": f"store paths: {[str(path) for path in was.paths]}"}]
    with RegistryHere() as here:
        here.add_image("app:1", [layer("x=1")], {"history": steps})
        found = compare(here.url("app:1"), OpenRequest((new,)), QUIET)
        assert found.changes is not None
        assert found.changes.changed
        assert not found.sized
        lines = run("compare", here.url("app:1"), new, "-q").stdout.splitlines()
    changed = [line for line in lines if line.startswith("~")]
    assert len(changed) == len(found.changes.changed)
    assert not any("iB" in line or line.endswith(" B") for line in changed)


def test_a_closure_has_an_estimate_of_its_blobs(tmp_path: Path) -> None:
    closures = (openssl.before("ab"), openssl.now())
    old, new = (openssl.saved(one, tmp_path / f"{i}.json") for i, one in enumerate(closures))
    found = compare(old, OpenRequest((new,)), QUIET)
    assert found.measured is BytesOf.NAR
    assert found.wire_estimate is not None
    assert 0 < found.wire_estimate < found.push_bytes
