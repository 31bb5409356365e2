"""What a word names: a script that streams an image, an image, a link, a path in the store."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import random
import tarfile
import threading
from typing import TYPE_CHECKING

import pytest
import zstandard

from nixdive.errors import SourceError
from nixdive.opening.content import is_archive
from nixdive.opening.recognise import Form, Named, image_named, recognise
from tests.gnu_tar import gnu_tar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Callable[[str, bytes | None], Path]:
    """Put a file, or a directory, into a store of its own."""

    def put(name: str, data: bytes | None) -> Path:
        place = tmp_path / "nix/store" / f"{'a' * 32}-{name}"
        place.parent.mkdir(parents=True, exist_ok=True)
        if data is None:
            place.mkdir()
        else:
            place.write_bytes(data)
        return place

    return put


def tar() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("manifest.json"))
    return made.getvalue()


def test_script_that_streams_an_image_is_its_conf(store: Callable[..., Path], tmp_path: Path) -> None:
    conf = store("image-conf.json", json.dumps({"store_layers": []}).encode())
    script = store(
        "stream-image",
        b'#! /nix/store/x-bash/bin/bash -e\nexec "/nix/store/x-stream/bin/stream"  '
        + os.fsencode(conf)
        + b' "$@" \n',
    )
    for place in (script, tmp_path / "result"):
        if place != script:
            place.symlink_to(script)
        named = recognise(str(place))
        assert (named.form, named.place, named.text) == (Form.FILE, str(conf), str(place))


def test_script_outside_the_store_too(store: Callable[..., Path], tmp_path: Path) -> None:
    conf = store("image-conf.json", b'{"store_layers": []}')
    (tmp_path / "stream").write_text(f"#!/bin/sh\nexec stream {conf}\n")
    assert recognise(str(tmp_path / "stream")).place == str(conf)


@pytest.mark.parametrize("named_conf", ["/nowhere/conf.json", "/etc/passwd.json", "other.json"])
def test_other_scripts_are_store_paths(named_conf: str, store: Callable[..., Path]) -> None:
    script = store("tool", f"#!/bin/sh\nexec cat {named_conf}\n".encode())
    assert (recognise(str(script)).form, recognise(str(script)).place) == (Form.STORE_PATH, str(script))


def test_links_lead_to_store_paths(store: Callable[..., Path], tmp_path: Path) -> None:
    place = store("app-1", None)
    (place / "bin").mkdir()
    (place / "bin/app").write_bytes(b"\x7fELF")
    (tmp_path / "result").symlink_to(place)
    (tmp_path / "second").symlink_to("result")
    for word in ("result", "result/", "second", "result/bin", "result/bin/app"):
        named = recognise(f"{tmp_path}/{word}")
        assert (named.form, named.place) == (Form.STORE_PATH, str(place))


@pytest.mark.parametrize(
    "data",
    [
        b'{"references": [1]}',
        b' [{"references": []}]',
        b'{"store_layers": [], "repo_tag": "x"}',
        b"/etc/passwd\n",
        b"digraph G {}",
        b"#!/bin/sh\nexec cat /etc/passwd.json\n",
        b"\x7fELF",
        b"",
    ],
)
def test_a_file_in_the_store_is_a_store_path_whatever_it_holds(
    data: bytes, store: Callable[..., Path], tmp_path: Path
) -> None:
    """As for Nix; `closure:` reads it as a file."""
    place = store("setting.json", data)
    (tmp_path / "link").symlink_to(place)
    for word in (str(place), f"{tmp_path}/link", f"path:{place}"):
        assert recognise(word) == Named(word, Form.STORE_PATH, str(place))
        assert not recognise(word).note
    assert image_named(str(place)) is None
    assert recognise(f"closure:{place}") == Named(f"closure:{place}", Form.FILE, str(place))
    with pytest.raises(SourceError, match="closure:/nowhere: no such file"):
        recognise("closure:/nowhere")


def test_a_file_outside_has_one_meaning(tmp_path: Path) -> None:
    file = tmp_path / "closure.json"
    file.write_text("[]")
    with pytest.raises(SourceError, match="it is not in a store") as caught:
        recognise(f"path:{file}")
    assert (caught.value.hint or "").startswith(str(file))
    assert recognise(f"closure:{file}").form is recognise(str(file)).form is Form.FILE
    assert image_named(f"image:{file}") is None
    assert recognise(f"image:{file}").form is Form.FILE  # it may be a conf.json


def test_a_tar_in_the_store_is_an_image_only_where_one_was_built(store: Callable[..., Path]) -> None:
    digest = "0123456789abcdef" * 4

    def tar_of(*names: str) -> bytes:
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w") as archive:
            for name in names:
                member = tarfile.TarInfo(name.rstrip("/"))
                member.type = tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
                archive.addfile(member)
        return made.getvalue()

    for number, names in enumerate(
        (
            (f"{digest}/layer.tar", f"{digest}.json", "manifest.json"),  # streamed, buildLayeredImage
            ("./", f"./{digest}.json", f"./{digest}/", f"./{digest}/VERSION"),  # buildImage
            (f"{digest}/", f"{digest}/json"),
            (f"{digest}.tar", f"{digest}.json"),  # skopeo: pullImage
            ("blobs/", "blobs/sha256/", f"blobs/sha256/{digest}", "index.json"),  # an OCI archive
            ("oci-layout", "index.json"),
            ("manifest.json",),
        )
    ):
        place = store(f"image-{number}.tar", tar_of(*names))
        assert recognise(str(place)).form is Form.IMAGE, names
        assert f"path:{place} names the store path" in recognise(str(place)).note
        assert recognise(f"path:{place}") == Named(f"path:{place}", Form.STORE_PATH, str(place))
    for number, names in enumerate(
        (("linux-6.1/", "linux-6.1/Makefile"), ("./", "./etc/"), ("index.json", "src/"), ("blobs/", "x"))
    ):
        place = store(f"sources-{number}.tar.gz", gzip.compress(tar_of(*names)))
        assert recognise(str(place)) == Named(str(place), Form.STORE_PATH, str(place)), names
        assert image_named(str(place)) is None
        assert recognise(f"image:{place}").form is Form.IMAGE
        assert image_named(f"image:{place}") == Named(f"image:{place}", Form.IMAGE, str(place))


def test_a_conf_in_the_store_is_its_image(store: Callable[..., Path]) -> None:
    place = store("app-conf.json", b'{"repo_tag": "x:1", "store_layers": []}')
    assert recognise(str(place)) == Named(str(place), Form.FILE, str(place))
    assert recognise(str(place)).note
    assert recognise(f"path:{place}").form is Form.STORE_PATH


def test_links_are_followed_to_the_first_store_path(store: Callable[..., Path], tmp_path: Path) -> None:
    """One that is itself a link stays what it is, and so does what an environment links to."""
    target, environment = store("app-3.2", None), store("env", None)
    link = target.parent / f"{'b' * 32}-link"
    link.symlink_to(target)
    (target / "bin").mkdir()
    (target / "bin/app").write_bytes(b"\x7fELF")
    (environment / "bin").symlink_to(target / "bin")
    (tmp_path / "result").symlink_to(link)
    (tmp_path / "profile").symlink_to(environment)
    for word, place in (
        (str(link), link),
        (f"{tmp_path}/result", link),
        (f"{tmp_path}/result/bin/app", link),
        (f"{environment}/bin/app", environment),
        (f"{tmp_path}/profile/bin/../bin/app", environment),
        (f"{tmp_path}/profile/./bin//app", environment),
        (f"{environment}/bin/../../{target.name}", environment),
    ):
        assert recognise(word) == Named(word, Form.STORE_PATH, str(place)), word


def test_a_derivation_is_what_it_builds(store: Callable[..., Path], tmp_path: Path) -> None:
    place = store("app-1.drv", b"Derive(...)")
    (tmp_path / "result.drv").symlink_to(place)
    (tmp_path / "result").symlink_to(place)
    for word, outputs in (
        (f"{place}^out", "out"),
        (f"{place}^out,dev", "out,dev"),
        (f"{place}^*", "*"),
        (f"{tmp_path}/result.drv^dev", "dev"),
    ):
        assert recognise(word) == Named(word, Form.INSTALLABLE, f"{place}^{outputs}")
        assert not recognise(word).note
    for word in (str(place), f"{tmp_path}/result.drv", f"{tmp_path}/result"):
        assert recognise(word) == Named(word, Form.INSTALLABLE, f"{place}^*")
        assert "is a derivation; what it builds is opened" in recognise(word).note
    assert recognise(f"path:{place}") == Named(f"path:{place}", Form.STORE_PATH, str(place))


def test_flakes_are_named_as_for_nix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "project"
    (folder / "below/.git").mkdir(parents=True)
    (folder / "sub").mkdir()
    (folder / "flake.nix").write_text("{}")
    monkeypatch.chdir(folder)
    for word, place in (
        (".", folder),
        (str(folder), folder),
        ("sub", folder / "sub"),  # Nix looks upwards
        (f"path:{folder}", f"path:{folder}"),
        ("path:.", "path:."),
        (".#app", ".#app"),
        (f"path:{folder}#app^dev", f"path:{folder}#app^dev"),
        ("github:owner/repo", "github:owner/repo"),
        ("git+file:///x", "git+file:///x"),
        ("flake:nixpkgs", "flake:nixpkgs"),
    ):
        assert recognise(word) == Named(word, Form.INSTALLABLE, str(place)), word
    with pytest.raises(
        SourceError, match="a folder without an image or a flake"
    ):  # up to the top of the repository
        recognise("below")


def test_the_store_of_another_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links into it name its paths as Nix does; so do those that lead to where it would be mounted."""
    root, base = tmp_path / "root", f"{'a' * 32}-app-1"
    (root / "nix/store" / base / "bin").mkdir(parents=True)
    (root / "nix/var/nix/db").mkdir(parents=True)
    (tmp_path / "into").symlink_to(root / "nix/store" / base)
    (tmp_path / "result").symlink_to(f"/nix/store/{base}")
    inside = [str(tmp_path / "into"), str(root / "nix/store" / base / "bin")]
    for word in inside:
        assert recognise(word) == Named(word, Form.STORE_PATH, f"/nix/store/{base}", root=str(root))
    monkeypatch.setenv("NIX_REMOTE", str(root))
    word = str(tmp_path / "result")
    assert recognise(word) == Named(word, Form.STORE_PATH, f"/nix/store/{base}")


