"""Where a word leads in a store: the first store path on its way, found as Nix follows links."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nixdive import there
from nixdive.errors import SourceError
from nixdive.store.path import STORE_DIR, StorePath

if TYPE_CHECKING:
    from typing import Self

_HOPS = 40  # as Linux: path_resolution(7)


@dataclass(frozen=True, slots=True)
class Located:
    """A place in a store.

    Attributes:
        path: the store path, as Nix names it.
        root: where the root of its store lies on the disk; empty for the root of the machine.
        below: what follows the store path, like /bin/app; empty for the path itself.
    """

    path: StorePath
    root: str = ""
    below: str = ""

    @classmethod
    def of(cls, text: str) -> Self | None:
        """Return where a word leads in a store, or None where it leads elsewhere or nowhere.

        Links are followed until the first store path, which may itself be a link and stays what it is; there
        need be nothing behind it.

        Raises:
            SourceError: a folder cannot be entered, a name is too long, links form a loop.
        """
        try:
            return cls._followed(text)
        except (OSError, ValueError) as error:
            if isinstance(error, OSError) and error.errno in {errno.ENOENT, errno.ENOTDIR}:
                return None
            raise SourceError(f"{text}: {there.cause(error, text)}") from error

    @classmethod
    def _followed(cls, text: str) -> Self | None:
        # Nix compares names: that /nix is a link makes no difference
        above = {store_dir(), *map(str, Path(store_dir()).parents)}
        waiting = Path(text if text.startswith("/") else f"{Path.cwd()}/{text}").as_posix().split("/")
        real, hops = "", 0
        while waiting:
            part = waiting.pop(0)
            if part in {"", "."}:
                continue
            if part == "..":
                real = real.rpartition("/")[0]
                continue
            place = f"{real}/{part}"
            if (found := cls._in_store(place, "".join(f"/{one}" for one in waiting if one))) is not None:
                return found
            target = None if place in above else _target(place)
            if target is None:
                real = place
                continue
            hops += 1
            if hops > _HOPS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
            real = "" if target.startswith("/") else real
            waiting = [*target.split("/"), *waiting]
        return None

    @classmethod
    def _in_store(cls, place: str, below: str) -> Self | None:
        folder, _, base = place.rpartition("/")
        store = store_dir()
        if not folder.endswith(store):
            return None
        root = folder.removesuffix(store)
        try:
            # what lies in the store of another root is named as if it were this one, if Nix knows that store
            if is_root(root):
                return cls(StorePath.parse(f"{store}/{base}"), root, below)
            return cls(StorePath.parse(place), "", below)
        except ValueError:
            return None


def store_dir() -> str:
    """Return the directory of the store: that of NIX_STORE_DIR, which Nix heeds, else /nix/store."""
    named = os.environ.get("NIX_STORE_DIR", "").rstrip("/")
    return named if named.startswith("/") else STORE_DIR


def is_root(root: str) -> bool:
    """Return whether a store has its root there: the machine's own, or a folder with Nix's database."""
    return not root or os.path.isdir(f"{root}/nix/var/nix/db")  # noqa: PTH112  it never raises


def _target(place: str) -> str | None:
    try:
        return os.readlink(place)  # noqa: PTH115  it is text that is taken apart
    except OSError as error:
        if error.errno == errno.EINVAL:  # it is no link
            return None
        raise
