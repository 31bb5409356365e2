"""What is asked of the root of an image beside links: directories, owners, users, a Nix database, layers."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from nixdive.store.path import StorePath

Owner = tuple[int, int]
"""The numbers of a user and a group."""

MOST_ID = (1 << 32) - 1
"""The highest number of a user or group that engines take."""

# useradd(8) takes these names, and no tool that reads passwd trips over them
_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_NOBODY = 65534


@dataclass(frozen=True, slots=True)
class Folder:
    """A directory to be made.

    Attributes:
        name: its absolute name.
        mode: permission bits (07777).
        owner: None for the owner of all files.
    """

    name: str
    mode: int = 0o755
    owner: Owner | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the directory that PATH[:MODE[:UID[:GID]]] describes; ValueError says what is wrong."""
        name, *rest = text.split(":")
        if len(rest) > 3:
            raise ValueError(f"{text!r} is not PATH[:MODE[:UID[:GID]]]")
        mode = _mode(rest[0]) if rest else 0o755
        folder = absolute(name)
        if folder.startswith("/nix/store/"):
            raise ValueError(f"{text!r} is in the store, whose paths stay as they are")
        return cls(folder, mode, _owner(rest[1:]))


@dataclass(frozen=True, slots=True)
class Permission:
    """Permission bits, and perhaps an owner, for files at the root whose names match.

    Attributes:
        glob: for absolute names; * also stands for slashes.
        mode: permission bits (07777); links have none of their own.
        owner: None for the one that they have.
    """

    glob: str
    mode: int
    owner: Owner | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what GLOB=MODE[:UID[:GID]] describes; ValueError says what is wrong."""
        glob, equals, rest = text.rpartition("=")
        if not equals or not glob:
            raise ValueError(f"{text!r} is not GLOB=MODE[:UID[:GID]]")
        if not glob.startswith(("/", "*")):
            raise ValueError(f"{glob!r} matches no absolute name; begin it with / or *")
        mode, *owner = rest.split(":")
        if len(owner) > 2:
            raise ValueError(f"{text!r} is not GLOB=MODE[:UID[:GID]]")
        return cls(glob, _mode(mode), _owner(owner))

    def matches(self, name: str) -> bool:
        """Whether an absolute name matches."""
        return fnmatchcase(name, self.glob)


@dataclass(frozen=True, slots=True)
class Account:
    """A user with a group of its own number.

    Attributes:
        name: of the user, and of the group.
        uid: number of the user.
        gid: number of the group.
        home: an absolute name.
        shell: an absolute name.
        words: what stands in the field for comments.
    """

    name: str
    uid: int
    gid: int
    home: str = "/var/empty"
    shell: str = "/bin/sh"
    words: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the user that NAME:UID[:GID[:HOME[:SHELL]]] describes; ValueError says what is wrong."""
        name, *rest = text.split(":")
        if not 1 <= len(rest) <= 4:
            raise ValueError(f"{text!r} is not NAME:UID[:GID[:HOME[:SHELL]]]")
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not the name of a user: small letters, digits, _ and -")
        uid = _id(rest[0])
        made = cls(name, uid, _id(rest[1]) if len(rest) > 1 and rest[1] else uid)
        if len(rest) > 2 and rest[2]:
            made = replace(made, home=absolute(rest[2]))
        return replace(made, shell=absolute(rest[3])) if len(rest) > 3 and rest[3] else made


USUAL = (
    Account("root", 0, 0, words="root user"),
    Account("nobody", _NOBODY, _NOBODY, words="nobody"),
)
"""The users of nixpkgs' dockerTools.fakeNss."""