def test_a_store_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = f"{'a' * 32}-app-1"
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / base).write_bytes(b"digraph G {}")
    word = str(tmp_path / "store" / base)
    assert recognise(word).form is Form.FILE  # there is nothing that says it is a store
    monkeypatch.setenv("NIX_STORE_DIR", str(tmp_path / "store/"))
    assert recognise(word) == Named(word, Form.STORE_PATH, word)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_an_image_in_the_store_is_an_image(
    pack: Callable[[bytes], bytes], store: Callable[..., Path], tmp_path: Path
) -> None:
    place = store("image.tar", pack(tar()))
    (tmp_path / "result").symlink_to(place)
    for word in (str(place), f"{tmp_path}/result"):
        assert recognise(word) == (found := Named(word, Form.IMAGE, str(place)))
        assert image_named(word) == found


def test_a_layout_is_an_image(store: Callable[..., Path]) -> None:
    place = store("image", None)
    (place / "oci-layout").write_text("{}")
    assert recognise(str(place)) == Named(str(place), Form.IMAGE, str(place))


def test_an_image_in_a_file_has_a_name(tmp_path: Path) -> None:
    file, odd = tmp_path / "images.tar", tmp_path / "x:v1.tar"
    for place in (file, odd):
        place.write_bytes(tar())
    (tmp_path / "layout").mkdir()
    (tmp_path / "layout/oci-layout").write_text("{}")
    for word, place, name in (
        (f"{file}:app:v1", file, "app:v1"),
        (f"{file}:localhost:5000/app:v1", file, "localhost:5000/app:v1"),
        (f"{odd}", odd, None),
        (f"{odd}:app", odd, "app"),
        (f"{tmp_path}/layout:v2", tmp_path / "layout", "v2"),
        (f"docker-archive:{file}", file, None),
        (f"docker-archive:{file}:app:v1", file, "app:v1"),
        (f"oci-archive:{file}:v1", file, "v1"),
        (f"oci:{tmp_path}/layout:v2", tmp_path / "layout", "v2"),
    ):
        assert recognise(word) == Named(word, Form.IMAGE, str(place), name), word
    with pytest.raises(SourceError, match="no such file"):
        recognise(f"{tmp_path}/other.tar:app")
    for word in ("oci:x", "oci-archive:x.tar:v1", "docker-archive:x.tar", "dir:x"):
        with pytest.raises(SourceError, match=f"{word}: no such file"):
            recognise(word)


