"""An image in a directory: a new OCI layout, renamed into place, or added to an existing one."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Self

from nixdive import there
from nixdive.beside import resolved, write_at
from nixdive.errors import WriteError
from nixdive.image.oci.config import canonical
from nixdive.image.oci.manifest import INDEX, LAYOUT, LAYOUT_VERSION, REFERENCE, index_of
from nixdive.image.writers.disk import reserve
from nixdive.image.writers.parts import PRESENT, Documents, Finished, Slot
from nixdive.interrupts import whole
from nixdive.small_file import read_small
from nixdive.unfinished import like, opened_folder, sync_folder, unfinished_file, unfinished_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import TracebackType


_BLOBS = "blobs/sha256"
_VERSIONS = "1."  # image-layout.md: what readers of 1.0.0 can read


class LayoutTarget:
    """A directory that an image is written to.

    The image is added to an existing layout, or replaces the one of its name; everything else stays, even
    blobs that are no longer needed. The index is replaced last, so that a crash leaves the layout as it was,
    with some unreferenced blobs.

    Used as a context: leaving it without `finish` removes all traces.

    Attributes:
        alone: whether each blob has a file of its own.

    Args:
        target: an OCI layout, an empty directory, or nothing yet.

    Raises WriteError if the target is anything else.
    """

    alone = True

    def __init__(self, target: Path) -> None:
        self.target = target
        self._real = resolved(target)
        self._extends = is_layout(target, self._real)
        there.creatable(self._real if self._extends else self._real.parent, WriteError, target)
        self._stack = ExitStack()
        self._temporary: Path
        self._slots: list[int] = []
        self._present: dict[str, int] = {}
        self.needed: int | None = None

    def __enter__(self) -> Self:
        # inside the layout, so that a rename never has to leave its file system
        beside = self._real / "image" if self._extends else self._real
        with ExitStack() as stack:
            self._temporary = stack.enter_context(unfinished_folder(beside)) / "image"
            (self._temporary / _BLOBS).mkdir(parents=True)
            self._stack = stack.pop_all()
        return self

    @whole
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for descriptor in self._slots:
            os.close(descriptor)
        self._stack.close()

    def _slot_path(self, index: int) -> Path:
        return self._temporary / f"layer-{index}"

    def slot(self, size: int | None) -> Slot:
        """Return the place of the next blob: a file of its own."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        descriptor = os.open(self._slot_path(len(self._slots)), flags, 0o666)
        reserve(descriptor, size or 0)
        self._slots.append(descriptor)
        return Slot(descriptor, 0)

    def close_slot(self, slot: Slot, size: int) -> None:
        """Do nothing: the file ends where the blob ends."""

    def finish(self, blobs: Sequence[tuple[str, Slot, int]], documents: Documents) -> Finished:
        """Name the blobs, write the documents, and put all in place."""
        total = 0
        seen = set()
        for name, slot, size in blobs:
            if slot is PRESENT:
                self._present[name] = size
                continue
            path = self._slot_path(self._slots.index(slot.descriptor))
            if name in seen:
                path.unlink()
                continue
            seen.add(name)
            os.fsync(slot.descriptor)
            path.rename(self._temporary / name)
            total += size
        for name, data in documents.members:
            self._write(name, data)
            total += len(data)
        if self._extends:
            return Finished(total, self._added(documents))
        for folder in (_BLOBS, "blobs", ""):
            sync_folder(self._temporary / folder)
        with opened_folder(self._temporary) as descriptor:
            like(descriptor, self._real)
        self._temporary.rename(self._real)  # replaces an empty directory
        sync_folder(self._real.parent)
        return Finished(total, documents.references)

    def _refuse_lost(self) -> None:
        """Raise WriteError if a blob that was there is no longer."""
        for name, size in self._present.items():
            found = there.status(self._real / name, WriteError)
            if found is None or found.st_size != size:
                raise WriteError(
                    f"{self.target}: {name} has just been removed from it", hint="write the image again"
                )

    def _write(self, name: str, data: bytes) -> None:
        with (self._temporary / name).open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def _added(self, documents: Documents) -> tuple[str, ...]:
        """Move everything new into the layout, its index last; return the names of the images in it."""
        blobs = self._real / _BLOBS
        blobs.mkdir(parents=True, exist_ok=True)
        with _locked(self._real):
            self._refuse_lost()
            for blob in (self._temporary / _BLOBS).iterdir():
                blob.replace(blobs / blob.name)
            sync_folder(blobs)
            index = index_of(documents.indexed, _index(self.target, self._real))
            with unfinished_file(self._real / INDEX) as new:
                write_at(new.descriptor, canonical(index), 0)
                new.finish()
        entries = zip(documents.indexed, index["manifests"][-len(documents.indexed) :], strict=True)
        return tuple(entry["annotations"][REFERENCE] for image, entry in entries if image.name is not None)


def blobs_of(target: Path) -> Path:
    """Return the folder of the blobs of a layout, whether or not there is one.

    Raises:
        WriteError: the target's directory cannot be used.
    """
    return resolved(target) / _BLOBS


def is_layout(target: Path, real: Path) -> bool:
    """Return whether there is an OCI layout to which images can be added; else the target is free.

    Args:
        target: as the user named it, for messages.
        real: its real path, links followed.

    Raises:
        WriteError: there is something else, or a layout that cannot be added to.
    """
    if not there.exists(real, WriteError, target):
        return False
    if not there.is_folder(real, WriteError, target):
        raise WriteError(f"{target}: it is a file, and a directory is to be written", hint="name a directory")
    with there.reading(real, WriteError, target):
        names = set(os.listdir(real))  # noqa: PTH208  names are all that is needed
    if not names:
        return False
    if LAYOUT not in names:
        raise WriteError(
            f"{target}: it is a directory but not an OCI layout: it contains {min(names)}",
            hint="images are added to an OCI layout only; name another directory",
        )
    version = _json(target, real / LAYOUT).get(LAYOUT_VERSION)
    if not (isinstance(version, str) and version.startswith(_VERSIONS)):
        raise WriteError(f"{target}: it is an OCI layout of version {version!r}, not 1.0.0")
    _index(target, real)
    return True


def _index(target: Path, real: Path) -> dict[str, Any]:
    if not there.exists(real / INDEX, WriteError):
        return {}
    index = _json(target, real / INDEX)
    if not isinstance(index.get("manifests") or [], list):
        raise WriteError(f"{target}: {INDEX}: its manifests are not a list")
    return index | {"manifests": index.get("manifests") or []}


def _json(target: Path, file: Path) -> dict[str, Any]:
    try:
        found = json.loads(read_small(file, "document"))
    except OSError as error:
        raise WriteError(f"{target}: {file.name}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise WriteError(f"{target}: {file.name}: it is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise WriteError(f"{target}: {file.name}: it is not a JSON object")
    return found


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Lock the layout against other nixdive processes that write into it at the same time."""
    with opened_folder(folder) as descriptor:
        with suppress(OSError):  # some file systems have no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
