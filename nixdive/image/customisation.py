"""The customisation layer: links at the image's root, made here, or a tar made by nixpkgs."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nixdive import there
from nixdive.contents.entry import Contents, FileEntry, Kind
from nixdive.errors import ImageError, UnreadablePathError
from nixdive.image.base import BaseImage, Folders, folders_of, landed
from nixdive.image.sources import Raw, TarFile
from nixdive.image.spec import Stamp
from nixdive.image.tar import TarLayer
from nixdive.layering.plan import Layer, LayerKind
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_HOPS = 40  # as Linux: path_resolution(7)


@dataclass(frozen=True, slots=True)
class Customisation:
    """The contents of the customisation layer.

    Attributes:
        entries: directories and links with their names in the image, in the order of the tar.
        tar: an existing layer tar, passed through byte for byte; then `entries` is empty.
    """

    entries: tuple[FileEntry, ...] = ()
    tar: Path | None = None

    @classmethod
    def links(
        cls, paths: Iterable[StorePath], contents: Contents, base: BaseImage | None = None
    ) -> Customisation:
        """Return the links that make the files of some store paths appear at the root.

        Directories are real ones, everything else is a link into the store path. If two paths have a file of
        the same name, the first one wins. If a base image has a link in place of a directory, like /bin to
        usr/bin, the files go to its target: a directory in its place would hide everything there. The
        directories of a base image keep their permissions.

        Raises:
            ImageError: one path has a directory where another has a file, or a path is not a directory.
            MalformedImageError: the base image cannot be read.
            UnreadablePathError: a path is missing.
        """
        found: dict[bytes, FileEntry] = {}
        origin: dict[bytes, bytes] = {}
        for path in paths:
            top, *below = _folder(path, contents)
            for entry in below:
                name = entry.name[len(top.name) :]
                old = found.get(name)
                if old is None:
                    found[name] = _link(name, entry)
                    origin[name] = entry.name
                elif (old.kind is Kind.DIRECTORY) != (entry.kind is Kind.DIRECTORY):
                    raise ImageError(
                        f"{os.fsdecode(origin[name])} and {os.fsdecode(entry.name)}: "
                        f"one is a directory, the other is not; both would be {os.fsdecode(name)}",
                        hint="leave one of the two store paths out of --contents",
                    )
        made = found.values() if base is None else _landed(found.values(), folders_of(base))
        return cls(tuple(sorted(made, key=_components)))

    @classmethod
    def ready(cls, tar: Path) -> Customisation:
        """Return the layer in a tar, or in a directory that has a layer.tar; raises UnreadablePathError."""
        is_folder = there.is_folder(tar, UnreadablePathError)
        return cls((), TarFile.of(tar / "layer.tar" if is_folder else tar).path)

    def raw(self, stamp: Stamp) -> Raw:
        """Return the bytes of the layer."""
        return TarLayer(self.entries, None, stamp) if self.tar is None else TarFile.of(self.tar)

    @property
    def layer(self) -> Layer:
        """The layer as plans count it."""
        reason = "links at the root" if self.tar is None else "customisation layer"
        return Layer(LayerKind.CUSTOMISATION, (), self.raw(Stamp()).size, reason)


def _folder(path: StorePath, contents: Contents) -> Sequence[FileEntry]:
    """Return the entries of a directory in the store, or of the one that a store path leads to as a link."""
    here = path
    for _ in range(_HOPS):
        found = contents.entries(here)
        if found[0].kind is Kind.DIRECTORY:
            return found
        if found[0].kind is not Kind.SYMLINK:
            break
        target = posixpath.join(here.store_dir, os.fsdecode(found[0].target))
        try:
            here = StorePath.parse(posixpath.normpath(target))
        except ValueError:
            break
    raise ImageError(f"{path}: it is not a directory, so it has nothing to link into the root")


def _landed(entries: Iterable[FileEntry], folders: Folders) -> Iterable[FileEntry]:
    made: dict[bytes, FileEntry] = {}
    for entry in entries:
        name = landed(entry.name, folders.links)
        if entry.kind is not Kind.DIRECTORY:
            made.setdefault(name, entry._replace(name=name))
        elif name not in folders.links:  # else it stays that link
            made.setdefault(name, _directory(name, folders))
    for name in list(made):
        parent = name.rpartition(b"/")[0]
        while parent:
            # engines create a directory that has no entry, and take it for a new one
            if made.setdefault(parent, _directory(parent, folders)).kind is not Kind.DIRECTORY:
                raise ImageError(
                    f"{os.fsdecode(parent)}: it would be both a directory and a file, "
                    "because the links of the base image lead two directories there",
                    hint="leave one of the store paths out of --contents",
                )
            parent = parent.rpartition(b"/")[0]
    return made.values()


def _directory(name: bytes, folders: Folders) -> FileEntry:
    return FileEntry(name, Kind.DIRECTORY, folders.modes.get(name, 0o755))


def _link(name: bytes, entry: FileEntry) -> FileEntry:
    if entry.kind is Kind.DIRECTORY:
        return FileEntry(name, Kind.DIRECTORY, 0o755)
    return FileEntry(name, Kind.SYMLINK, 0o777, 0, entry.name)


def _components(entry: FileEntry) -> list[str]:
    return entry.name.decode("utf-8", "surrogateescape").split("/")
