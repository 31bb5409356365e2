"""What OCI's distribution-spec 1.1 offers for one repository: manifests and blobs, read and written."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from itertools import count
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from urllib3 import exceptions

from nixdive.digest import digest_of
from nixdive.errors import MalformedImageError, RegistryError
from nixdive.image.oci import media
from nixdive.remote.answers import body, pieces, place, shown
from nixdive.remote.registry import ATTEMPTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from urllib3 import BaseHTTPResponse

    from nixdive.remote.registry import Registry, Said

_PIECE = 1 << 18
_DIGITS = 20  # of a position in a blob
WHOLE = 4 << 20  # a blob of so many bytes is sent with the request that ends its upload: a round trip less
_LEAST = 4 << 20  # bytes of a part, where a registry or a proxy before it refuses more
_BYTES = "application/octet-stream"
# an upload that the registry does not know any more, or that has not the bytes that were sent
_LOST = frozenset({"BLOB_UPLOAD_UNKNOWN", "BLOB_UPLOAD_INVALID", "RANGE_INVALID"})
# to how far an upload is, where it is forgotten or the registry does not know the question
_SAYS_NOTHING = (400, 404, 405, 501)
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


class BlobToSend(NamedTuple):
    """A blob to upload.

    Attributes:
        digest: its digest.
        size: its bytes.
        pieces: yields it from a position on, as often as it is asked for.
    """

    digest: str
    size: int
    pieces: Callable[[int], Iterable[bytes]]


class Repository:
    """One repository of a registry; used by several threads.

    Args:
        registry: where it is.
        path: its path there; None for that of the registry's name.
    """

    def __init__(self, registry: Registry, path: str | None = None) -> None:
        self.registry = registry
        self.path = path or registry.name.repository

    def beside(self, path: str) -> Repository:
        """Return another repository of the registry."""
        return Repository(self.registry, path)

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
            "GET", f"{self.path}/manifests/{reference}", headers={"Accept": _ACCEPT}, bound="manifest"
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

    def small_blob(self, digest: str, bound: str) -> bytes:
        """Return a blob that is no larger than the bound of a name, checked; raises as `blob`."""
        said = self.registry.send("GET", self._blob(digest), bound=bound, missing=_gone(digest))
        if (found := digest_of(said.body)) != digest:
            raise MalformedImageError(f"{self.registry.name.text}: the registry sends {found} for {digest}")
        return said.body

    def beginning(self, digest: str, count: int) -> bytes:
        """Return the first bytes of a blob, not checked: as many as that, or fewer if it is smaller.

        Raises:
            RegistryError: it cannot be had.
        """
        with self._part(digest, f"bytes=0-{count - 1}") as (answer, url):
            try:
                found = body(answer, count)
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
        with self._part(digest, f"bytes={start}-" if start else None) as (answer, _):
            skip = start if answer.status == HTTPStatus.OK else 0  # ranges are optional
            for piece in pieces(answer, _PIECE):
                self.registry.check()
                if skip >= len(piece):
                    skip -= len(piece)
                    continue
                yield piece[skip:]
                skip = 0

    @contextmanager
    def _part(self, digest: str, part: str | None) -> Iterator[tuple[BaseHTTPResponse, str]]:
        """Ask for a part of a blob, as Range has it; what comes, by its status, is that part or all."""
        target, missing = self._blob(digest), _gone(digest)
        if part is not None:
            with self.registry.answer(
                "GET", target, headers={"Range": part}, good=(200, 206, 416), missing=missing
            ) as found:
                if found[0].status != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                    yield found
                    return
                found[0].close()
        # some registries refuse a range without an end, or one that ends behind the blob
        with self.registry.answer("GET", target, headers={}, missing=missing) as found:
            yield found

    def put_manifest(self, reference: str, data: bytes, media_type: str) -> None:
        """Put a manifest under a tag or its digest; from then on the image is there.

        Raises:
            RegistryError: the registry refuses; `digests` are those of blobs that it says it lacks.
        """
        self.registry.send(
            "PUT",
            f"{self.path}/manifests/{reference}",
            headers={"Content-Type": media_type},
            body=data,
            good=(200, 201, 202),
            missing="the registry does not take the manifest",
        )

    def begin_upload(self, mounted: str | None = None, source: str | None = None) -> str | None:
        """Begin an upload and return where it goes on; None if the blob was mounted instead.

        Args:
            mounted: the digest of a blob that another repository of the registry has.
            source: that repository.
        """
        query = f"?{urlencode({'mount': mounted, 'from': source})}" if mounted else ""
        said = self.registry.send(
            "POST",
            f"{self.path}/blobs/uploads/{query}",
            headers={"Content-Length": "0"},
            good=(201, 202),
            missing="there is no such repository, and it cannot be made",
        )
        return None if said.status == HTTPStatus.CREATED else self._location(said)

    def cancel_upload(self, place: str) -> None:
        """Give up an upload; registries forget those that are left, so that errors do not matter."""
        with suppress(RegistryError):
            self.registry.send("DELETE", place, good=(200, 202, 204, 404, 405), attempts=1)

    def send_blob(self, blob: BlobToSend, place: str | None = None) -> None:
        """Upload a blob; what breaks off goes on where it was, or begins anew.

        Args:
            blob: what to send.
            place: where an upload goes on that was begun; None begins one.

        Raises:
            RegistryError: the registry refuses, or cannot be reached for long.
            Cancelled: the user stopped it.
        """
        for attempt in count(1):
            try:
                begun = place or self._begun()
                if blob.size <= WHOLE:
                    self._finish(begun, blob, whole=True)
                else:
                    self._finish(self._sent(begun, blob), blob, whole=False)
            except RegistryError as error:
                if not (_is_lost(error, attempt) or self.registry.may_pass(error, attempt)):
                    raise
                if self.has_blob(blob.digest):  # it was only the answer that broke off
                    return
                place = None
            else:
                return

    def _finish(self, place: str, blob: BlobToSend, *, whole: bool) -> None:
        """End an upload, with the whole blob as the body or with nothing."""
        mark = "&" if "?" in place else "?"
        size = blob.size if whole else 0
        self.registry.send(
            "PUT",
            f"{place}{mark}{urlencode({'digest': blob.digest})}",
            headers={"Content-Type": _BYTES, "Content-Length": str(size)},
            body=(lambda: blob.pieces(0)) if whole else None,
            good=(201, 202, 204),
            missing="the upload is gone",
            attempts=1,
        )

    def _sent(self, place: str, blob: BlobToSend) -> str:
        """Send a blob in one piece, or in several where the registry takes no more at once."""
        done, most, failed = 0, blob.size, 0
        while done < blob.size:
            upto = min(done + most, blob.size)
            try:
                said = self.registry.send(
                    "PATCH",
                    place,
                    headers={
                        "Content-Type": _BYTES,
                        "Content-Length": str(upto - done),
                        "Content-Range": f"{done}-{upto - 1}",
                    },
                    body=partial(_part, blob, done, upto),
                    good=(201, 202, 204),
                    missing="the upload is gone",
                    attempts=1,
                )
            except RegistryError as error:
                failed += 1
                if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and most > _LEAST:
                    most = max(min(most, blob.size) // 4, _LEAST)
                elif not self.registry.may_pass(error, failed):
                    raise
                place, done = self._received(place) or (self._begun(), 0)
            else:
                place, done, failed = self._location(said), upto, 0
        return place

    def _begun(self) -> str:
        """Begin an upload and return where it goes on."""
        place = self.begin_upload()
        assert place is not None  # noqa: S101  nothing was to be mounted
        return place

    def _received(self, place: str) -> tuple[str, int] | None:
        """Return where an upload goes on, and how many bytes of it are there; None if nobody says."""
        said = self.registry.send("GET", place, good=(200, 202, 204, *_SAYS_NOTHING))
        if said.status in _SAYS_NOTHING:
            return None
        last = said.headers.get("Range", "").rpartition("-")[2]
        end = int(last) if last.isdecimal() and len(last) < _DIGITS else 0
        return self._location(said), end + 1 if end else 0  # nothing is 0-0 too

    def _location(self, said: Said) -> str:
        """Return where an upload goes on."""
        link = said.headers.get("Location")
        if not link:
            return said.url
        if (url := place(said.url, link)) is None:
            raise RegistryError(
                f"{self.registry.name.text}: the registry wants the upload at {shown(link)}, which is no URL"
            )
        return url

    def _blob(self, digest: str) -> str:
        return f"{self.path}/blobs/{digest}"


def _part(blob: BlobToSend, start: int, end: int) -> Iterator[bytes]:
    """Yield a blob from one position to another."""
    left = end - start
    for piece in blob.pieces(start):
        yield piece[:left]
        left -= len(piece)
        if left <= 0:
            return


def _is_lost(error: RegistryError, attempt: int) -> bool:
    """Whether an upload has to begin anew, and may."""
    gone = error.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE or _LOST.intersection(error.codes)
    return bool(gone) and attempt < ATTEMPTS


def _gone(digest: str) -> str:
    return f"the registry does not have the blob {digest}"
