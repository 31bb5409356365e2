"""An image as one file: blobs written at their place, headers and documents after them, then a rename."""

from __future__ import annotations

import os
import stat
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from nixdive import there
from nixdive.beside import file_place, write_at
from nixdive.errors import WriteError
from nixdive.image.tars.header import end, padding
from nixdive.image.writers.disk import reserve
from nixdive.image.writers.outer import OuterTar
from nixdive.image.writers.parts import Documents, Finished, Slot
from nixdive.interrupts import whole
from nixdive.unfinished import UnfinishedFile, unfinished_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    from nixdive.image.oci.spec import Stamp

_PIECE = 1 << 20


class ArchiveTarget:
    """A file that an image is written to.

    Used as a context: leaving it without `finish` removes all traces.

    Attributes:
        alone: whether each blob has a file of its own.

    Args:
        target: a file, or nothing yet.
        stamp: its mtime is used for the members.

    Raises WriteError if the target is a directory or cannot be created.
    """

    alone = False

    def __init__(self, target: Path, stamp: Stamp) -> None:
        self.target = target
        if there.is_folder(target, WriteError):
            raise WriteError(
                f"{target}: it is a directory, not a file", hint="name a file, or write --format oci"
            )
        self._real = file_place(target)
        self._outer = OuterTar(stamp)
        self._cursor = 0
        self._stack = ExitStack()
        self._file: UnfinishedFile
        self._descriptor = -1
        self.needed: int | None = None

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._file = stack.enter_context(unfinished_file(self._real))
            self._descriptor = self._file.descriptor
            reserve(self._descriptor, self.needed or 0)
            self._stack = stack.pop_all()
        return self

    @whole
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def slot(self, size: int | None) -> Slot:
        """Return the place of the next blob; `close_slot` sets a size that is not known yet."""
        slot = Slot(self._descriptor, self._cursor + self._outer.header_size(size))
        if size is not None:
            self._cursor = slot.offset + self._outer.padded(size)
        return slot

    def close_slot(self, slot: Slot, size: int) -> None:
        """Set the size of a blob that has been written."""
        self._outer.check(size)
        self._cursor = slot.offset + self._outer.padded(size)

    def finish(self, blobs: Sequence[tuple[str, Slot, int]], documents: Documents) -> Finished:
        """Write headers and documents, and put the file in its place.

        Args:
            blobs: name, place and size of each; a repeated one is left out, and what follows moves up.
            documents: what follows them.
        """
        cursor = 0
        seen = set()
        for name, slot, size in blobs:
            if name in seen:
                continue
            seen.add(name)
            head = self._outer.header(name, size)
            self._move(slot.offset, cursor + len(head), size)
            write_at(self._descriptor, head, cursor)
            cursor += len(head) + size
            write_at(self._descriptor, padding(size), cursor)
            cursor += len(padding(size))
        tail = b"".join(
            self._outer.header(name, len(data)) + data + padding(len(data))
            for name, data in documents.members
        )
        tail += end(cursor + len(tail))
        write_at(self._descriptor, tail, cursor)
        os.ftruncate(self._descriptor, cursor + len(tail))
        self._file.finish()
        return Finished(cursor + len(tail), documents.references)

    def _move(self, source: int, destination: int, size: int) -> None:
        if source == destination:
            return
        done = 0
        while done < size:
            data = os.pread(self._descriptor, min(_PIECE, size - done), source + done)
            write_at(self._descriptor, data, destination + done)
            done += len(data)


def is_special(target: Path) -> bool:
    """Whether the target is a pipe or device, which is written to and never replaced."""
    try:
        mode = target.stat().st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)
