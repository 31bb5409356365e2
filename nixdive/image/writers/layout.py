"""An image as a directory: an OCI layout, made beside its place and renamed."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from nixdive.beside import neighbour, resolved, sync_directory, told
from nixdive.errors import WriteError
from nixdive.image.writers.disk import reserve
from nixdive.image.writers.parts import Slot

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Self

_OURS = frozenset({"blobs", "index.json", "oci-layout", "manifest.json"})


class LayoutTarget:
    """A directory that is to hold an image.

    Used as a context: leaving it without `finish` removes all traces.

    Args:
        target: an OCI layout, an empty directory, or nothing yet.

    Raises WriteError where the target is anything else.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self._real = resolved(target)
        check_replaceable(target, self._real)
        self._temporary = neighbour(self._real)
        self._slots: list[int] = []
        self.needed: int | None = None

    def __enter__(self) -> Self:
        with told(self._real, self.needed):
            self._temporary.mkdir()
            (self._temporary / "blobs" / "sha256").mkdir(parents=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for descriptor in self._slots:
            os.close(descriptor)
        if self._temporary.exists():
            shutil.rmtree(self._temporary)

    def _slot_path(self, index: int) -> Path:
        return self._temporary / f"layer-{index}"

    def slot(self, size: int | None) -> Slot:
        """Return the place of the next blob: a file of its own."""
        with told(self._real, self.needed):
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            descriptor = os.open(self._slot_path(len(self._slots)), flags, 0o666)
            reserve(descriptor, size or 0)
        self._slots.append(descriptor)
        return Slot(descriptor, 0)

    def close_slot(self, slot: Slot, size: int) -> None:
        """Do nothing: the file ends where the blob ends."""

    def finish(self, blobs: Sequence[tuple[str, Slot, int]], documents: Sequence[tuple[str, bytes]]) -> int:
        """Name the blobs, write the documents, put the directory in place; return the bytes of its files."""
        total = 0
        seen = set()
        with told(self._real, self.needed):
            for name, slot, size in blobs:
                path = self._slot_path(self._slots.index(slot.descriptor))
                if name in seen:
                    path.unlink()
                    continue
                seen.add(name)
                os.fsync(slot.descriptor)
                path.rename(self._temporary / name)
                total += size
            for name, data in documents:
                with (self._temporary / name).open("wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                total += len(data)
            for folder in ("blobs/sha256", "blobs", ""):
                sync_directory(self._temporary / folder)
            self._swap()
            sync_directory(self._real.parent)
        return total

    def _swap(self) -> None:
        if not self._real.exists():
            self._temporary.rename(self._real)
            return
        old = neighbour(self._real)
        self._real.rename(old)
        try:
            self._temporary.rename(self._real)
        except BaseException:
            old.rename(self._real)
            raise
        shutil.rmtree(old)


def check_replaceable(target: Path, real: Path) -> None:
    """Raise WriteError where something stands there that a layout may not replace.

    Args:
        target: as the user named it, for the message.
        real: where it lies, links followed.
    """
    if not real.exists():
        return
    if not real.is_dir():
        raise WriteError(
            f"{target}: it is a file, and --format oci writes a directory", hint="name a directory"
        )
    names = set(os.listdir(real))  # noqa: PTH208  names are all that is needed
    if names and ("oci-layout" not in names or names - _OURS):
        other = sorted(names - _OURS)
        raise WriteError(
            f"{target}: it is a directory that is no OCI layout"
            + (f": it holds {other[0]}" if other else ""),
            hint="only an OCI layout is replaced; name another directory",
        )
