"""The files of a layer at the image's root: links to store paths, what was asked for, a directory's files."""

from __future__ import annotations

import io
import os
import posixpath
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO, Self, cast

from nixdive import there
from nixdive.contents.disk import DiskContents
from nixdive.contents.entry import Contents, FileEntry, Kind
from nixdive.errors import ImageError, UnreadablePathError
from nixdive.image.base import BaseImage, Folders, folders_of, landed
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from nixdive.image.root.request import Folder, Owner, Permission

_HOPS = 40  # as Linux: path_resolution(7)
_NO_FOLDERS = Folders({}, {})


class Texts:
    """The data of files that are made here, by their names."""

    def __init__(self, data: Mapping[bytes, bytes]) -> None:
        self._data = data

    def has(self, path: StorePath) -> bool:  # noqa: ARG002  as Contents has it
        """Whether there is such a store path: never."""
        return False

    def entries(self, path: StorePath) -> Sequence[FileEntry]:
        """Raise UnreadablePathError: there are no store paths."""
        raise UnreadablePathError(f"{path}: it is not among the files at the root")

    def open(self, entry: FileEntry) -> BinaryIO:
        """Open the data of a file."""
        return io.BytesIO(self._data[entry.name])


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of a layer.

    Attributes:
        entries: with their names in the image, in the order of the tar.
        contents: where the data of files come from; None where there are only links and directories.
        owners: those of the files that have another owner than all others, by name.
    """

    entries: tuple[FileEntry, ...] = ()
    contents: Contents | None = field(default=None, compare=False)
    owners: Mapping[bytes, Owner] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def links(cls, paths: Iterable[StorePath], contents: Contents, base: BaseImage | None = None) -> Self:
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
        return cls.made(_linked(paths, contents), base)

    @classmethod
    def made(
        cls,
        files: Iterable[FileEntry],
        base: BaseImage | None = None,
        *,
        folders: Iterable[Folder] = (),
        data: Mapping[bytes, bytes] = MappingProxyType({}),
    ) -> Self:
        """Return files, directories and texts together.

        Args:
            files: links and directories.
            base: the image below, or None.
            folders: directories to be made; one that is there gets their mode and owner.
            data: texts of files, by their absolute names.

        Raises:
            ImageError: one name would be two things.
            MalformedImageError: the base image cannot be read.
        """
        found = {entry.name: entry for entry in files}
        for name, text in data.items():
            if name in found:
                raise _twice(name)
            found[name] = FileEntry(name, Kind.FILE, 0o644, len(text))
        below = _NO_FOLDERS if base is None else folders_of(base)
        made = _landed(found.values(), below)
        owners: dict[bytes, Owner] = {}
        for folder in folders:
            # a link in place of the directory itself is followed as well
            name = landed(os.fsencode(folder.name) + b"/.", below.links)
            if name == b"/":
                continue
            if made.get(name, _directory(name, below)).kind is not Kind.DIRECTORY:
                raise _twice(name)
            made[name] = FileEntry(name, Kind.DIRECTORY, folder.mode)
            _add_parents(made, name, below)
            if folder.owner is not None:
                owners[name] = folder.owner
        kept = {landed(name, below.links): text for name, text in data.items()}
        return cls(tuple(sorted(made.values(), key=_components)), Texts(kept) if kept else None, owners)

    @classmethod
    def directory(cls, place: Path, base: BaseImage | None = None, *, keep_owners: bool = False) -> Self:
        """Return the files of a directory on the disk, which becomes the root.

        They keep their permissions; a hard link is a file of its own.

        Args:
            place: the directory.
            base: the image below, or None.
            keep_owners: whether files keep their owners.

        Raises:
            UnreadablePathError: it cannot be read, or has a device or the like.
            ImageError: links of the base image lead two names to one.
            MalformedImageError: the base image cannot be read.
        """
        disk = DiskContents(there.resolved(place, UnreadablePathError))
        listed = disk.below()
        below = _NO_FOLDERS if base is None else folders_of(base)
        made = _landed(listed, below)
        owners: dict[bytes, Owner] = {}
        if keep_owners:
            for entry in listed:
                status = os.lstat(cast("bytes", entry.source))
                owners[landed(entry.name, below.links)] = status.st_uid, status.st_gid
        return cls(
            tuple(sorted(made.values(), key=_components)),
            disk,
            {name: owner for name, owner in owners.items() if name in made},
        )

    def permitted(self, permissions: Sequence[Permission]) -> tuple[Self, frozenset[Permission]]:
        """Return the files with permissions laid over them, and those permissions that matched a file."""
        if not permissions:
            return self, frozenset()
        entries = []
        owners = dict(self.owners)
        used: set[Permission] = set()
        for entry in self.entries:
            name = os.fsdecode(entry.name)
            mode = entry.mode
            for one in permissions:
                if one.matches(name):
                    used.add(one)
                    mode = one.mode
                    if one.owner is not None:
                        owners[entry.name] = one.owner
            entries.append(entry if entry.kind is Kind.SYMLINK else entry._replace(mode=mode))
        return replace(self, entries=tuple(entries), owners=owners), frozenset(used)


def link(name: str, target: str) -> FileEntry:
    """Return a symbolic link."""
    return FileEntry(os.fsencode(name), Kind.SYMLINK, 0o777, 0, os.fsencode(target))


def _linked(paths: Iterable[StorePath], contents: Contents) -> Iterable[FileEntry]:
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
    return found.values()


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


def _landed(entries: Iterable[FileEntry], folders: Folders) -> dict[bytes, FileEntry]:
    """Return files where the links of a base image lead them, with the directories above, by name."""
    made: dict[bytes, FileEntry] = {}
    for entry in entries:
        name = landed(entry.name, folders.links)
        if entry.kind is not Kind.DIRECTORY:
            made.setdefault(name, entry._replace(name=name))
        elif name not in folders.links:  # else it stays that link
            made.setdefault(name, _directory(name, folders, entry.mode))
    for name in list(made):
        _add_parents(made, name, folders)
    return made


def _add_parents(made: dict[bytes, FileEntry], name: bytes, folders: Folders) -> None:
    for parent in _parents(name):
        # engines create a directory that has no entry, and take it for a new one
        if made.setdefault(parent, _directory(parent, folders)).kind is not Kind.DIRECTORY:
            raise ImageError(
                f"{os.fsdecode(parent)}: it would be both a directory and a file"
                + (
                    ", because the links of the base image lead two directories there"
                    if folders.links
                    else ""
                ),
                hint="leave one of the store paths out of --contents" if folders.links else None,
            )


def _parents(name: bytes) -> Iterator[bytes]:
    while name := name.rpartition(b"/")[0]:
        yield name


def _directory(name: bytes, folders: Folders, mode: int = 0o755) -> FileEntry:
    return FileEntry(name, Kind.DIRECTORY, folders.modes.get(name, mode))


def _link(name: bytes, entry: FileEntry) -> FileEntry:
    if entry.kind is Kind.DIRECTORY:
        return FileEntry(name, Kind.DIRECTORY, 0o755)
    return FileEntry(name, Kind.SYMLINK, 0o777, 0, entry.name)


def _twice(name: bytes) -> ImageError:
    return ImageError(
        f"{os.fsdecode(name)}: it is asked for twice, as two different things",
        hint="leave one of --contents, --passwd, --mkdir and --nix-db out",
    )


def _components(entry: FileEntry) -> list[str]:
    return entry.name.decode("utf-8", "surrogateescape").split("/")
