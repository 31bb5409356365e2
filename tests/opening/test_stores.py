"""Stores in other places: below another root, and in another directory than /nix/store."""

from __future__ import annotations

import io
import json
import os
import tarfile
from typing import TYPE_CHECKING

import pytest

from nixdive.contents import disk
from nixdive.contents.disk import DiskContents
from nixdive.image.write import write_image
from nixdive.layering.request import PlanRequest
from nixdive.layering.solve import solve
from nixdive.opening import open as opener
from nixdive.opening.open import open_subject
from nixdive.opening.recognise import Form, Named
from nixdive.store.path import PathGraph, PathInfo, StorePath
from tests.opening.opened import files, names

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.opening.subject import Subject


def made(root: Path, store: str) -> Path:
    """Make a store of two paths below a root, and a closure file of them."""
    app, lib = (f"{store}/{letter * 32}-{name}" for letter, name in (("a", "app-1"), ("b", "lib-2")))
    for path, text in ((app, f"#!{lib}/bin/sh\n"), (lib, "x")):
        folder = root / path[1:]
        folder.mkdir(parents=True)
        (folder / "data").write_text(text)
    infos = [
        {"path": app, "narSize": 9, "references": [lib]},
        {"path": lib, "narSize": 5, "references": []},
    ]
    (root / "closure.json").write_text(json.dumps(infos))
    return root / "closure.json"


def members(subject: Subject, target: Path) -> list[list[str]]:
    """Write an image of one layer each, and return the names in each layer."""
    plan = solve(subject.closure, PlanRequest("each"), subject.frame)
    image = write_image(subject.to_write(plan, subject.spec), target)
    with tarfile.open(target) as outer:
        layers = [outer.extractfile(f"blobs/sha256/{one.digest[7:]}") for one in image.layers]
        data = [layer.read() for layer in layers if layer is not None]
    found = []
    for one in data:
        with tarfile.open(fileobj=io.BytesIO(one)) as inner:
            found.append(inner.getnames())
    return found


@pytest.mark.parametrize("store", ["/nix/store", "/opt/deep/store", "/s"])
def test_an_image_of_any_store_opens_again_with_its_paths(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its layers hold the directories above its paths, and no others."""
    root = tmp_path / "root"
    monkeypatch.setenv("NIX_REMOTE", str(root))
    subject = open_subject([str(made(root, store))])
    assert subject.missing == 0
    layers = members(subject, tmp_path / "image.tar")
    above = {store[:end] for end in range(1, len(store) + 1) if store[end : end + 1] in {"/", ""}}
    for layer in layers:
        assert {name for name in layer if "-" not in name} == above
    again = open_subject([str(tmp_path / "image.tar")])
    assert again.closure.paths == subject.closure.paths
    assert {path.store_dir for path in again.closure.paths} == {store}
    assert names(again) == {"app-1": {"lib-2"}, "lib-2": set()}
    assert files(again) == files(subject)
    assert [set(paths) for paths in again.frame.found] == [
        {StorePath(path)} for path in reversed(subject.closure.paths)
    ]
    assert members(again, tmp_path / "again.tar") == layers
    assert (tmp_path / "again.tar").read_bytes() == (tmp_path / "image.tar").read_bytes()


def test_files_are_looked_for_below_the_root_of_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    file = made(root, "/nix/store")
    monkeypatch.delenv("NIX_REMOTE", raising=False)
    assert open_subject([str(file)]).missing == 2
    monkeypatch.setenv("NIX_REMOTE", f"local?root={root}")
    assert open_subject([str(file)]).missing == 0


@pytest.mark.parametrize(("remote", "stands"), [("", "nar"), ("ssh-ng://builder", "disk")])
def test_what_stands_for_files_is_what_the_nix_of_their_store_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remote: str, stands: str
) -> None:
    monkeypatch.setattr(disk, "_LATELY", 0)
    path = StorePath("/nix/store/" + "a" * 32 + "-app-1")
    (tmp_path / path[1:]).mkdir(parents=True)
    (tmp_path / path[1:] / "data").write_text("x")
    os.utime(tmp_path / path[1:] / "data", (1, 1))
    info = PathInfo(path, 9, (), nar_hash="sha256:from-the-database")
    monkeypatch.setenv("NIX_REMOTE", remote)
    monkeypatch.setattr("nixdive.store.nix.query.query", lambda *_: PathGraph("x", (info,), (path,)))
    monkeypatch.setattr(opener, "disk_root", lambda _: str(tmp_path))
    monkeypatch.setattr(opener, "recognise", lambda text: Named(text, Form.STORE_PATH, str(path)))
    said = []
    closure = tmp_path / "closure.json"
    closure.write_text(json.dumps([{"path": path, "narSize": 9, "references": [], "narHash": "sha256:x"}]))
    contents = [open_subject([path]).contents]
    monkeypatch.undo()
    monkeypatch.setattr(disk, "_LATELY", 0)
    monkeypatch.setenv("NIX_REMOTE", str(tmp_path))
    contents.append(open_subject([str(closure)]).contents)
    for one in contents:
        assert isinstance(one, DiskContents)
        said.append(str(one.identity(path, one.entries(path))).partition(" ")[0])
    # a closure file may come from another machine
    assert said == [stands, "disk"]
