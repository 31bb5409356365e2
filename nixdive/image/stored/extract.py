"""Extracting files of an image: below one directory, never through a link, all or nothing."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from nixdive import there
from nixdive.beside import check_room, told
from nixdive.contents.entry import EntryKind, LayerEntry, stretches
from nixdive.contents.file_tree import FileTree, Placed, data_of, stacked
from nixdive.contents.layer_index import Facts, unread
from nixdive.contents.names import absolute, parent_of
from nixdive.errors import ImageError, WriteError
from nixdive.image.base import landed
from nixdive.image.stored.indexed import index_image
from nixdive.image.stored.place import conflict, place
from nixdive.interrupts import whole
from nixdive.progress import NullProgress, Progress, check
from nixdive.unfinished import unfinished_folder
from nixdive.words import unread_lines

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path

    from nixdive.image.readers.stored import StoredImage, StoredLayer

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Wanted(NamedTuple):
    """A file to be created.

    Attributes:
        entry: the entry of its layer that has its data.
        target: where it goes.
    """

    entry: LayerEntry
    target: bytes


# creates the files of one layer, which are sorted by the offset of their data
Copy: TypeAlias = Callable[[int, Sequence[Wanted]], None]


class Extracted(NamedTuple):
    """What was written.

    Attributes:
        names: how many files, directories and links.
        size: bytes of the files.
        left_out: names in the image of devices, pipes, and hard links to nothing.
        unread: places of the layers that cannot be read, and that may hold or remove files of what was
            written, with the cause of each.
    """

    names: int
    size: int
    left_out: tuple[bytes, ...]
    unread: Mapping[int, str] = MappingProxyType({})


def extract(
    image: StoredImage,
    path: str,
    folder: Path,
    *,
    layer: int | None = None,
    force: bool = False,
    progress: Progress = NullProgress(),  # noqa: B008  it has no state
) -> Extracted:
    """Write a file or directory of an image into a directory, under its own name; / writes all its contents.

    Files of layers that cannot be read are missing; `unread` of the result names the layers. Everything is
    created in a hidden directory there and moved to its place at the end. Times and
    permissions are kept, except set-user-ID and the like; owners are not. The user can always enter and
    change the directories that are created. Hard links to one file stay links to one file.

    Args:
        image: the image.
        path: the name in the image; its directories may be links within the image.
        folder: where to write; it is created if missing.
        layer: the index of the only layer to read; by default the files are those of a container.
        force: whether existing files may be replaced.
        progress: notified of progress, asked whether to continue.

    Raises:
        ImageError: there is no such file or layer; it is a device or a hard link to nothing.
        MalformedImageError: the layer that is asked for cannot be read, or none can.
        WriteError: something is in the way, or the disk is full.
        Cancelled: the user stopped it.
    """
    if layer is not None and not 0 <= layer < len(image.layers):
        raise ImageError(f"it has no layer {layer + 1}", hint=f"its layers are 1 to {len(image.layers)}")
    refuse_folder(folder)
    indexes = index_image(image, progress, facts=Facts.DIFF_ID)  # what is written is what the config promises
    missing = unread(indexes)
    if layer is not None and layer in missing:
        raise image.layers[layer].malformed(missing[layer])
    tree = stacked(indexes) if layer is None else stacked(indexes, layer, layer)

    def copy(layer: int, wanted: Sequence[Wanted]) -> None:
        _copy(image.layers[layer], wanted, progress)

    try:
        name = _found(tree, path)
    except ImageError as error:
        if layer is None and missing:
            lines = "; ".join(unread_lines(missing))
            raise ImageError(f"{error}, as far as it can be read: {lines}") from error
        raise
    done = extract_tree(tree, name, folder, copy, force=force, progress=progress)
    return done if layer is not None else done._replace(unread=_doubtful(tree, name, missing))


def _doubtful(tree: FileTree, name: bytes, missing: Mapping[int, str]) -> dict[int, str]:
    """Return the layers without which it is not known whether what is at a name is complete.

    Of a file or link that is not a directory these are the ones above the layer that brought it.
    """
    placed = tree.files.get(name)
    if placed is None or placed.entry.kind is EntryKind.DIRECTORY:
        return dict(missing)
    return {layer: cause for layer, cause in missing.items() if layer > placed.layer}


def extract_tree(
    tree: FileTree,
    name: bytes,
    folder: Path,
    copy: Copy,
    *,
    force: bool = False,
    progress: Progress = NullProgress(),  # noqa: B008  it has no state
) -> Extracted:
    """Write a file or directory of a tree into a directory, as `extract`.

    Args:
        tree: the files.
        name: the absolute name to write.
        folder: where to write; it is created if missing.
        copy: creates files with data of one layer, and reports their bytes as progress.
        force: whether existing files may be replaced.
        progress: notified of progress, asked whether to continue.
    """
    chosen = _choose(tree, name)
    place_ = os.fsencode(folder)
    with told(folder, chosen.stored), _made(folder):
        error = conflict(place_, chosen.relative(), force=force)
        if error is not None:
            raise error
        with unfinished_folder(folder / "nixdive") as beside:
            hidden = os.fsencode(beside)
            staged, aside = os.path.join(hidden, b"new"), os.path.join(hidden, b"old")
            os.mkdir(staged)
            os.mkdir(aside)
            check_room(folder, chosen.stored)
            _write(chosen, staged, copy, progress)
            check(progress)
            place(staged, place_, aside, force=force)
    return Extracted(len(chosen.names), chosen.size, tuple(chosen.left_out))


def refuse_folder(folder: Path) -> None:
    """Raise WriteError if nothing can be written into a directory, or it cannot be created."""
    top = next((one for one in (folder, *folder.parents) if there.exists(one, WriteError)), folder)
    if not there.is_folder(top, WriteError):
        raise WriteError(f"{folder}: {top} is not a directory", hint="name a directory")
    there.creatable(top, WriteError, folder)


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Create a directory and its parents; if the rest fails, remove those that were created."""
    new = [one for one in (folder, *folder.parents) if not there.exists(one, WriteError)]
    try:
        os.makedirs(folder, exist_ok=True)
        yield
    except BaseException:
        _unmade(new)
        raise


