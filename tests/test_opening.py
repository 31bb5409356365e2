"""What a user can name, and what comes of it."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import hashlib
import io
import json
import lzma
import os
import tarfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.contents.disk import DiskContents
from nixdive.errors import ImageError, MalformedGraphError, SourceError
from nixdive.image.name import ImageName
from nixdive.layering.plan import LayerKind
from nixdive.layering.request import Pin, PlanRequest
from nixdive.layering.solve import solve
from nixdive.opening import baseline_plan, open_demo, open_subject
from nixdive.opening.naming import name_of
from nixdive.opening.nar import nar_size
from nixdive.opening.recognise import Form, is_archive, recognise
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def path(letter: str, name: str) -> StorePath:
    return StorePath.parse(f"/nix/store/{letter * 32}-{name}")


APP, LIB, LIBC = path("a", "Redis_App-v1"), path("b", "lib-2.0"), path("c", "libc-3.0")


def closure_file(folder: Path, name: str = "closure.json", app: str = APP) -> Path:
    file = folder / name
    infos = [
        {"path": app, "narSize": 1000, "references": [LIB, LIBC]},
        {"path": LIB, "narSize": 20000, "references": [LIBC]},
        {"path": LIBC, "narSize": 300000, "references": []},
    ]
    file.write_text(json.dumps(infos))
    return file


def conf_file(folder: Path, **changes: Any) -> Path:
    file = folder / "conf.json"
    conf = {
        "architecture": "arm64",
        "config": {"Cmd": ["/bin/x"]},
        "created": "2026-01-31T00:00:00+00:00",
        "customisation_layer": None,
        "from_image": None,
        "gid": "100",
        "gname": "us",
        "mtime": "1970-01-01T00:00:01+00:00",
        "os": "linux",
        "repo_tag": "team/app:1.0",
        "store_dir": "/nix/store",
        "store_layers": [[LIBC], [LIB, APP]],
        "uid": "1000",
        "uname": "me",
    }
    file.write_text(json.dumps(conf | changes))
    return file


def archive(folder: Path, name: str = "image.tar") -> Path:
    """A docker-archive with one empty layer."""
    layer = b"\0" * 1024
    digest = hashlib.sha256(layer).hexdigest()
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        }
    ).encode()
    manifest = [{"Config": "config.json", "RepoTags": None, "Layers": ["layer.tar"]}]
    with tarfile.open(folder / name, "w") as tar:
        members = (
            ("layer.tar", layer),
            ("config.json", config),
            ("manifest.json", json.dumps(manifest).encode()),
        )
        for member_name, data in members:
            member = tarfile.TarInfo(member_name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return folder / name


def test_closure_file(tmp_path: Path) -> None:
    subject = open_subject([str(closure_file(tmp_path))])
    assert (subject.name, subject.spec.name, subject.strategy) == ("redis-app:v1", "redis-app:v1", "nixpkgs")
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
    with pytest.raises(ImageError, match="no tag"):
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
    assert (subject.spec.architecture, subject.spec.created) == ("arm64", "2026-01-31T00:00:00Z")
    assert (subject.spec.stamp.uid, subject.spec.stamp.gid, subject.spec.stamp.uname) == (1000, 100, "me")
    assert not subject.closure.sized
    plan = solve(subject.closure, PlanRequest(subject.strategy), subject.frame)
    assert [layer.paths for layer in plan.layers] == [(LIBC,), (LIB, APP)]


def test_conf_with_base_and_customisation(tmp_path: Path) -> None:
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "layer.tar").write_bytes(b"\0" * 10240)
    file = conf_file(tmp_path, from_image=str(archive(tmp_path)), customisation_layer=str(tmp_path / "links"))
    subject = open_subject([str(file)])
    assert subject.base is not None
    assert subject.customisation is not None
    assert subject.frame.customisation is not None
    assert subject.frame.customisation.nar_size == 10240
    assert subject.missing == 3


def test_conf_from_another_machine_can_be_planned(tmp_path: Path) -> None:
    subject = open_subject([str(conf_file(tmp_path, customisation_layer="/nowhere/links"))])
    assert subject.missing == 4
    assert len(solve(subject.closure, PlanRequest("keep"), subject.frame).layers) == 3


@pytest.mark.parametrize("form", ["image.tar", "image.tar.gz", "layout"])
def test_image_is_refused_with_what_reads_it(form: str, tmp_path: Path) -> None:
    place = archive(tmp_path)
    if form == "image.tar.gz":
        place = tmp_path / form
        place.write_bytes(gzip.compress((tmp_path / "image.tar").read_bytes()))
    if form == "layout":
        place = tmp_path / form
        place.mkdir()
        (place / "oci-layout").write_text("{}")
    with pytest.raises(SourceError, match="it is an image; this version opens closures") as caught:
        open_subject([str(place)])
    assert "--from" in (caught.value.hint or "")


@pytest.mark.parametrize("text", ["docker://registry.example/x:1", "oci:layout", "containers-storage:x"])
def test_transport_is_refused(text: str) -> None:
    with pytest.raises(SourceError, match="it is an image"):
        open_subject([text])


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("/nowhere/closure.json", "name a store path"),
        ("github:owner/repo", "github:owner/repo#default"),
        ("nixpkgs/branch", "nixpkgs/branch#default"),
    ],
)
def test_what_is_not_there_is_told_with_what_it_looks_like(text: str, hint: str) -> None:
    with pytest.raises(SourceError, match="no such file") as caught:
        open_subject([text])
    assert hint in (caught.value.hint or "")


def test_broken_store_path_is_told() -> None:
    with pytest.raises(SourceError, match="it is no store path"):
        open_subject(["/nix/store/short-name"])


def test_dangling_link(tmp_path: Path) -> None:
    (tmp_path / "result").symlink_to("/nix/store/nothing")
    with pytest.raises(SourceError, match="the link leads to nothing"):
        open_subject([str(tmp_path / "result")])


def test_directory_with_a_flake_shows_how_to_name_it(tmp_path: Path) -> None:
    (tmp_path / "flake.nix").write_text("{}")
    with pytest.raises(SourceError) as caught:
        open_subject([str(tmp_path)])
    assert f"{tmp_path}#default" in (caught.value.hint or "")


@contextlib.contextmanager
def nobody() -> Iterator[None]:
    """Be a user who may not read everything, whoever runs the tests."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_unreadable_place_is_no_missing_file(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    with nobody(), pytest.raises(SourceError, match="Permission denied"):
        open_subject([str(tmp_path / "closed" / "x")])


