"""An image in a registry as the files of an OCI layout: documents at once, layers when they are read."""

from __future__ import annotations

import os
import tempfile
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from nixdive.bounds import most
from nixdive.digest import is_digest
from nixdive.errors import ImageError, MalformedImageError, RegistryError
from nixdive.image.oci.config import canonical
from nixdive.image.oci.manifest import FULL_NAME, INDEX, LAYOUT, OCI_LAYOUT, descriptor
from nixdive.image.readers.files import DirectoryFiles, Place
from nixdive.image.readers.oci import blob
from nixdive.json_text import parsed
from nixdive.remote.registry import MOST_CONNECTIONS
from nixdive.unfinished import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO

    from nixdive.remote.name import RemoteName
    from nixdive.remote.repository import ManifestBytes, Repository

_HEAD = 512  # bytes of each layer that are read at first: they show how it is compressed
_SMALL = 1 << 16  # a layer of so many bytes is read at once, and kept


class RegistryFiles:
    """The files of a layout that has one image of a registry, or an index of images; used by several threads.

    A layer that was read to its end is kept in a temporary folder, which is removed with this value.

    Attributes:
        name: what the user named.
        where: the same as text.

    Args:
        repository: where it is.
        root: its manifest or index.
        name: what the user named.
    """

    def __init__(self, repository: Repository, root: ManifestBytes, name: RemoteName) -> None:
        self.name = name
        self.where = self.name.text
        self._repository = repository
        self._documents = {LAYOUT: OCI_LAYOUT}
        self._manifests: dict[str, str] = {}  # names and digests of manifests
        self._layers: dict[str, tuple[str, int]] = {}  # names, digests and bytes
        self._heads: dict[str, bytes | MalformedImageError] = {}
        self._lock = Lock()
        self._working = temporary_folder(RegistryError)
        self._folder = self._working.path
        self._kept = DirectoryFiles(self._folder, self.where)
        weakref.finalize(self, repository.registry.close)
        called = (
            {} if name.digest else {"annotations": {FULL_NAME: f"{name.host}/{name.repository}:{name.tag}"}}
        )
        entry = {**descriptor(root.media_type, root.digest, len(root.data)), **called}
        self._add(INDEX, canonical({"schemaVersion": 2, "manifests": [entry]}))
        self._add(blob(root.digest), root.data)

    def names(self) -> frozenset[str]:
        """Return the names of the files that are known so far."""
        return frozenset((*self._documents, *self._manifests, *self._layers))

    def size(self, name: str) -> int:
        """Return the bytes of a file; those of a layer are what the manifest states."""
        return self._layers[name][1] if name in self._layers else len(self._document(name))

    def head(self, name: str, count: int) -> bytes:
        """Return the first bytes of a file; those of all layers are asked for together.

        Args:
            name: the file.
            count: how many, 512 at most.
        """
        if name not in self._layers:
            return self._document(name)[:count]
        with self._lock:
            if name not in self._heads:
                names = [one for one in self._layers if one not in self._heads]
                with ThreadPoolExecutor(MOST_CONNECTIONS, "layer heads") as pool:
                    self._heads.update(zip(names, pool.map(self._begun, names), strict=True))
            found = self._heads[name]
        if isinstance(found, MalformedImageError):
            raise found
        return found[:count]

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield a file in pieces."""
        if name not in self._layers:
            yield self._document(name)
        elif self._is_kept(name):
            yield from self._kept.chunks(name)
        elif isinstance(begun := self._heads.get(name), bytes) and len(begun) == self._layers[name][1]:
            yield begun
        else:
            yield from self._spooled(name, *self._layers[name])

    def place(self, name: str) -> Place:
        """Return where the bytes of a file can be read at any position; a layer is fetched whole for it."""
        if not self._is_kept(name):
            if name in self._layers:
                for _ in self._spooled(name, *self._layers[name], needed=True):
                    pass
            else:
                self._keep(name, self._document(name))
        return self._kept.place(name)

    def _document(self, name: str) -> bytes:
        found = self._documents.get(name)
        if found is None:
            digest = f"sha256:{name.rpartition('/')[2]}"
            if blob(digest) != name or not is_digest(digest):
                raise MalformedImageError(f"{self.where}: {name} is missing")
            if name in self._manifests:
                found = self._repository.manifest(digest).data
            else:
                found = self._repository.small_blob(digest, "document")
            self._add(name, found)
        return found

    def _add(self, name: str, data: bytes) -> None:
        """Remember a document, and what it says about others; whoever reads it checks the rest."""
        if len(data) <= most("manifest"):
            value = parsed(data, lambda cause: MalformedImageError(f"{self.where}: {name}: {cause}"))
            for one in _described(value, "manifests"):
                self._manifests[blob(one["digest"])] = one["digest"]
            for one in _described(value, "layers"):
                self._layers[blob(one["digest"])] = one["digest"], one["size"]
        self._documents[name] = data

    def _begun(self, name: str) -> bytes | MalformedImageError:
        """Return the beginning of a layer, or why there is none: a layer that is missing hides no other."""
        digest, size = self._layers[name]
        try:
            if size <= _SMALL:
                return b"".join(self._repository.blob(digest, size))
            return self._repository.beginning(digest, _HEAD)
        except MalformedImageError as error:
            return error
        except RegistryError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return MalformedImageError(f"{self.where}: {name}: the registry does not have it")

    def _spooled(self, name: str, digest: str, size: int, *, needed: bool = False) -> Iterator[bytes]:
        """Yield a layer from the registry; once it is complete and checked, it is kept.

        One that there is no room for is fetched again when it is read again, unless it is needed in a file.
        """
        spool: Path | None = None
        try:
            with self._keeping(name):
                descriptor, made = tempfile.mkstemp(dir=self._folder)
                spool = Path(made)
            with open(descriptor, "wb", buffering=0) as file:  # noqa: PTH123  it is open already
                for piece in self._repository.blob(digest, size):
                    if spool is not None:
                        try:
                            with self._keeping(name):
                                _write(file, piece)
                        except ImageError:
                            if needed:
                                raise
                            file.truncate(0)
                            spool.unlink()
                            spool = None
                    yield piece
            if spool is not None:
                self._keep(name, spool)
        finally:
            if spool is not None:
                spool.unlink(missing_ok=True)

    def _keep(self, name: str, what: bytes | Path) -> None:
        place = Path(self._folder, name)
        with self._keeping(name):
            place.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(what, bytes):
                place.write_bytes(what)
            else:
                what.replace(place)

    @contextmanager
    def _keeping(self, name: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ImageError(
                f"{self.where}: {name} cannot be kept in {tempfile.gettempdir()}: {error.strerror}",
                hint="set TMPDIR to a directory with more room",
            ) from error

    def _is_kept(self, name: str) -> bool:
        return os.path.lexists(f"{self._folder}/{name}")


def _write(file: FileIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def _described(value: Any, key: str) -> Iterator[dict[str, Any]]:
    """Yield the descriptors in a list of a document that can be asked for."""
    found = value.get(key) if isinstance(value, dict) else None
    for one in found if isinstance(found, list) else []:
        if isinstance(one, dict) and is_digest(one.get("digest")):
            size = one.get("size")
            if key == "manifests" or (isinstance(size, int) and not isinstance(size, bool) and size >= 0):
                yield one
