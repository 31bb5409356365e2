"""Digests are those that nix2container's own program (March 2026, Go 1.26) states of the same files."""

from __future__ import annotations

import io
import tarfile
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from nixdive.contents.entry import FileEntry, Kind
from nixdive.errors import UnreadablePathError
from nixdive.image.tars.go_pattern import go_pattern
from nixdive.image.tars.moved_tar import MovedPath, MovedTar, Permission
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from typing import BinaryIO

ROOT = StorePath("/nix/store/5fqrksifys5rg9m525kxnj8vhqykj9fi-root")
LIB = StorePath("/nix/store/646dmw9jc3a89nwhrvnhnsmbs211pfl7-lib")


def files() -> dict[str, bytes]:
    """Names of all lengths around those of the fields of a header, in ASCII and not."""
    found = {"etc/motd": b"hi\n", "etc/a/z": b"c", "etc/a-b": b"b", "etc/a.c": b"", "etc/ünï": b"u"}
    found["bin/tool"] = b"#!/bin/sh\n" * 700
    found |= {f"long/{'n' * length}": b"x" * length for length in range(88, 104)}
    found |= {
        "/".join([letter * 60] * deep) + "/f": b"deep" for letter, deep in (("d", 2), ("e", 3), ("f", 5))
    }
    return found | {f"{'s' * 99}/x": b"s", f"{'t' * 100}/x": b"t", f"{'é' * 60}/y": b"y"}


FOLDERS = ("tmp", "home/app/.config")
LINKS = {"etc/link": "/nix/store", "etc/longlink": "l" * 120, "etc/link-ü": "ü"}


class Store:
    """The tree as Nix has it in a store, and a path that is a file."""

    def __init__(self) -> None:
        self.data = {f"{ROOT}/{name}".encode(): data for name, data in files().items()} | {
            LIB.encode(): b"lib"
        }

    def has(self, path: StorePath) -> bool:
        return path in {ROOT, LIB}

    def entries(self, path: StorePath) -> list[FileEntry]:
        if path == LIB:
            return [self._file(LIB.encode())]
        names = {f"{ROOT}/{name}" for name in (*files(), *FOLDERS, *LINKS)}
        above = {name.rsplit("/", count)[0] for name in names for count in range(1, name.count("/") - 2)}
        folders = above | {f"{ROOT}/{name}" for name in FOLDERS}
        links = {f"{ROOT}/{name}".encode(): target.encode() for name, target in LINKS.items()}
        return [
            *(FileEntry(name.encode(), Kind.DIRECTORY, 0o555) for name in folders),
            *(FileEntry(name, Kind.SYMLINK, 0o777, 0, target) for name, target in links.items()),
            *(self._file(name) for name in self.data if name != LIB.encode()),
        ]

    def _file(self, name: bytes) -> FileEntry:
        mode = 0o555 if name.endswith(b"/bin/tool") else 0o444
        return FileEntry(name, Kind.FILE, mode, len(self.data[name]), b"", name)

    def open(self, entry: FileEntry) -> BinaryIO:
        return io.BytesIO(self.data[entry.name])


def permission(pattern: str, mode: int | None = None, uid: int = 0, gid: int = 0, **names: str) -> Permission:
    return Permission(go_pattern(pattern), mode, uid, gid, names.get("uname", ""), names.get("gname", ""))


def moved(pattern: str, to: str, *permissions: Permission) -> MovedPath:
    return MovedPath(ROOT, go_pattern(pattern), to, permissions)


CASES = {
    "plain": (MovedPath(LIB), MovedPath(ROOT)),
    "moved": (moved(f"^{ROOT}", ""),),
    "mixed": (
        moved(
            f"^{ROOT}",
            "",
            permission("/tmp$", 0o1777),
            permission("/home/app", 0o700, 3000000, 100, uname="app", gname="g" * 40),
            permission(r"\.config$", uname="ü"),
        ),
        MovedPath(LIB),
    ),
    "modes in the store": (
        MovedPath(ROOT, None, "", (permission("", 0o777),)),
        MovedPath(LIB, None, "", (permission(".*", None, 7),)),
    ),
    "somewhere else": (moved("^/nix/store/[^/]*/(etc|bin)", "opt/x"),),
}


@pytest.mark.parametrize(
    ("case", "size", "digest"),
    [
        ("plain", 65536, "0fd1570a8ac8d752e44208151dd0fd5d6de2d82b4385017d3ad8dcfc34c6d530"),
        ("moved", 60928, "1a2f52b554432c9b3f0abd6a4ced66bcc07996771fbaba0f4a06108628827097"),
        ("mixed", 65024, "5099a625f3dc43fbb165fe9727a2c9e4756c36925391ab04df398435c318a310"),
        ("modes in the store", 65536, "793d43842f145f4aba5edcebf576ba0f327ff4663a299b9e84c66a58d8477968"),
        ("somewhere else", 64512, "f7832da00d19fb36094aa30251df874db8e4f77d8ef0bb01dbf2b857584b7962"),
    ],
)
def test_tars_have_the_bytes_of_nix2container(case: str, size: int, digest: str) -> None:
    tar = MovedTar(CASES[case], Store())
    data = b"".join(tar.chunks())
    assert (len(data), tar.size, sha256(data).hexdigest()) == (size, size, digest)
    assert sha256(b"".join(MovedTar(CASES[case][::-1], Store()).chunks())).hexdigest() == digest


def test_files_of_any_size_come_whole_and_what_has_changed_is_told() -> None:
    store = Store()
    store.data[LIB.encode()] = bytes(range(256)) * 10_000
    pieces = [*MovedTar([MovedPath(LIB)], store).chunks()]
    assert len(pieces) > 1
    with tarfile.open(fileobj=io.BytesIO(b"".join(pieces))) as archive:
        file = archive.extractfile(str(LIB))
        assert file is not None
        assert file.read() == store.data[LIB.encode()]
    tar = MovedTar([MovedPath(LIB)], store)
    store.data[LIB.encode()] = b"less"
    with pytest.raises(UnreadablePathError, match="its size changed"):
        [*tar.chunks()]
