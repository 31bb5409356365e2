from __future__ import annotations

import sqlite3
import tarfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.errors import ImageError
from nixdive.image.root.nix_database import database
from nixdive.image.root.request import Account, Folder, Permission, RootRequest
from nixdive.store.nar_hash import sha256_hex
from nixdive.store.path import PathInfo, StorePath, paths_in
from tests.program import run

if TYPE_CHECKING:
    from pathlib import Path

HASH = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
A, B = (StorePath(f"/nix/store/{letter * 32}-{letter}") for letter in "ab")


def entries(image: Path, layer: int = -1) -> dict[str, tarfile.TarInfo]:
    """Return what is in a layer of an image without compression, by name."""
    with tarfile.open(image) as outer:
        layers = [name for name in outer.getnames() if name.endswith("/layer.tar")]
        with tarfile.open(fileobj=outer.extractfile(layers[layer])) as inner:
            return {member.name: member for member in inner.getmembers()}


def text(image: Path, name: str) -> str:
    with tarfile.open(image) as outer:
        layers = [one for one in outer.getnames() if one.endswith("/layer.tar")]
        with tarfile.open(fileobj=outer.extractfile(layers[-1])) as inner:
            found = inner.extractfile(name)
            assert found is not None
            return found.read().decode()


def write(folder: Path, *words: str | Path) -> Path:
    target = folder / "image.tar"
    done = run("write", "-q", "-o", target, "--format", "docker-archive", *words)
    assert (done.returncode, done.stderr) == (0, "")
    return target


def test_directories_have_the_mode_and_the_owner_that_was_asked_for(tmp_path: Path) -> None:
    found = entries(
        write(tmp_path, "--mkdir", "/tmp:1777", "--mkdir", "/srv//data/:0750:5:6", "--mkdir", "/x")
    )
    assert {name: (one.mode, one.uid, one.gid) for name, one in found.items()} == {
        "/srv": (0o755, 0, 0),
        "/srv/data": (0o750, 5, 6),
        "/tmp": (0o1777, 0, 0),
        "/x": (0o755, 0, 0),
    }


def test_users_are_those_of_fake_nss_and_the_added_ones(tmp_path: Path) -> None:
    image = write(tmp_path, "--add-user", "app:1000:7:/home/app:/bin/zsh", "--add-user", "b:8")
    assert text(image, "/etc/passwd") == (
        "root:x:0:0:root user:/var/empty:/bin/sh\n"
        "nobody:x:65534:65534:nobody:/var/empty:/bin/sh\n"
        "app:x:1000:7::/home/app:/bin/zsh\n"
        "b:x:8:8::/var/empty:/bin/sh\n"
    )
    assert text(image, "/etc/group") == "root:x:0:\napp:x:7:\nb:x:8:\nnobody:x:65534:\n"
    assert text(image, "/etc/nsswitch.conf") == "hosts: files dns\n"
    home, empty = (entries(image)[name] for name in ("/home/app", "/var/empty"))
    assert (home.uid, home.gid, home.uname, empty.uid, empty.uname) == (1000, 7, "", 0, "root")


def test_files_of_a_directory_and_tars_become_layers_in_their_order(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "etc").mkdir(parents=True)
    (tree / "etc/app.conf").write_text("x")
    (tree / "etc/app.conf").chmod(0o640)
    (tree / "link").symlink_to("etc")
    packed = tmp_path / "more.tar.gz"
    with tarfile.open(packed, "w:gz") as tar:
        tar.add(tree / "etc", "opt")
    image = write(tmp_path, "--layer", tree, "--layer", packed, "--perm", "/etc/*=0600:9", "--uid", "3")
    first, second = entries(image, -2), entries(image)
    assert list(first) == ["/etc", "/etc/app.conf", "/link"]
    conf = first["/etc/app.conf"]
    assert (conf.mode, conf.uid, conf.gid, first["/etc"].uid) == (0o600, 9, 9, 3)
    assert list(second) == ["opt", "opt/app.conf"]


def test_files_keep_their_owners_where_that_is_asked_for(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "a").touch()
    image = write(tmp_path, "--layer", tree, "--keep-owners", "--uid", "77")
    assert entries(image)["/a"].uid == (tree / "a").stat().st_uid


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("--perm", "/nothing=0600", "--mkdir", "/a"),
            "--perm /nothing: no file at the root has such a name",
        ),
        (
            ("--mkdir", "/etc/passwd", "--passwd"),
            "/etc/passwd: it is asked for twice, as two different things",
        ),
        (("--mkdir", "/etc/passwd/x", "--passwd"), "/etc/passwd: it would be both a directory and a file"),
        (("--layer", "/nowhere"), "/nowhere: no such file"),
    ],
)
def test_wishes_that_cannot_be_met_are_told(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    done = run("write", "-q", "-o", tmp_path / "x", *words)
    assert done.returncode == 1
    assert told.lower() in done.stderr.lower()


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--mkdir", "tmp"),
        ("--mkdir", "/a/../b"),
        ("--mkdir", "/a:99"),
        ("--mkdir", "/a:755:x"),
        ("--perm", "/a"),
        ("--perm", "a=755"),
        ("--perm", "/a=77777"),
        ("--add-user", "app"),
        ("--add-user", "a b:1"),
        ("--add-user", "app:1:2:home"),
        ("--add-user", "app:4294967296"),
    ],
)
def test_words_that_say_nothing_are_wrong_calls(option: str, value: str) -> None:
    done = run("write", "-o", "x.tar", option, value)
    assert (done.returncode, option in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("value", "told"),
    [("tmp", "use /tmp"), ("/../../etc", "has .. in it"), ("/a\nb", "has a line break")],
)
def test_a_directory_is_refused_for_what_is_wrong_with_it(value: str, told: str) -> None:
    done = run("write", "-o", "x.tar", "--mkdir", value)
    assert (done.returncode, told in done.stderr) == (2, True)


