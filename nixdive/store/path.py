"""A store path: the directory, the hash, the name, and what the name says of package and version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Self

# Nix: src/libstore/path.cc; the alphabet of Nix's base 32 lacks e, o, t and u
_BASE = re.compile(r"[0-9abcdfghijklmnpqrsvwxyz]{32}-[0-9a-zA-Z+\-._?=]{1,211}")
# Nix: DrvName in src/libstore/names.cc: the version begins at the first dash before no letter;
# "-v2" counts here too, because people name their own packages so
_VERSION = re.compile(r"-(?=[^a-zA-Z]|v\d)")
# what follows the version: the output of a derivation (openssl-3.0.14-bin), or another suffix
_OUTPUT = re.compile(r"(?:-(?!(?:alpha|beta|git|pre|rc|unstable)$)[a-zA-Z_]+)+$")

STORE_DIR = "/nix/store"


class StorePath(str):
    """An absolute store path, like /nix/store/<hash>-<name>.

    It is a str, so that it sorts, hashes and serialises as one.
    """

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the store path that the text is; raise ValueError with the reason when it is none.

        The text must be exactly a store path: absolute, no trailing slash, nothing below it.
        """
        directory, slash, base = text.rpartition("/")
        if not slash or not directory.startswith("/"):
            raise ValueError("it is not absolute")
        if not _BASE.fullmatch(base):
            raise ValueError("its last part is not <hash>-<name>")
        if any(part in {"", ".", ".."} for part in directory[1:].split("/")):
            raise ValueError("its directory is not in its shortest form")
        if _BASE.match(directory.rpartition("/")[2]):
            raise ValueError("it lies inside another store path")
        return cls(text)

    @property
    def store_dir(self) -> str:
        """The directory it lies in: /nix/store."""
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
        return _VERSION.split(self.name, maxsplit=1)[0]

    @property
    def version(self) -> str:
        """What follows the package and its dash: 3.0.14; empty where there is none."""
        return self.name[len(self.package) + 1 :]

    @property
    def lineage(self) -> str:
        """What stays from release to release: the package, and the output behind the version: openssl-bin."""
        output = _OUTPUT.search(self.version)
        return f"{self.package}{output[0]}" if output else self.package
