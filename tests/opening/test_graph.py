"""Closure files and confs, and what is neither."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from typing import TYPE_CHECKING

import pytest

from nixdive.contents.disk import DiskContents
from nixdive.errors import ImageError, MalformedImageError, SourceError
from nixdive.image.oci.spec import Stamp
from nixdive.image.write import write_image
from nixdive.layering.plan import LayerKind
from nixdive.layering.request import DEFAULT_STRATEGY, PlanRequest
from nixdive.layering.solve import solve
from nixdive.opening.graph import nar_size
from nixdive.opening.open import open_subject
from tests.opening.inputs import APP, LIB, LIBC, archive, closure_file, conf_file, path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_closure_file(tmp_path: Path) -> None:
    subject = open_subject([str(closure_file(tmp_path))])
    assert (subject.name, subject.spec.name) == ("redis-app:v1", "redis-app:v1")
    assert subject.strategy == DEFAULT_STRATEGY
    assert subject.closure.paths == (APP, LIB, LIBC)
    assert subject.missing == 3
    assert subject.frame.found == ()


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_closure_file(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    file = closure_file(tmp_path)
    file.write_bytes(pack(file.read_bytes()))
    assert len(open_subject([str(file)]).closure) == 3


def test_name_is_checked_and_completed(tmp_path: Path) -> None:
    file = str(closure_file(tmp_path))
    assert (
        open_subject([file], name="registry.example:5000/team/app").name
        == "registry.example:5000/team/app:latest"
    )
    with pytest.raises(ImageError, match="not a tag"):
        open_subject([file], name="app:a b")


def test_base_image_is_below(tmp_path: Path) -> None:
    subject = open_subject([str(closure_file(tmp_path))], base=str(archive(tmp_path)))
    assert [layer.kind for layer in subject.frame.base] == [LayerKind.BASE]
    plan = solve(subject.closure, PlanRequest(max_layers=3), subject.frame)
    assert plan.layers[0].kind is LayerKind.BASE
    assert len(plan.layers) <= 3


def test_conf_keeps_its_layers_and_config(tmp_path: Path) -> None:
    subject = open_subject([str(conf_file(tmp_path))])
    assert (subject.name, subject.strategy) == ("team/app:1.0", "keep")
    assert subject.frame.found == ((LIBC,), (LIB, APP))
    assert subject.spec.config == {"Cmd": ["/bin/x"]}
    assert (str(subject.spec.platform), subject.spec.created) == ("linux/arm64", "2026-01-31T00:00:00Z")
    assert (subject.spec.stamp.uid, subject.spec.stamp.gid, subject.spec.stamp.uname) == (1000, 100, "me")
    assert not subject.closure.sized
    plan = solve(subject.closure, PlanRequest(subject.strategy), subject.frame)
    assert [layer.paths for layer in plan.layers] == [(LIBC,), (LIB, APP)]


def test_conf_of_an_older_nixpkgs(tmp_path: Path) -> None:
    """Before 24.05: files have the time of `created` and belong to root; from_image came with 21.05."""
    file = conf_file(tmp_path)
    conf = json.loads(file.read_text())
    for key in ("mtime", "uid", "gid", "uname", "gname", "store_dir", "from_image"):
        del conf[key]
        file.write_text(json.dumps(conf))
        subject = open_subject([str(file)])
        assert subject.frame.found == ((LIBC,), (LIB, APP))
    assert subject.spec.stamp == Stamp(1769817600, 0, 0, "root", "root")
    file.write_text(json.dumps(conf | {"mtime": None}))
    with pytest.raises(MalformedImageError, match="mtime: it is missing, or not a string"):
        open_subject([str(file)])


def test_conf_without_store_paths_is_its_customisation_layer(tmp_path: Path) -> None:
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "layer.tar").write_bytes(b"\0" * 10240)
    file = conf_file(tmp_path, store_layers=[], customisation_layer="links")
    subject = open_subject([str(file)])
    assert (subject.closure.paths, subject.missing) == ((), 0)
    for strategy in ("keep", "churn", "nixpkgs", "single"):
        plan = solve(subject.closure, PlanRequest(strategy), subject.frame)
        assert [layer.kind for layer in plan.layers] == [LayerKind.CUSTOMISATION]
    image = write_image(
        subject.to_write(plan, subject.spec),
        tmp_path / "x.tar",
    )
    assert [layer.uncompressed_size for layer in image.layers] == [10240]


def test_conf_with_base_and_customisation(tmp_path: Path) -> None:
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "layer.tar").write_bytes(b"\0" * 10240)
    file = conf_file(tmp_path, from_image=str(archive(tmp_path)), customisation_layer=str(tmp_path / "links"))
    subject = open_subject([str(file)])
    assert subject.base is not None
    assert subject.customisation is not None
    assert [layer.nar_size for layer in subject.frame.above] == [10240]
    assert subject.missing == 3


def test_conf_from_another_machine_can_be_planned(tmp_path: Path) -> None:
    subject = open_subject([str(conf_file(tmp_path, customisation_layer="/nowhere/links"))])
    assert subject.missing == 4
    assert len(solve(subject.closure, PlanRequest("keep"), subject.frame).layers) == 3


def test_nothing_and_several_files(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no input was given"):
        open_subject([])
    with pytest.raises(SourceError, match="cannot be opened together"):
        open_subject([str(closure_file(tmp_path)), APP])


@pytest.mark.parametrize("text", ["[]", "{}"])
def test_empty_closure_is_an_error(text: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_text(text)
    with pytest.raises(SourceError):
        open_subject([str(tmp_path / "x")])


@pytest.mark.parametrize("data", [b"", b"\0", b"hello", b"\x1f\x8b", b"{", b"\xff" * 600])
def test_rubbish_is_an_error_that_names_the_file(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "rubbish").write_bytes(data)
    with pytest.raises(SourceError) as caught:
        open_subject([str(tmp_path / "rubbish")])
    assert "rubbish" in str(caught.value)


def test_nar_size(tmp_path: Path) -> None:
    # an empty file is 112 bytes, see the words of the format
    store = tmp_path / "nix" / "store"
    for name, expected in (("empty", 112), ("nine", 112 + 16), ("tool", 112 + 8 + 32)):
        place = store / f"{'a' * 32}-{name}"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes({"empty": b"", "nine": b"x" * 9, "tool": b"x"}[name])
        place.chmod(0o755 if name == "tool" else 0o644)
        assert nar_size(DiskContents(tmp_path), path("a", name)) == expected