def test_nothing_and_several_files(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no input was named"):
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
    with pytest.raises((SourceError, ImageError)) as caught:
        open_subject([str(tmp_path / "rubbish")])
    assert "rubbish" in str(caught.value)
    if not isinstance(caught.value, ImageError):
        assert isinstance(caught.value, (MalformedGraphError, SourceError))


@given(st.binary(max_size=600))
def test_any_head_is_recognised_or_refused(data: bytes) -> None:
    with contextlib.suppress(ImageError):
        assert is_archive(data, "x") in {True, False}


def test_installable_is_recognised_by_its_mark(tmp_path: Path) -> None:
    assert recognise(".#app").form is Form.INSTALLABLE
    (tmp_path / "a#b").write_text("[]")
    assert recognise(str(tmp_path / "a#b")).form is Form.FILE
    assert recognise("-").form is Form.FILE
    assert recognise(APP + "/").place == APP


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("redis-7.0.15", "redis:7.0.15"),
        ("app-redis-v1", "app-redis:v1"),
        ("hello", "hello:latest"),
        ("Foo_Bar+x", "foo-bar-x:latest"),
        ("x-1.0+git?=", "x:1.0-git-"),
        ("_-1", "image:1"),
    ],
)
def test_name_out_of_a_root(name: str, image: str) -> None:
    assert name_of(path("a", name)) == image


@given(st.from_regex(r"[0-9a-zA-Z+\-._?=]{1,211}", fullmatch=True))
def test_every_root_makes_a_name_that_docker_takes(name: str) -> None:
    made = name_of(path("a", name))
    assert str(ImageName.parse(made)) == made


def test_baseline_drops_what_does_not_concern_it(tmp_path: Path) -> None:
    earlier = open_subject([str(closure_file(tmp_path, app=path("d", "old-app-1")))])
    request = PlanRequest(pins=(Pin("Redis*", "x"), Pin("lib", "y")), exclude=(APP, LIBC))
    plan = baseline_plan(earlier, request)
    assert plan.request.pins == (Pin("lib", "y"),)
    assert plan.request.exclude == (LIBC,)


def test_baseline_of_a_conf_is_as_it_was(tmp_path: Path) -> None:
    plan = baseline_plan(open_subject([str(conf_file(tmp_path))]), PlanRequest("single", max_layers=5))
    assert [layer.paths for layer in plan.layers] == [(LIBC,), (LIB, APP)]


def test_nar_size(tmp_path: Path) -> None:
    # an empty file is 112 bytes, see the words of the format
    store = tmp_path / "nix" / "store"
    for name, expected in (("empty", 112), ("nine", 112 + 16), ("tool", 112 + 8 + 32)):
        place = store / f"{'a' * 32}-{name}"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes({"empty": b"", "nine": b"x" * 9, "tool": b"x"}[name])
        place.chmod(0o755 if name == "tool" else 0o644)
        assert nar_size(DiskContents(tmp_path), path("a", name)) == expected


def test_demo_is_a_closure_with_its_files() -> None:
    subject = open_demo()
    assert len(subject.closure) > 5
    assert subject.missing == 0
