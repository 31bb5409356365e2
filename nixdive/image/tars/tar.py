"""The tar of a store layer: the bytes that nixpkgs' stream_layered_image.py writes for the same store paths.

Source: pkgs/build-support/docker/stream_layered_image.py of nixpkgs. Names are absolute; /nix/
and /nix/store/ come first, then each path with everything below it; hard links are written as files.
"""

from __future__ import annotations

import os
from functools import cached_property
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, cast

from nixdive.contents.entry import Contents, FileEntry, Kind
from nixdive.errors import UnreadablePathError
from nixdive.image.tars.header import BLOCK, HeaderMaker, Owner, end, padding
from nixdive.store.path import STORE_DIR, StorePath, folders_above

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from nixdive.image.oci.spec import Stamp


def store_folders(paths: Iterable[StorePath]) -> list[FileEntry]:
    """Return what comes before store paths in their layer: the directories above, /nix and /nix/store."""
    stores = sorted({path.store_dir for path in paths}) or [STORE_DIR]
    above = dict.fromkeys(folder for store in stores for folder in folders_above(store))
    return [FileEntry(os.fsencode(folder), Kind.DIRECTORY, 0o755) for folder in above]


FORMAT = 1
"""A number that is raised when the same files make other bytes, so that layers made before do not count."""


class _ReadsInto(Protocol):
    def read_into(self, entry: FileEntry, buffer: memoryview) -> int: ...


class _Identifies(Protocol):
    def identity(self, path: StorePath, entries: Sequence[FileEntry]) -> str | None: ...


class _MakesHeaders(Protocol):
    def entry(self, entry: FileEntry) -> bytes: ...

    def entry_size(self, entry: FileEntry) -> int: ...


class _Owned:
    """Makes the headers of a tar whose entries have several owners; only the usual one has a name."""

    def __init__(self, usual: Owner, owners: Mapping[bytes, tuple[int, int]]) -> None:
        makers = {
            (uid, gid): HeaderMaker(usual._replace(uid=uid, gid=gid, uname=b"", gname=b""))
            for uid, gid in set(owners.values())
            if (uid, gid) != (usual.uid, usual.gid)
        }
        self._usual = HeaderMaker(usual)
        self._makers = {name: makers.get(owner, self._usual) for name, owner in owners.items()}

    def entry(self, entry: FileEntry) -> bytes:
        return self._makers.get(entry.name, self._usual).entry(entry)

    def entry_size(self, entry: FileEntry) -> int:
        return self._makers.get(entry.name, self._usual).entry_size(entry)