def test_an_image_of_nothing_is_a_wrong_call() -> None:
    assert run("write", "-o", "x.tar").returncode == 2


@given(st.integers(0, 0o7777), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_what_is_written_is_read(mode: int, uid: int, gid: int) -> None:
    assert Folder.parse(f"/a/b:{mode:04o}:{uid}:{gid}") == Folder("/a/b", mode, (uid, gid))
    assert Permission.parse(f"/a=b={mode:04o}:{uid}:{gid}") == Permission("/a=b", mode, (uid, gid))
    assert Account.parse(f"u:{uid}:{gid}") == Account("u", uid, gid)


@pytest.mark.parametrize(
    ("users", "told"),
    [
        (("root:5",), ["user root has the number 5, and no longer 0"]),
        (("a:5", "b:5"), ["users a and b both have the number 5"]),
        (("a:0",), ["users root and a both have the number 0"]),
        (("a:5", "a:6", "nobody:7"), []),
    ],
)
def test_numbers_of_users_that_nobody_may_have_meant_are_told(
    users: tuple[str, ...], told: list[str]
) -> None:
    assert list(RootRequest(accounts=tuple(map(Account.parse, users))).remarks) == told


def test_they_are_told_when_an_image_is_written(tmp_path: Path) -> None:
    done = run("write", "--add-user", "root:5", "--format", "oci", "-o", tmp_path / "image")
    assert done.returncode == 0
    assert done.stderr.splitlines()[-2:].count("user root has the number 5, and no longer 0") == 1


@pytest.mark.parametrize("data", [b"", b"A=1\n", bytes(100), b"#!/bin/sh\n" * 200])
def test_a_layer_that_is_no_tar_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "env.sh").write_bytes(data)
    done = run("write", "--layer", tmp_path / "env.sh", "-o", tmp_path / "image.tar")
    assert done.returncode == 1
    assert f"{tmp_path}/env.sh: it is no tar" in done.stderr


def test_a_path_that_the_config_alone_names_is_said_to_be_missing(tmp_path: Path) -> None:
    done = run("write", "--cmd", f"{A}/bin/x", "-o", tmp_path / "image.tar")
    assert done.returncode == 1
    assert f"{A}: the config names it, and it is not on this machine" in done.stderr


def test_an_account_of_the_same_name_replaces_the_usual_one() -> None:
    users = RootRequest(accounts=(Account.parse("root:0:0:/root"),)).users
    assert [(one.name, one.home) for one in users] == [("root", "/root"), ("nobody", "/var/empty")]


def test_a_database_lists_paths_with_their_references(tmp_path: Path) -> None:
    file = tmp_path / "db.sqlite"
    file.write_bytes(
        database([PathInfo(B, 7, (A, B), "/x.drv", None, HASH), PathInfo(A, 5, (), None, None, HASH)], 1)
    )
    connection = sqlite3.connect(file)
    digits = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    found = connection.execute(
        "select path, hash, registrationTime, deriver, narSize from ValidPaths"
    ).fetchall()
    assert found == [(A, f"sha256:{digits}", 1, None, 5), (B, f"sha256:{digits}", 1, None, 7)]
    assert connection.execute("select * from Refs order by 1, 2").fetchall() == [(2, 1), (2, 2)]
    connection.close()


def test_a_database_needs_hashes() -> None:
    with pytest.raises(ImageError, match="what its NAR hashes to is not known"):
        database([PathInfo(A, 5, ())], 1)


def test_hashes_are_read_in_every_spelling() -> None:
    digits = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    base32 = "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73"
    assert {sha256_hex(text) for text in (HASH, digits, f"sha256:{digits}", base32, f"sha256:{base32}")} == {
        digits
    }
    assert [sha256_hex(text) for text in ("", "sha512-AA==", "sha256-AA==", "sha256:xyz", "e" * 52)] == [
        None
    ] * 5


def test_store_paths_in_a_text() -> None:
    assert paths_in(f"PATH={A}/bin:{B}/bin {A}") == (A, B)
    assert paths_in(f"/nix/store/short-x {A.base}") == ()
