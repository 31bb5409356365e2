"""A store path: its hash, name, package and version, and what Nix knows about it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable

# Nix: src/libstore/path.cc; the alphabet of Nix's base 32 lacks e, o, t and u
_BASE = re.compile(r"[0-9abcdfghijklmnpqrsvwxyz]{32}-[0-9a-zA-Z+\-._?=]{1,211}")
_INSIDE = re.compile(rf"(?:/[\w.+-]+)+?/{_BASE.pattern}", re.ASCII)
# Nix: DrvName in src/libstore/names.cc: the version begins at the first dash not followed by a letter;
# "-v2" counts here too, because people name their own packages like that
_VERSION = re.compile(r"-(?=[^a-zA-Z]|v\d)")
# what follows the version: the output of a derivation (openssl-3.0.14-bin), or another suffix
_OUTPUT = re.compile(r"(?:-(?!(?:alpha|beta|git|pre|rc|unstable)$)[a-zA-Z_]+)+$")

STORE_DIR = "/nix/store"


class StorePath(str):
    """An absolute store path, like /nix/store/<hash>-<name>.

    A subclass of str, so that it sorts, hashes and serialises like one.
    """

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the text as a store path; raise ValueError with the reason if it is not one.

        The text must be exactly a store path: absolute, no trailing slash, nothing below it.
        """
        directory, slash, base = text.rpartition("/")
        if not slash or not directory.startswith("/"):
            raise ValueError("it is not absolute")
        if not _BASE.fullmatch(base):
            raise ValueError("its last part is not <hash>-<name>")
        if wrong := _wrong_in(directory):
            raise ValueError(wrong)
        return cls(text)

    @property
    def store_dir(self) -> str:
        """The directory that contains it: /nix/store."""
        return self.rpartition("/")[0]

    @property
    def base(self) -> str:
        """The hash and the name: <hash>-<name>."""
        return self.rpartition("/")[2]

    @property
    def hash_part(self) -> str:
        """The 32 characters that change whenever anything below it changes."""
        return self.base[:32]

    @property
    def name(self) -> str:
        """The name with the version: openssl-3.0.14."""
        return self.base[33:]

    @property
    def package(self) -> str:
        """The name without the version, the same from release to release: openssl."""
        return _split(self.name)[0]

    @property
    def version(self) -> str:
        """The part after the package and its dash: 3.0.14; empty if there is none."""
        return _split(self.name)[1]

    @property
    def lineage(self) -> str:
        """The part that is the same from release to release, package and output: openssl-bin."""
        return _split(self.name)[2]

    @property
    def release(self) -> str:
        """The version without the output after it: 3.0.14 for openssl-3.0.14-bin."""
        package, version, lineage = _split(self.name)
        return version.removesuffix(lineage[len(package) :])


@lru_cache(16)  # nearly all store paths lie in the same one
def _wrong_in(directory: str) -> str:
    """Return why a directory that begins with / cannot be that of a store; nothing where it can."""
    if any(part in {"", ".", ".."} for part in directory[1:].split("/")):
        return "its directory is not in its shortest form"
    if _BASE.match(directory.rpartition("/")[2]):
        return "it is inside another store path"
    return ""


@lru_cache(1 << 15)  # they are asked for again and again, and are the same in many versions of a closure
def _split(name: str) -> tuple[str, str, str]:
    """Return package, version and lineage of a name."""
    package = _VERSION.split(name, maxsplit=1)[0]
    version = name[len(package) + 1 :]
    output = _OUTPUT.search(version)
    return package, version, f"{package}{output[0]}" if output else package


def paths_in(text: str) -> tuple[StorePath, ...]:
    """Return the store paths that a text names, each once, in the order of the text; files in them count."""
    found: dict[StorePath, None] = {}
    for match in _INSIDE.finditer(text):
        try:
            found[StorePath.parse(match[0])] = None
        except ValueError:
            continue
    return tuple(found)


def name_and_hash(path: StorePath) -> tuple[str, str]:
    """Return the key by which nixpkgs sorts the paths of a layer: by name, so that hashes do not matter."""
    base = path.base
    return base[33:], base[:32]


@dataclass(frozen=True, slots=True)
class PathInfo:
    """One store path and what it refers to.

    Attributes:
        path: the store path.
        nar_size: bytes of its NAR; 1 where the source knows no sizes.
        references: the store paths it refers to, each once; they may include itself.
        deriver: the derivation that made it, as the source names it.
        download_size: bytes of its compressed NAR, or None if the source does not know.
        nar_hash: hash of its NAR as the source writes it, if known; ignored in comparisons.
    """

    path: StorePath
    nar_size: int
    references: tuple[StorePath, ...]
    deriver: str | None = None
    download_size: int | None = None
    nar_hash: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class PathGraph:
    """What a source returns: store paths with everything that they refer to.

    Attributes:
        origin: what the user named, for messages.
        infos: one for each path, in any order.
        roots: the requested paths; empty means those that no other path refers to.
        sized: whether the source knows NAR sizes; if not, every nar_size is 1.
    """

    origin: str
    infos: tuple[PathInfo, ...]
    roots: tuple[StorePath, ...] = ()
    sized: bool = True


def store_dir_of(paths: Iterable[StorePath]) -> str:
    """Return the directory that store paths lie in: that of the first; /nix/store where there is none."""
    return next((path.store_dir for path in paths), STORE_DIR)


def folders_above(store_dir: str) -> tuple[str, ...]:
    """Return a directory of a store and those above it, the highest first, without the root."""
    parts = store_dir.strip("/").split("/")
    return tuple("/" + "/".join(parts[: count + 1]) for count in range(len(parts)))