class TarLayer:
    """A layer made of file entries.

    Attributes:
        has_data: whether it contains files, not only links and directories.

    Args:
        entries: in the order of the tar, each with its absolute name.
        contents: the source of the files' data.
        stamp: time and owner of every entry.
        paths: the store paths that all files with data belong to, and their entries, where that is known.
        owners: the numbers of user and group of entries that have others, by name.
    """

    def __init__(
        self,
        entries: Sequence[FileEntry],
        contents: Contents | None,
        stamp: Stamp,
        paths: Sequence[tuple[StorePath, Sequence[FileEntry]]] | None = None,
        *,
        owners: Mapping[bytes, tuple[int, int]] = MappingProxyType({}),
    ) -> None:
        self._entries = entries
        self._paths = paths
        self._owner = Owner.of(stamp)
        self._contents = contents
        self.has_data = contents is not None
        self._maker: _MakesHeaders = HeaderMaker(self._owner)
        if owners:
            self._maker = _Owned(self._owner, owners)
        self._owners = sorted(owners.items())
        self._quick = cast("_ReadsInto", contents) if hasattr(contents, "read_into") else None

    @classmethod
    def of_paths(cls, paths: Sequence[StorePath], contents: Contents, stamp: Stamp) -> TarLayer:
        """Return the layer of some store paths; raises UnreadablePathError if one cannot be listed."""
        found = [(path, contents.entries(path)) for path in paths]
        entries = [*store_folders(paths), *(entry for _, below in found for entry in below)]
        return cls(entries, contents, stamp, found)

    @cached_property
    def size(self) -> int:
        """The bytes of the tar, known from the entries alone."""
        return self._data_size + len(end(self._data_size))

    @cached_property
    def _data_size(self) -> int:
        return _size(self._entries, self._maker)

    def identity(self) -> str | None:
        """Return what stands for the bytes of the tar: the same text means the same bytes.

        It is made of everything that the tar is made of, except for the data of files, for which their store
        paths' identities stand. None if nothing is certain about the data of a file.

        Raises UnreadablePathError if a file is gone.
        """
        made = sha256(f"nixdive layer {FORMAT} {tuple(self._owner)!r}\n".encode())
        if self._owners:
            made.update(f"{self._owners!r}\n".encode())
        made.update(
            b"".join(
                [
                    b"%b\0%b\0%o\0%d\0%b\0" % (name, kind.value, mode, size, target)
                    for name, kind, mode, size, target, _ in self._entries
                ]
            )
        )
        if self._contents is None:
            return made.hexdigest()
        if self._paths is None or not hasattr(self._contents, "identity"):
            return None
        contents = cast("_Identifies", self._contents)
        for path, below in self._paths:
            data = contents.identity(path, below)
            if data is None:
                return None
            made.update(f"{data}\0".encode())
        return made.hexdigest()

    def blocks(self, take: Callable[[], memoryview]) -> Iterator[memoryview]:
        """Yield the tar in pieces, each as long as the buffer from `take`; the last may be shorter.

        Args:
            take: returns the buffer for the next piece; it may return the previous one again.

        Raises:
            UnreadablePathError: a file is gone, or is longer or shorter than it was when it was listed.
        """
        make = self._maker.entry
        quick = self._quick
        filler = _Filler(take)
        for entry in self._entries:
            head = make(entry)
            size = entry.size
            view, start = filler.view, filler.at
            after = start + len(head) + size
            if quick is not None and after + BLOCK < len(view):
                view[start : start + len(head)] = head
                if size:
                    # asking for one byte too many shows whether the file has grown
                    if quick.read_into(entry, view[start + len(head) : after + 1]) != size:
                        raise _changed(entry)
                    fill = padding(size)
                    view[after : after + len(fill)] = fill
                    after += len(fill)
                filler.at = after
            else:
                yield from filler.put(head)
                if size:
                    yield from self._pour(entry, filler)
                    yield from filler.put(padding(size))
        yield from filler.put(end(self._data_size))
        if filler.at:
            yield filler.view[: filler.at]

    def _pour(self, entry: FileEntry, filler: _Filler) -> Iterator[memoryview]:
        assert self._contents is not None  # noqa: S101  a layer with files has contents
        with self._contents.open(entry) as file:
            left = entry.size
            try:
                while left:
                    room = filler.view[filler.at : filler.at + left]
                    count = file.readinto(room)  # type: ignore[attr-defined]  # unbuffered, so it has it
                    if not count:
                        raise _changed(entry)
                    left -= count
                    filler.at += count
                    if filler.at == len(filler.view):
                        yield filler.view
                        filler.turn()
                if file.read(1):
                    raise _changed(entry)
            except OSError as error:
                raise UnreadablePathError(f"{os.fsdecode(entry.name)}: {error.strerror}") from error


class _Filler:
    """A buffer that is filled from front to back, and handed on when full."""

    def __init__(self, take: Callable[[], memoryview]) -> None:
        self._take = take
        self.view = take()
        self.at = 0

    def turn(self) -> None:
        """Take the next buffer; only once the full one has been handed on, since it may be the same."""
        self.view = self._take()
        self.at = 0

    def put(self, data: bytes) -> Iterator[memoryview]:
        done = 0
        while done < len(data):
            count = min(len(data) - done, len(self.view) - self.at)
            self.view[self.at : self.at + count] = data[done : done + count]
            self.at += count
            done += count
            if self.at == len(self.view):
                yield self.view
                self.turn()


def _size(entries: Sequence[FileEntry], maker: _MakesHeaders) -> int:
    total = 0
    header_size = maker.entry_size
    for entry in entries:
        size = entry.size
        total += header_size(entry) + size + -size % BLOCK
    return total


def _changed(entry: FileEntry) -> UnreadablePathError:
    return UnreadablePathError(
        f"{os.fsdecode(entry.name)}: its size changed while it was read",
        hint="is something writing to it? store paths never change",
    )