@pytest.mark.parametrize("word", ["docker://host/x:1", "docker-daemon:x:1", "containers-storage:x"])
def test_what_only_skopeo_reaches(word: str) -> None:
    assert recognise(word) == image_named(word) == Named(word, Form.REMOTE, word)


def test_a_pipe_is_read_once_and_kept(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("[]",))
    writer.start()
    for _ in range(2):
        found = recognise(str(pipe))
        assert (found.form, found.piped and found.piped.data) == (Form.FILE, b"[]")
    assert image_named(str(pipe)) is None
    writer.join()


PACKS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstandard.compress}


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_noise_packs_to_large_blocks(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    """The head of such a file may unpack to nothing, as little as that head is."""
    noise = random.Random(1).randbytes(3 << 20)
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        member = tarfile.TarInfo("layer.tar")
        member.size = len(noise)
        archive.addfile(member, io.BytesIO(noise))
    file = tmp_path / "x"
    file.write_bytes(pack(made.getvalue()))
    assert recognise(str(file)).form is Form.IMAGE
    file.write_bytes(pack(noise))
    assert recognise(str(file)).form is Form.FILE


@pytest.mark.parametrize("pack", [bytes, *PACKS.values()], ids=["plain", *PACKS])
def test_a_tar_from_before_posix_is_one(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("[]")
    made = gnu_tar(tmp_path, "--format=v7", names=["manifest.json"])
    assert b"ustar" not in made
    (tmp_path / "image").write_bytes(pack(made))
    assert recognise(str(tmp_path / "image")).form is Form.IMAGE
    assert is_archive(pack(made))
    assert not is_archive(pack(made.replace(b"manifest", b"Manifest")))


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_damaged_data_are_no_archive(pack: Callable[[bytes], bytes]) -> None:
    packed = pack(tar())
    assert not is_archive(packed[:12])
    assert not is_archive(packed[:6] + b"\xff" * 60)


def test_what_unpacks_to_packed_things_ends() -> None:
    data = tar()
    for expected in (True, True, True, True, False, False):
        assert is_archive(data) is expected
        data = gzip.compress(data)


def test_demo_is_a_word_where_nothing_is_called_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert recognise("demo").form is Form.DEMO
    (tmp_path / "demo").write_bytes(tar())
    assert recognise("demo").form is Form.IMAGE
    with pytest.raises(SourceError, match=r"\./demos: no such file"):
        recognise("./demos")
