"""What OCI's distribution-spec 1.1 offers for one repository: manifests and blobs, read."""

from __future__ import annotations

from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from urllib3 import exceptions

from nixdive.errors import MalformedImageError
from nixdive.image import media
from nixdive.image.digest import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nixdive.remote.registry import Registry

MOST_MANIFEST = 4 << 20  # bytes; distribution-spec: registries take at least that, and few take more
_PIECE = 1 << 18
_PATIENCE = 6  # connections that break off, one after the other without a byte between, before it is an error
_ACCEPT = ", ".join(sorted(media.MANIFESTS | media.INDEXES))


class ManifestBytes(NamedTuple):
    """A manifest or an index as a registry has it.

    Attributes:
        digest: of its bytes.
        media_type: what the registry says that it is.
        data: its bytes.
    """

    digest: str
    media_type: str
    data: bytes


class Repository:
    """One repository of a registry; used by several threads.

    Args:
        registry: where it is.
    """

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._path = registry.name.repository

    def manifest(self, reference: str | None = None) -> ManifestBytes:
        """Return a manifest or an index, checked against its digest where that is what it is asked for by.

        Args:
            reference: a tag or a digest; None for that of the name.

        Raises:
            RegistryError: there is none, or it cannot be had.
            MalformedImageError: it is not what the digest says.
        """
        name = self.registry.name
        reference = reference or name.reference
        said = self.registry.send(
            "GET", f"{self._path}/manifests/{reference}", headers={"Accept": _ACCEPT}, limit=MOST_MANIFEST
        )
        digest = digest_of(said.body)
        if ":" in reference and digest != reference:
            raise MalformedImageError(f"{name.text}: the registry sends {digest} for {reference}")
        kind = said.headers.get("Content-Type", "").partition(";")[0].strip()
        return ManifestBytes(digest, kind, said.body)

    def has_blob(self, digest: str) -> bool:
        """Whether the repository has a blob."""
        said = self.registry.send("HEAD", self._blob(digest), good=(200, 404))
        return said.status == HTTPStatus.OK

    def small_blob(self, digest: str, limit: int) -> bytes:
        """Return a blob of at most so many bytes, checked; raises as `blob`."""
        said = self.registry.send("GET", self._blob(digest), limit=limit, missing=_gone(digest))
        if (found := digest_of(said.body)) != digest:
            raise MalformedImageError(f"{self.registry.name.text}: the registry sends {found} for {digest}")
        return said.body

    def beginning(self, digest: str, count: int) -> bytes:
        """Return the first bytes of a blob, not checked: as many as that, or fewer if it is smaller.

        Raises:
            RegistryError: it cannot be had.
        """
        part = {"Range": f"bytes=0-{count - 1}"}
        with self.registry.answer(
            "GET", self._blob(digest), headers=part, good=(200, 206), missing=_gone(digest)
        ) as (answer, url):
            try:
                found = answer.read(count)
            except exceptions.HTTPError as error:
                raise self.registry.unreachable(url, error) from error
            if answer.status == HTTPStatus.OK:  # it sends all, which is not waited for
                answer.close()
            return found

    def blob(self, digest: str, size: int | None) -> Iterator[bytes]:
        """Yield a blob in pieces, checked as they come; what breaks off goes on where it was.

        Args:
            digest: its digest.
            size: its bytes, if they are known.

        Raises:
            RegistryError: it cannot be had.
            MalformedImageError: it is not what digest and size say; raised after its last piece.
        """
        hashed, done, failed = sha256(), 0, 0
        where = f"{self.registry.name.text}: {digest}"
        while size is None or done < size or not done:
            before = done
            try:
                for piece in self._from(digest, done):
                    hashed.update(piece)
                    done += len(piece)
                    if size is not None and done > size:
                        raise MalformedImageError(f"{where}: it is longer than the stated {size} bytes")
                    yield piece
            except exceptions.HTTPError as error:
                failed = failed + 1 if done == before else 0
                if failed == _PATIENCE:
                    raise self.registry.unreachable(self.registry.name.server, error) from error
                continue
            break
        if size is not None and done != size:
            raise MalformedImageError(f"{where}: it has {done} bytes, not {size}")
        if (found := f"sha256:{hashed.hexdigest()}") != digest:
            raise MalformedImageError(f"{where}: what the registry sends is {found}")

    def _from(self, digest: str, start: int) -> Iterator[bytes]:
        """Yield a blob from a position on."""
        part = {"Range": f"bytes={start}-"} if start else {}
        with self.registry.answer(
            "GET", self._blob(digest), headers=part, good=(200, 206), missing=_gone(digest)
        ) as (answer, _):
            skip = start if answer.status == HTTPStatus.OK else 0  # ranges are optional
            for piece in answer.stream(_PIECE, decode_content=False):
                self.registry.check()
                if skip >= len(piece):
                    skip -= len(piece)
                    continue
                yield piece[skip:]
                skip = 0

    def _blob(self, digest: str) -> str:
        return f"{self._path}/blobs/{digest}"


def _gone(digest: str) -> str:
    return f"the registry does not have the blob {digest}"
