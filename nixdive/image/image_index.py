"""An image for several platforms: an index (image-spec, image-index.md) made from images as they are.

Manifests keep their bytes, and so their digests: what is about them stays true. That is attestations of
BuildKit, which an index lists beside its images and which name theirs in an annotation; artifacts, whose
manifests name theirs as `subject`; and signatures of cosign, whose tag has the digest of theirs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from nixdive.digest import digest_of, hex_of
from nixdive.errors import ImageError, MalformedImageError
from nixdive.image.oci import media
from nixdive.image.oci.config import canonical
from nixdive.image.oci.manifest import descriptor
from nixdive.image.oci.platform import Platform
from nixdive.image.readers import oci
from nixdive.image.readers.choice import Candidate, Wanted, named
from nixdive.image.readers.files import Files, whole
from nixdive.image.readers.stored import json_of
from nixdive.visible import visible
from nixdive.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from nixdive.image.readers.stored import Descriptor

_ABOUT = "vnd.docker.reference.digest"  # BuildKit's, of an attestation: the digest of its image
_TAG = re.compile(r"sha256-([0-9a-f]{64})\.(?:sig|att|sbom)")  # cosign's
_SHOWN = 6  # images in a message


class Offered(NamedTuple):
    """The images of an input.

    Attributes:
        text: what the user named.
        files: its files.
        wanted: which of its images are meant; all of its platforms, whatever this says of one.
    """

    text: str
    files: Files
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Listed:
    """A manifest with all that it needs.

    Attributes:
        text: the input that it is from, as the user named it.
        files: the files that have it.
        entry: its descriptor, complete.
        data: its bytes.
        config: the digest of its config, which is a small blob.
        layers: digests and bytes of its layers.
        names: what its input calls it, the full name first.
        tag: of a signature the tag by which it is found, else empty.
    """

    text: str
    files: Files = field(repr=False)
    entry: Mapping[str, Any]
    data: bytes
    config: str
    layers: Mapping[str, int]
    names: tuple[str, ...] = ()
    tag: str = ""

    @property
    def digest(self) -> str:
        """The digest of the manifest."""
        return str(self.entry["digest"])

    @property
    def platform(self) -> Platform | None:
        """The platform of an image."""
        return Platform.of(self.entry.get("platform"))


@dataclass(frozen=True, slots=True)
class ImageIndex:
    """An index with the images that it lists.

    Attributes:
        images: one for each platform.
        attestations: what the index lists beside them.
        companions: what is about them and listed elsewhere: artifacts and signatures.
        annotations: of the index.
    """

    images: tuple[Listed, ...]
    attestations: tuple[Listed, ...]
    companions: tuple[Listed, ...]
    annotations: Mapping[str, str]

    @property
    def data(self) -> bytes:
        """The bytes of the index."""
        made: dict[str, Any] = {
            "schemaVersion": 2,
            "mediaType": media.INDEX,
            "manifests": [one.entry for one in (*self.images, *self.attestations)],
        }
        return canonical(made | ({"annotations": self.annotations} if self.annotations else {}))

    @property
    def digest(self) -> str:
        """The digest of the index."""
        return digest_of(self.data)

    @property
    def all(self) -> tuple[Listed, ...]:
        """All manifests, those of images first."""
        return (*self.images, *self.attestations, *self.companions)

    def layers(self) -> dict[str, tuple[Files, int]]:
        """Return where each layer is and its bytes, by digest; what several images share is there once."""
        found: dict[str, tuple[Files, int]] = {}
        for one in self.all:
            for digest, size in one.layers.items():
                found.setdefault(digest, (one.files, size))
        return found

    def configs(self) -> dict[str, bytes]:
        """Return the configs by digest.

        Raises:
            MalformedImageError: one is missing, or is not what its digest says.
        """
        layers = self.layers()
        return {one.config: blob_of(one.files, one.config) for one in self.all if one.config not in layers}


def blob_of(files: Files, digest: str) -> bytes:
    """Return a small blob of a layout, checked against its digest."""
    data = whole(files, oci.blob(digest))
    if digest_of(data) != digest:
        raise MalformedImageError(f"{files.where}: {oci.blob(digest)}: its digest is {digest_of(data)}")
    return data


def image_index(offered: Iterable[Offered], annotations: Mapping[str, str]) -> ImageIndex:
    """Return the index of all images of some inputs, in their order.

    Args:
        offered: the inputs; one with an image for several platforms brings all that are there.
        annotations: of the index.

    Raises:
        ImageError: two images are for the same platform, one does not state its platform, or an input has
            several images that it does not tell apart by their platforms.
        MalformedImageError: a document is missing or malformed.
    """
    images: list[Listed] = []
    attestations: dict[str, Listed] = {}
    companions: dict[str, Listed] = {}
    for one in offered:
        found = [_listed_image(one, entry) for entry in _images_of(one)]
        for image in found:
            twice = next((other for other in images if _same_platform(other, image)), None)
            if twice is None:
                images.append(image)
            elif twice.digest != image.digest:
                raise ImageError(f"{twice.text} and {image.text} are both for {image.platform}")
        digests = {image.digest for image in found}
        for other in _about(one, digests):
            kept = attestations if other.entry.get("annotations", {}).get(_ABOUT) in digests else companions
            kept.setdefault(other.digest, other)
    return ImageIndex(
        tuple(images), tuple(attestations.values()), tuple(companions.values()), dict(annotations)
    )


def _same_platform(one: Listed, other: Listed) -> bool:
    first, second = one.platform, other.platform
    if first is None or second is None:
        return False
    return first.rank(second) == 0 and first.os_version == second.os_version


def _images_of(one: Offered) -> list[Descriptor]:
    """Return the descriptors of the images that an input means, one for each platform."""
    files = one.files
    if oci.INDEX not in files.names():
        raise ImageError(
            f"{one.text}: it is a docker-archive, whose images have no manifest that an index could list",
            hint=f"nixdive write {one.text} -o oci.tar --format oci-archive",
        )
    stated = [entry for entry in oci.manifests(files) if entry.media_type in media.MANIFESTS | {None}]
    images = [entry for entry in stated if not oci.is_artifact(files, entry)]
    if not images:
        raise oci.no_image(files, stated)
    there = [entry for entry in images if oci.is_there(files, entry)]
    candidates = [
        Candidate(oci.names(entry), entry.digest, entry.platform, place) for place, entry in enumerate(there)
    ]
    fitting = named(candidates, one.wanted.name, files.where) if candidates else []
    chosen = list({candidate.digest: there[candidate.place] for candidate in fitting}.values())
    if not chosen:
        raise ImageError(f"{one.text}: it lists images and contains none of them")
    platforms = [entry.platform or oci.told_platform(files, entry) for entry in chosen]
    if len(set(platforms)) < len(chosen):
        names = dict.fromkeys(next(iter(oci.names(entry)), entry.digest[:19]) for entry in chosen)
        raise ImageError(
            f"{one.text}: it contains {len(chosen)} images: {visible(listed(names, _SHOWN))}",
            hint=f"name one of them: {one.text}:NAME",
        )
    return [
        entry if entry.platform else replace(entry, platform=platform)
        for entry, platform in zip(chosen, platforms, strict=True)
    ]


def _listed_image(one: Offered, entry: Descriptor) -> Listed:
    if entry.platform is None:
        raise ImageError(f"{one.text}: neither its index nor its config states the platform")
    notes = {key: note for key, note in entry.annotations.items() if key not in oci.NAMES}
    made = _listed(one, entry)
    said = {**made.entry, "platform": entry.platform.described}
    said.pop("annotations", None)
    return replace(made, entry=said | ({"annotations": notes} if notes else {}))


def _about(one: Offered, digests: set[str]) -> Iterator[Listed]:
    """Yield what the files hold about images with these digests."""
    for entry in oci.manifests(one.files):
        if entry.digest in digests or not oci.has(one.files, entry.digest):
            continue
        tag = next((name for name in map(_tag, oci.names(entry)) if name), "")
        subject = json_of(one.files, oci.blob(entry.digest)).get("subject")
        about = {
            entry.annotations.get(_ABOUT),
            f"sha256:{match[1]}" if (match := _TAG.fullmatch(tag)) else None,
            subject.get("digest") if isinstance(subject, dict) else None,
        }
        if digests & about:
            yield replace(_listed(one, entry), tag=tag)


def _tag(name: str) -> str:
    """Return the tag of a signature in a name, or nothing."""
    tag = name.rpartition(":")[2]
    return tag if _TAG.fullmatch(tag) else ""


def _listed(one: Offered, entry: Descriptor) -> Listed:
    """Return a manifest with all that it needs, its descriptor as it was."""
    files, data = one.files, blob_of(one.files, entry.digest)
    stated = oci.manifest(files, entry)
    layers = {layer.digest: files.size(oci.blob(layer.digest)) for layer in stated.layers}
    kind = entry.media_type or json_of(files, oci.blob(entry.digest)).get("mediaType") or media.MANIFEST
    return Listed(
        one.text,
        files,
        {**entry.said, **descriptor(kind, entry.digest, len(data))},
        data,
        stated.config.digest,
        layers,
        oci.names(entry),
    )


def layer_chunks(files: Files, digest: str, size: int) -> Iterator[bytes]:
    """Yield a layer as it is stored, checked against digest and size as it is read.

    Raises:
        MalformedImageError: it is missing, or not what digest and size say; raised after its last piece.
    """
    found, done = sha256(), 0
    for piece in files.chunks(oci.blob(digest)):
        found.update(piece)
        done += len(piece)
        yield piece
    if done != size or found.hexdigest() != hex_of(digest):
        raise MalformedImageError(
            f"{files.where}: {oci.blob(digest)}: its digest is sha256:{found.hexdigest()}"
        )
