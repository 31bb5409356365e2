"""An image in an archive or a layout: its config and its layers, none of them read yet."""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from nixdive.contents.tar import Pieces, Span, TarReader
from nixdive.digest import is_digest
from nixdive.errors import MalformedImageError
from nixdive.image.oci import media
from nixdive.image.oci.kinds import MAP, NUMBER, TEXT
from nixdive.image.oci.platform import Platform
from nixdive.image.oci.said import Said
from nixdive.image.readers.files import DirectoryFiles, Files, whole
from nixdive.json_text import parsed
from nixdive.magic import HEAD, sniff, unsupported
from nixdive.unpack import unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
    from concurrent.futures import Executor
    from pathlib import Path

    from nixdive.contents.tar_header import TarMember
    from nixdive.errors import NixdiveError

_BEGINNING = 512  # bytes of a blob


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A descriptor of a blob in an index or a manifest (image-spec, descriptor.md).

    Attributes:
        digest: sha256:<digits>.
        media_type: its media type, or None.
        size: its bytes, or None.
        artifact_type: its type if it is not an image, or None.
        annotations: keys with their values.
        platform: its platform, or None.
        said: its keys other than media type, digest and size, unchanged.
    """

    digest: str
    media_type: str | None
    size: int | None
    artifact_type: str | None
    annotations: Mapping[str, str]
    platform: Platform | None
    said: Mapping[str, Any]

    @classmethod
    def of(cls, value: Any, where: str) -> Descriptor:
        """Return a descriptor; raises MalformedImageError with the key that is malformed."""
        if not isinstance(value, dict):
            raise MalformedImageError(f"{where}: a descriptor is not an object")
        if not is_digest(value.get("digest")):
            raise MalformedImageError(f"{where}: the digest of a descriptor is not a sha256 digest")
        for key, kind in _KEYS:
            if value.get(key) is not None and not kind.holds(value[key]):
                raise MalformedImageError(f"{where}: {key} is not {kind.words}")
        notes = value.get("annotations") or {}
        return cls(
            value["digest"],
            value.get("mediaType"),
            value.get("size"),
            value.get("artifactType"),
            {key: note for key, note in notes.items() if note is not None},
            Platform.of(value.get("platform")),
            {key: part for key, part in value.items() if key not in _OWN},
        )


_OWN = frozenset({"mediaType", "digest", "size"})
_KEYS = (("mediaType", TEXT), ("artifactType", TEXT), ("size", NUMBER), ("annotations", MAP))


@dataclass(frozen=True, slots=True)
class StoredLayer:
    """A layer as it is stored.

    Attributes:
        files: the files that contain it.
        member: its name there.
        diff_id: the digest of its uncompressed tar according to the config; empty if there is none.
        digest: the digest of the blob according to the manifest; None in a docker-archive.
        media_type: its media type according to the manifest, or None.
        size: bytes of the blob as stored.
        stated_size: bytes of the blob according to the manifest, or None.
        compression: the compression that the blob's first bytes show: none, gzip, zstd, xz or bzip2.
        said: other keys of its descriptor, unchanged: annotations and so on.
        fault: why the blob cannot be read, as far as that is known before it is: it is missing, or its media
            type is not one of a layer; else empty. The size of a missing blob is the one that its manifest
            states, or 0.
    """

    files: Files
    member: str
    diff_id: str
    digest: str | None
    media_type: str | None
    size: int
    stated_size: int | None
    compression: str
    said: Mapping[str, Any] = field(default_factory=dict, compare=False)
    fault: str = ""

    @property
    def where(self) -> str:
        """The place, for messages."""
        return f"{self.files.where}: {self.member}"

    @property
    def sized(self) -> bool:
        """Whether its size is known: that of a missing blob may be stated nowhere."""
        return not self.fault or self.size > 0

    @property
    def has_stated_size(self) -> bool:
        """Whether the blob is there, with the bytes that its manifest states."""
        return not self.fault and self.size == self.stated_size

    def chunks(self) -> Iterator[bytes]:
        """Yield the blob in pieces."""
        return self.files.chunks(self.member)

    def tar(
        self,
        pieces: Iterable[bytes] | None = None,
        pool: Executor | None = None,
        zeros: Callable[[NixdiveError], object] | None = None,
    ) -> Iterator[bytes]:
        """Yield the uncompressed tar in pieces.

        Args:
            pieces: the blob, if the caller also needs its bytes; by default `chunks`.
            pool: shares the work, as for `unpacked`.
            zeros: what is done about zeros behind gzip data, as for `unpacked`.

        Raises:
            MalformedImageError: the blob is damaged.
        """
        blob = self.chunks() if pieces is None else pieces
        return unpacked(blob, self.compression, self.malformed, pool=pool, zeros=zeros)

    def reader(self) -> TarReader:
        """Return a reader of its tar; if it is not compressed, only what is needed is read."""
        if self.compression != "none":
            return TarReader(Pieces(self.tar()), self.where)
        place = self.files.place(self.member)
        return TarReader(Span(place.descriptor, place.offset, place.size), self.where)

    def first(self) -> TarMember | None:
        """Return the first header of its tar, None where it has none; of a compressed one little is read."""
        if self.compression == "none":
            return self.reader().next()
        # of a layer in a registry its beginning is known, which mostly has the header
        with suppress(MalformedImageError):
            return TarReader(Pieces(self.tar([self.files.head(self.member, _BEGINNING)])), self.where).next()
        # a connection to a registry is not left in the middle of a layer
        with closing(cast("Generator[bytes]", self.tar())) as pieces:
            return TarReader(Pieces(pieces), self.where).next()

    def check(self, diff_id: str) -> None:
        """Raise MalformedImageError if its tar has another digest than the config states."""
        if self.diff_id not in {"", diff_id}:
            raise self.malformed(f"its diff_id is {diff_id}, not {self.diff_id}")

    def malformed(self, cause: str) -> MalformedImageError:
        """Return the error that says what is wrong with the layer."""
        return MalformedImageError(f"{self.where}: {cause}")

    def cause(self, error: MalformedImageError) -> str:
        """Return what an error says is wrong with the layer, without the place."""
        if self.compression == "none":  # a tar can begin like anything; this one could not be read
            name = unsupported(self.files.head(self.member, HEAD))
            if name is not None:
                return f"it is compressed by {name}, which cannot be read here"
        return cause_of(error, self.files, self.member)

    def tar_size(self) -> int:
        """Return the bytes of the uncompressed tar; a compressed blob is read for it.

        The sizes stated by gzip and zstd are for one member or frame only, and unchecked.

        Raises MalformedImageError if the blob is damaged.
        """
        if self.compression == "none":
            return self.size
        return sum(map(len, self.tar()))

    @classmethod
    def in_file(cls, place: Path, where: str | None = None) -> StoredLayer:
        """Return the layer in a file of its own, without an image; `where` is for messages."""
        return cls.of(DirectoryFiles(place.parent, where), place.name, "")

    @classmethod
    def of(cls, files: Files, member: str, diff_id: str, stated: Descriptor | None = None) -> StoredLayer:
        """Return the layer in a member; `stated` is its descriptor, if there is one."""
        size, head, fault = (stated.size if stated else None) or 0, b"", ""
        try:
            size, head = files.size(member), files.head(member, HEAD)
        except MalformedImageError as error:
            fault = cause_of(error, files, member)
        media_type = stated.media_type if stated else None
        if media_type is not None and media.compression_of(media_type) is None:
            fault = f"{media_type!r} is not the media type of a layer that can be read"
        return cls(
            files,
            member,
            diff_id,
            stated.digest if stated else None,
            media_type,
            size,
            stated.size if stated else None,
            sniff(head),
            stated.said if stated else {},
            fault,
        )


@dataclass(frozen=True, slots=True)
class StoredImage:
    """One image as it is stored.

    Attributes:
        name: NAME:TAG if it has one.
        config_member: the name of the file with the config.
        config: the config, parsed.
        layers: lowest first.
        said: other keys of its documents; empty in a docker-archive.
    """

    name: str | None
    config_member: str
    config: dict[str, Any]
    layers: tuple[StoredLayer, ...]
    said: Said = field(default_factory=Said)

    @property
    def wire(self) -> dict[str, int]:
        """Bytes of each compressed layer as it is stored, by diff_id.

        Plain ones are left out: they are compressed before they are sent.
        """
        return {layer.diff_id: layer.size for layer in self.layers if layer.compression != "none"}


def cause_of(error: MalformedImageError, files: Files, member: str) -> str:
    """Return what an error says is wrong with a file, without naming the file."""
    text = str(error).removeprefix(f"{files.where}: ").removeprefix(member).removeprefix(": ")
    return f"it {text.strip()}" if text.startswith(" ") else text


def json_of(files: Files, name: str) -> Any:
    """Return a JSON file, parsed; raises MalformedImageError if it is not JSON."""
    return parsed(whole(files, name), lambda cause: MalformedImageError(f"{files.where}: {name}: {cause}"))


def diff_ids(files: Files, member: str, config: Any) -> list[str]:
    """Return the diff_ids of a config; raises MalformedImageError if they are malformed."""
    rootfs = config.get("rootfs") if isinstance(config, dict) else None
    found = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
    if found is None and isinstance(rootfs, dict):
        found = []
    if not isinstance(found, list) or not all(is_digest(one) for one in found):
        raise MalformedImageError(f"{files.where}: {member}: it has no list of diff_ids")
    return found


def paired(files: Files, members: list[str], ids: list[str], config: str) -> list[tuple[str, str]]:
    """Return each layer's member with its diff_id; raises MalformedImageError if the counts differ."""
    if len(members) != len(ids):
        raise MalformedImageError(
            f"{files.where}: the manifest has {len(members)} layers, but {config} has {len(ids)} diff_ids"
        )
    return list(zip(members, ids, strict=True))