@dataclass(frozen=True, slots=True)
class RootRequest:
    """What is asked of the root of an image, and of what surrounds its store layers.

    Attributes:
        folders: directories to be made.
        permissions: laid over all files that are made here, the later ones over the earlier.
        accounts: users beside root and nobody; None for no users at all.
        nix_db: whether a Nix inside is to know the store paths.
        layers: tars and directories that become layers of their own, lowest first.
        keep_owners: whether files of such directories keep their owners; else they have that of all files.
        mentioned: store paths that the config names, which come into the image with all that they need.
        store_paths: whether the store paths are in the image at all.
    """

    folders: tuple[Folder, ...] = ()
    permissions: tuple[Permission, ...] = ()
    accounts: tuple[Account, ...] | None = None
    nix_db: bool = False
    layers: tuple[str, ...] = ()
    keep_owners: bool = False
    mentioned: tuple[StorePath, ...] = ()
    store_paths: bool = True

    @property
    def asks(self) -> bool:
        """Whether anything is asked for that can be an image by itself."""
        return any(self.words.values())

    @property
    def remarks(self) -> Iterator[str]:
        """What the user may not have meant, in one line each."""
        named: dict[int, str] = {}
        for one in self.users:
            if one.uid in named:
                yield f"users {named[one.uid]} and {one.name} both have the number {one.uid}"
            elif one.name == "root" and one.uid:
                yield f"user root has the number {one.uid}, and no longer 0"
            named.setdefault(one.uid, one.name)

    @property
    def users(self) -> tuple[Account, ...]:
        """All users: those of nixpkgs' fakeNss, then the added ones; one of the same name replaces them."""
        if self.accounts is None:
            return ()
        return tuple({one.name: one for one in (*USUAL, *self.accounts)}.values())

    @property
    def texts(self) -> dict[str, str]:
        """The files that make users known to programs, by their absolute names; as fakeNss has them."""
        users = self.users
        if not users:
            return {}
        groups = {one.gid: one.name for one in reversed(users)}
        return {
            "/etc/group": _lines(f"{groups[gid]}:x:{gid}:" for gid in sorted(groups)),
            "/etc/nsswitch.conf": "hosts: files dns\n",
            "/etc/passwd": _lines(
                f"{one.name}:x:{one.uid}:{one.gid}:{one.words}:{one.home}:{one.shell}" for one in users
            ),
        }

    @property
    def homes(self) -> tuple[Folder, ...]:
        """The homes of the users."""
        made = {one.home: one for one in self.users}
        return tuple(
            Folder(home, owner=None if home == "/var/empty" else (one.uid, one.gid))
            for home, one in made.items()
        )

    @property
    def words(self) -> dict[str, bool]:
        """The options of the command line that it stands for, each with whether it is there."""
        return {
            "--mkdir": bool(self.folders),
            "--perm": bool(self.permissions),
            "--passwd": self.accounts is not None,
            "--nix-db": self.nix_db,
            "--layer": bool(self.layers),
            "--no-store-paths": not self.store_paths,
        }


def absolute(text: str) -> str:
    """Return an absolute name without `.` and double slashes; ValueError says what is wrong."""
    parts = [part for part in text.split("/") if part not in {"", "."}]
    if not text.startswith("/"):
        raise ValueError(f"{text!r} is not an absolute path: use /{text}")
    if ".." in parts:
        raise ValueError(f"{text!r} has .. in it: write it without")
    if "\0" in text or "\n" in text:
        raise ValueError(f"{text!r} has a line break or a null byte in it")
    return "/" + "/".join(parts)


def _mode(text: str) -> int:
    if not re.fullmatch("[0-7]{3,5}", text) or int(text, 8) > 0o7777:
        raise ValueError(f"{text!r} is not a mode; write it in octal, like 1777 or 0755")
    return int(text, 8)


def _owner(texts: Sequence[str]) -> Owner | None:
    if not texts:
        return None
    uid = _id(texts[0])
    return uid, _id(texts[1]) if len(texts) > 1 else uid


def _id(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text[:12]) <= MOST_ID):
        raise ValueError(f"{text!r} is not the number of a user or group")
    return int(text)


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
