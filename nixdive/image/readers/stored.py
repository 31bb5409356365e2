"""An image as it stands in an archive or a layout: its config and its layers, none of them read yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from nixdive.contents.tar import Pieces, Span, TarReader
from nixdive.errors import MalformedImageError
from nixdive.image.digest import is_digest
from nixdive.image.readers.files import whole
from nixdive.unpack import sniff, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nixdive.image.readers.files import Files


@dataclass(frozen=True, slots=True)
class StoredLayer:
    """A layer as it is stored.

    Attributes:
        files: where it lies.
        member: its name there.
        diff_id: what the config says its uncompressed tar hashes to.
        digest: what the manifest says the blob hashes to; None in a docker-archive, which does not say.
        media_type: what the manifest says it is, or None.
        size: bytes of the blob as stored.
        stated_size: bytes of the blob as the manifest says, or None.
        compression: what the blob's first bytes show: none, gzip, zstd, xz or bzip2.
    """

    files: Files
    member: str
    diff_id: str
    digest: str | None
    media_type: str | None
    size: int
    stated_size: int | None
    compression: str

    @property
    def where(self) -> str:
        """The place, for messages."""
        return f"{self.files.where}: {self.member}"

    def chunks(self) -> Iterator[bytes]:
        """Yield the blob in pieces."""
        return self.files.chunks(self.member)

    def tar(self, pieces: Iterable[bytes] | None = None) -> Iterator[bytes]:
        """Yield the uncompressed tar in pieces.

        Args:
            pieces: the blob, where somebody looks on as it is read; by default `chunks`.

        Raises:
            MalformedImageError: the blob is damaged.
        """
        return unpacked(self.chunks() if pieces is None else pieces, self.compression, self.malformed)

    def reader(self) -> TarReader:
        """Return a reader of its tar; of one that is not compressed only what is asked for is read."""
        if self.compression != "none":
            return TarReader(Pieces(self.tar()), self.where)
        place = self.files.place(self.member)
        return TarReader(Span(place.descriptor, place.offset, place.size), self.where)

    def malformed(self, cause: str) -> MalformedImageError:
        """Return the error that says what is wrong with the layer."""
        return MalformedImageError(f"{self.where}: {cause}")

    def tar_size(self) -> int:
        """Return the bytes of the uncompressed tar; a compressed blob is read for it.

        What gzip and zstd say of their sizes holds for one member or frame only, and nobody has checked it.

        Raises MalformedImageError where the blob is damaged.
        """
        if self.compression == "none":
            return self.size
        return sum(map(len, self.tar()))

    @classmethod
    def of(cls, files: Files, member: str, diff_id: str, stated: dict[str, Any] | None = None) -> StoredLayer:
        """Return the layer in a member; `stated` is its descriptor, if there is one."""
        stated = stated or {}
        head = next(iter(files.chunks(member)), b"")[:6]
        size = stated.get("size")
        return cls(
            files,
            member,
            diff_id,
            stated.get("digest"),
            stated.get("mediaType"),
            files.size(member),
            size if isinstance(size, int) else None,
            sniff(head),
        )


@dataclass(frozen=True, slots=True)
class StoredImage:
    """One image as it is stored.

    Attributes:
        name: NAME:TAG where it has one.
        config_member: the name of the file that holds the config.
        config: the config, parsed.
        layers: lowest first.
    """

    name: str | None
    config_member: str
    config: dict[str, Any]
    layers: tuple[StoredLayer, ...]


def json_of(files: Files, name: str) -> Any:
    """Return a JSON file, parsed; raises MalformedImageError where it is none."""
    try:
        return msgspec.json.decode(whole(files, name))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedImageError(f"{files.where}: {name}: {error}") from error


def diff_ids(files: Files, member: str, config: Any) -> list[str]:
    """Return the diff_ids of a config; raises MalformedImageError where they are not what they should be."""
    rootfs = config.get("rootfs") if isinstance(config, dict) else None
    found = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
    if found is None and isinstance(rootfs, dict):
        found = []
    if not isinstance(found, list) or not all(is_digest(one) for one in found):
        raise MalformedImageError(f"{files.where}: {member}: it has no list of diff_ids")
    return found


def paired(files: Files, members: list[str], ids: list[str], config: str) -> list[tuple[str, str]]:
    """Return each layer's member with its diff_id; raises MalformedImageError where the counts differ."""
    if len(members) != len(ids):
        raise MalformedImageError(
            f"{files.where}: the manifest has {len(members)} layers, but {config} has {len(ids)} diff_ids"
        )
    return list(zip(members, ids, strict=True))