@whole
def _unmade(folders: Sequence[Path]) -> None:
    for one in folders:
        with suppress(OSError):  # it was not made yet, or another process has put something there
            one.rmdir()


def _found(tree: FileTree, path: str) -> bytes:
    """Return the real name of a path, following the image's links in all but its last part."""
    try:
        name = absolute(os.fsencode(path))
    except ValueError as error:
        raise ImageError(f"{path}: {error}") from error
    if name == b"/" or name in tree.files:
        return name
    links = {
        link: placed.entry.target
        for link, placed in tree.files.items()
        if placed.entry.kind is EntryKind.SYMLINK
    }
    try:
        name = landed(name, links)
    except ImageError as error:
        raise ImageError(f"{path}: the links among its directories form a loop") from error
    if name not in tree.files:
        raise ImageError(f"{path}: there is no such file in the image")
    return name


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The files to write.

    Attributes:
        above: how many bytes at the start of each name are dropped.
        names: names in the image with their entries, each after its parent directory.
        data: the file that has the data of each file and hard link.
        left_out: names that cannot be written.
    """

    above: int
    names: dict[bytes, Placed]
    data: dict[bytes, Placed]
    left_out: list[bytes]

    @property
    def size(self) -> int:
        """Bytes of all files; files with several names count once."""
        files = {(placed.layer, placed.entry.offset): placed.entry.size for placed in self.data.values()}
        return sum(files.values())

    @property
    def stored(self) -> int:
        """Bytes that they use on a disk: without the holes of sparse files."""
        files = {(placed.layer, placed.entry.offset): placed.entry for placed in self.data.values()}
        return sum(
            entry.size if entry.extents is None else sum(length for _, length in entry.extents)
            for entry in files.values()
        )

    def relative(self) -> Iterator[tuple[bytes, bool]]:
        """Yield relative names, and whether each is a directory."""
        for name, placed in self.names.items():
            yield name[self.above :], placed.entry.kind is EntryKind.DIRECTORY


def _choose(tree: FileTree, top: bytes) -> _Chosen:
    above = 1 if top == b"/" else len(parent_of(top).rstrip(b"/")) + 1
    chosen = _Chosen(above, {}, {}, [])
    for name in chain([] if top == b"/" else [top], tree.below(top)):
        placed = tree.files[name]
        kind = placed.entry.kind
        if kind in {EntryKind.FILE, EntryKind.HARDLINK}:
            data = data_of(placed)
            if data is None:
                chosen.left_out.append(name)
                continue
            chosen.data[name] = data
        elif kind not in {EntryKind.DIRECTORY, EntryKind.SYMLINK}:
            chosen.left_out.append(name)
            continue
        chosen.names[name] = placed
    if chosen.left_out == [top]:
        kind = tree.files[top].entry.kind
        cause = "a hard link to nothing" if kind is EntryKind.HARDLINK else f"a {kind.value}"
        raise ImageError(f"{os.fsdecode(top)}: it is {cause}, which is never written")
    return chosen


def _write(chosen: _Chosen, staged: bytes, copy: Copy, progress: Progress) -> None:
    """Create everything below an empty directory: files before links, so that no link can lead out of it."""
    at = {name: os.path.join(staged, name[chosen.above :]) for name in chosen.names}
    for name, placed in chosen.names.items():
        if placed.entry.kind is EntryKind.DIRECTORY:
            os.mkdir(at[name], 0o700)
    sharing: defaultdict[int, dict[int, tuple[LayerEntry, list[bytes]]]] = defaultdict(dict)
    for name, data in chosen.data.items():
        sharing[data.layer].setdefault(data.entry.offset, (data.entry, []))[1].append(name)
    progress.start("extracting", chosen.size)
    for layer, files in sorted(sharing.items()):
        copy(layer, [Wanted(entry, at[names[0]]) for _, (entry, names) in sorted(files.items())])
        for _, names in files.values():
            for name in names[1:]:
                os.link(at[names[0]], at[name])
    _finish(chosen, at)


def _finish(chosen: _Chosen, at: dict[bytes, bytes]) -> None:
    """Create the links, and set permissions and times."""
    for name, placed in chosen.names.items():
        if placed.entry.kind is EntryKind.SYMLINK:
            os.symlink(placed.entry.target, at[name])
    for name in reversed(chosen.names):  # creating something in a directory changes its time
        entry = chosen.names[name].entry
        if entry.kind is not EntryKind.SYMLINK:
            least = 0o700 if entry.kind is EntryKind.DIRECTORY else 0o400
            os.chmod(at[name], entry.mode & 0o777 | least)
        seconds = min(max(entry.mtime, 0), 1 << 33)
        os.utime(at[name], (seconds, seconds), follow_symlinks=False)


def new_file(target: bytes) -> FileIO:
    """Open a new file for writing."""
    return open(os.open(target, _FLAGS, 0o600), "wb", buffering=0)


def _copy(layer: StoredLayer, wanted: Sequence[Wanted], progress: Progress) -> None:
    """Write the parts of a layer's tar to new files."""
    pieces = layer.tar()
    start, data = 0, b""
    for entry, target in wanted:
        with new_file(target) as file:
            for count, place_ in stretches(entry.offset, entry.size, entry.extents):
                if place_ is None:
                    file.seek(count, os.SEEK_CUR)
                    progress.advance(count)
                    continue
                at, stop = place_, place_ + count
                while at < stop:
                    while start + len(data) <= at:
                        check(progress)
                        start += len(data)
                        data = next(pieces, b"")
                        if not data:
                            raise layer.malformed("it changed while it was read")
                    done = file.write(memoryview(data)[at - start : stop - start])
                    progress.advance(done)
                    at += done
            if entry.extents is not None:
                file.truncate(entry.size)  # it may end with a hole
