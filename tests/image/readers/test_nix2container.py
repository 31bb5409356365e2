from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.errors import MalformedImageError
from nixdive.image.oci.history import store_paths_of
from nixdive.image.readers.found import image_in, read_image
from nixdive.image.readers.nix2container import DescribedFiles, described_in
from nixdive.image.stored.indexed import index_image
from nixdive.image.stored.verify import verify
from tests.image.described import MOVED, OPENED, ROOT, A, B, C, image, layer, store
from tests.program import run

if TYPE_CHECKING:
    from collections.abc import Mapping


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store below a folder of its own, which is the one that Nix is told to use."""
    folder = store(tmp_path / "root")
    monkeypatch.setenv("NIX_REMOTE", str(folder))
    return folder


def changed(root: Path, **more: Any) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(image(root, [A, B], [C]))
    return value | more


def file(folder: Path, data: bytes) -> Path:
    place = folder / "image-shop.json"
    place.write_bytes(data)
    return place


def test_it_is_the_image_that_nix2container_would_push(root: Path, tmp_path: Path) -> None:
    data = image(root, [A, B], [C, OPENED], created="2026-01-02T03:04:05Z")
    place = file(tmp_path, data)
    found = read_image(place)
    assert verify(place) == ()
    assert found.name == "shop:latest"
    assert {key: found.config[key] for key in ("architecture", "os", "created")} == {
        "architecture": "arm64",
        "os": "linux",
        "created": "2026-01-02T03:04:05Z",
    }
    assert found.config["config"] == {"Cmd": [f"{C}/bin/c"], "User": "7"}
    stated = json.loads(data)["layers"]
    assert [one.digest for one in found.layers] == [one["digest"] for one in stated]
    top = index_image(found)[1]
    owners = {entry.name: (entry.mode, entry.uid, entry.gid) for entry in top.entries}
    assert owners[b"/tmp"] == (0o1777, 7, 8)
    assert owners[b"/etc/motd"] == (0o444, 0, 0)
    assert f"{C}/bin/c".encode() in owners
    assert f"{ROOT}/etc/motd".encode() not in owners


def test_the_history_says_how_layers_were_made_and_names_store_paths_where_there_is_nothing_else(
    root: Path,
) -> None:
    value = json.loads(image(root, [A, B], [C, MOVED]))
    value["layers"][0]["History"] = {"created": "2026-01-02T03:04:05Z", "created_by": "us", "author": "me"}
    value["layers"][1]["History"] = {"created": "0001-01-01T00:00:00Z", "author": "", "comment": "ours"}
    first, second = image_in(DescribedFiles(json.dumps(value).encode(), "x")).config["history"]
    assert store_paths_of(first) == (A, B)
    assert first | {"comment": ""} == {
        "created": "2026-01-02T03:04:05Z",
        "author": "me",
        "created_by": "us",
        "comment": "",
    }
    assert second == {"comment": "ours"}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"arch": 1}, "arch is missing"),
        ({"layers": {}}, "layers is not a list"),
        ({"version": 99}, "it is of version 99 of nix2container's images; nixdive reads version 1"),
        ({"created": "soon"}, "created: 'soon' is not a time"),
        ({"layers": [3]}, "layer 1: it is not an object"),
        ({"layers": [{}]}, "layer 1: digest is not a sha256 digest"),
    ],
)
def test_what_is_malformed_is_told(root: Path, more: Mapping[str, Any], told: str) -> None:
    with pytest.raises(MalformedImageError, match=told):
        DescribedFiles(json.dumps(changed(root, **more)).encode(), "image.json")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"History": 1}, "layer 1: History is not an object"),
        ({"History": {"author": 1}}, "layer 1: History: author is not a string"),
        ({"History": {"created": "soon"}}, "layer 1: History: created: 'soon' is not a time"),
        ({"size": "1"}, "layer 1: size is not a number of bytes"),
        ({"paths": []}, "layer 1: it has neither store paths nor a tar"),
        ({"paths": [1]}, "layer 1: one of its paths is not an object"),
        ({"paths": [{"path": "/etc"}]}, "layer 1: '/etc' is not a store path"),
        ({"layer-path": "/etc/shadow"}, "layer 1: layer-path: '/etc/shadow' is not in a store"),
        ({"layer-path": f"{A}/../../../etc/shadow"}, "is not in a store"),
        ({"paths": [{"path": A, "options": 1}]}, "options is not an object"),
        ({"paths": [{"path": A, "options": {"rewrite": {"regex": "x", "repl": "$1"}}}]}, "repl is not plain"),
        (
            {"paths": [{"path": A, "options": {"rewrite": {"regex": "(a+)+"}}}]},
            "repeats more than a character",
        ),
        ({"paths": [{"path": A, "options": {"perms": [{"mode": "u+w"}]}}]}, "'u\\+w' is not an octal number"),
        ({"paths": [{"path": A, "options": {"perms": [{"uid": -1}]}}]}, "uid or gid is not a number"),
        ({"paths": [{"path": A, "options": {"perms": [{"uname": 1}]}}]}, "uname or gname is not the name"),
    ],
)
def test_what_is_malformed_in_a_layer_is_told(root: Path, more: Mapping[str, Any], told: str) -> None:
    value = changed(root)
    value["layers"][0] |= more
    with pytest.raises(MalformedImageError, match=told):
        DescribedFiles(json.dumps(value).encode(), "image.json")


@pytest.mark.parametrize("text", ["", "{}", '["image-config"]', '{"image-config": {}}', "tar"])
def test_another_file_is_no_such_image(tmp_path: Path, text: str) -> None:
    assert described_in(file(tmp_path, text.encode())) is None


def test_a_layer_may_be_a_tar_in_the_store(root: Path, tmp_path: Path) -> None:
    value = json.loads(image(root, [A, B], [MOVED]))
    place = root / C[1:] / "layer.tar"
    place.write_bytes(
        b"".join(
            DescribedFiles(json.dumps(value).encode(), "x").chunks(
                f"blobs/sha256/{value['layers'][1]['digest'][7:]}"
            )
        )
    )
    value["layers"][1]["layer-path"] = f"{C}/layer.tar"
    value["layers"][1].pop("paths")
    assert verify(file(tmp_path, json.dumps(value).encode())) == ()


def test_files_that_are_not_what_they_were_are_found(root: Path, tmp_path: Path) -> None:
    place = file(tmp_path, image(root, [A], [B]))
    changing = root / B[1:] / "lib/b"
    changing.chmod(0o644)
    changing.write_text("B")
    (digest, diff_id) = verify(place)
    assert "its digest is" in digest.what
    assert "its diff_id is" in diff_id.what
    changing.unlink()
    changing.parent.rmdir()
    changing.parent.parent.rmdir()
    done = run("plan", place, "-q")
    assert f"cannot be read: {B} is not on this machine" in done.stdout


def test_layers_stay_with_their_bytes_and_paths_leave_what_is_at_the_root(root: Path, tmp_path: Path) -> None:
    data = image(root, [A, B], [C, OPENED])
    place = file(tmp_path, data)
    stated = [one["diff_ids"] for one in json.loads(data)["layers"]]
    assert run("write", place, "-o", tmp_path / "kept.tar", "-q", "--no-cache").returncode == 0
    kept = read_image(tmp_path / "kept.tar")
    assert [one.diff_id for one in kept.layers] == stated
    assert {one.compression for one in kept.layers} == {"gzip"}
    plan = json.loads(run("plan", place, "--json", "-q").stdout)
    assert [one["paths"] for one in plan["layers"]] == [[A, B], [C]]
    anew = tmp_path / "anew.tar"
    assert (
        run("write", place, "-o", anew, "-q", "--strategy", "each", "--no-cache", "--verify").returncode == 0
    )
    layers = read_image(anew).layers
    assert len(layers) == 4
    alone = layer(root, [OPENED])
    assert layers[-1].diff_id == alone["diff_ids"]
    plan = json.loads(run("plan", anew, "--json", "-q").stdout)
    assert sorted(path for one in plan["layers"] for path in one["paths"]) == [A, B, C]


def test_a_layer_of_everything_is_laid_out_anew(root: Path, tmp_path: Path) -> None:
    place = file(tmp_path, image(root, [A, B, C, MOVED]))
    for words, layers in ((), [[A, B, C]]), (("--strategy", "each"), [[A], [B], [C], []]):
        plan = json.loads(run("plan", place, "--json", "-q", *words).stdout)
        assert sorted(one["paths"] for one in plan["layers"]) == sorted(layers)
    pinned = run("plan", place, "-q", "--pin", "a=x")
    assert pinned.returncode != 0
    assert "stays as it is" in pinned.stderr


def test_paths_with_modes_of_their_own_stay_where_they_are(root: Path, tmp_path: Path) -> None:
    own = {"path": A, "options": {"perms": [{"regex": "lib", "mode": "0700", "uid": 1, "gid": 1}]}}
    place = file(tmp_path, image(root, [own, B, C]))
    plan = json.loads(run("plan", place, "--json", "-q", "--strategy", "each").stdout)
    assert [one["paths"] for one in plan["layers"]] == [[B], [C], [A]]
    assert run("write", place, "-o", tmp_path / "x.tar", "-q", "--strategy", "each").returncode == 0
    top = replace(read_image(tmp_path / "x.tar"), name=None)
    entries = {one.name: (one.mode, one.uid) for one in index_image(top)[-1].entries}
    assert entries[f"{A}/lib/a".encode()] == (0o700, 1)


@pytest.mark.parametrize("words", [("plan", "-", "-q"), ("inspect", "-", "-q"), ("verify", "-", "-q")])
def test_it_comes_through_a_pipe(root: Path, words: tuple[str, ...]) -> None:
    done = run(*words, stdin=image(root, [A, B], [C, MOVED]))
    assert (done.returncode, done.stderr) == (0, "")


def test_the_files_of_a_written_image_can_be_unpacked(root: Path, tmp_path: Path) -> None:
    place = file(tmp_path, image(root, [A, B, C, OPENED]))
    run("extract", place, "/etc", "-o", tmp_path / "out", "-q")
    assert Path(tmp_path, "out/etc/motd").read_text() == "hello"


@pytest.mark.parametrize("comment", [None, "ours"])
def test_a_layer_made_here_is_another_one_than_that_of_nix2container_with_the_same_paths(
    root: Path, tmp_path: Path, comment: str | None
) -> None:
    value = json.loads(image(root, [A], [B], [C]))
    for one in value["layers"] if comment else ():
        one["History"] = {"comment": comment}
    place, archive = file(tmp_path, json.dumps(value).encode()), tmp_path / "shop.tar"
    assert run("write", place, "-o", archive).returncode == 0
    closure = tmp_path / "closure.json"
    closure.write_text(json.dumps([{"path": path, "narSize": 9, "references": []} for path in (A, B, C)]))
    for before in (place, archive):
        same = run("plan", place, "--against", before)
        assert "push  0 B  NAR bytes  0 new layers  3 reused" in same.stdout, before
        anew = run("plan", closure, "--against", before, "--strategy", "each")
        assert "3 new layers  0 reused" in anew.stdout, before
        assert "3 layers of another program than nixpkgs' or nixdive" in anew.stderr
