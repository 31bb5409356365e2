"""An OCI image layout (image-spec, image-layout.md), in a directory or in a tar."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from nixdive.digest import hex_of
from nixdive.errors import ImageError, MalformedImageError
from nixdive.image.oci import media
from nixdive.image.oci.platform import Platform
from nixdive.image.oci.said import Said
from nixdive.image.readers.choice import ANY, Candidate, Wanted, choose
from nixdive.image.readers.stored import Descriptor, StoredImage, StoredLayer, diff_ids, json_of, paired
from nixdive.words import listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nixdive.image.readers.files import Files

INDEX = "index.json"
_REFERENCE = "vnd.docker.reference.type"  # BuildKit's, of a manifest about another one
_SHOWN = 8  # names in a message
_MOST_NESTING = 8
_OF_MANIFEST = frozenset({"schemaVersion", "mediaType", "config", "layers"})
_OF_INDEX = frozenset({"schemaVersion", "mediaType", "manifests"})
NAMES = ("io.containerd.image.name", "org.opencontainers.image.ref.name")


def blob(digest: str) -> str:
    """Return the path of the blob with a digest in a layout."""
    return f"blobs/sha256/{hex_of(digest)}"


class Manifest(NamedTuple):
    """The manifest of an image.

    Attributes:
        config: the blob of its config.
        layers: those of its layers, lowest first.
        artifact_type: its type if it is not an image, or None.
        said: its other keys, unchanged.
    """

    config: Descriptor
    layers: tuple[Descriptor, ...]
    artifact_type: str | None
    said: Mapping[str, Any]

    @property
    def is_image(self) -> bool:
        """Whether it is an image, and not an artifact, an attestation or a signature.

        Some of those have the config of an image, but no layer has the media type of one.
        """
        if self.artifact_type or self.config.media_type not in media.CONFIGS | {None}:
            return False
        return not self.layers or any(media.may_be_layer(one.media_type) for one in self.layers)


def manifest(files: Files, entry: Descriptor) -> Manifest:
    """Return the manifest of a descriptor; raises MalformedImageError."""
    member = blob(entry.digest)
    value = json_of(files, member)
    where = f"{files.where}: {member}"
    if not isinstance(value, dict):
        raise MalformedImageError(f"{where}: it is not an object")
    kind = value.get("artifactType")
    if kind is not None and not isinstance(kind, str):
        raise MalformedImageError(f"{where}: artifactType is not a string")
    config = Descriptor.of(value.get("config"), f"{where}: config")
    said = {key: part for key, part in value.items() if key not in _OF_MANIFEST}
    return Manifest(config, _descriptors(value, where, "layers"), kind, said)


def _descriptors(value: Any, where: str, key: str) -> tuple[Descriptor, ...]:
    found = value.get(key, 0) if isinstance(value, dict) else 0
    if found is None:
        return ()  # docker writes an empty list so
    if not isinstance(found, list):
        raise MalformedImageError(f"{where}: {key} is not a list of descriptors")
    return tuple(Descriptor.of(one, f"{where}: {key}[{place}]") for place, one in enumerate(found))


def _index(files: Files, member: str) -> tuple[Descriptor, ...]:
    return _descriptors(json_of(files, member), f"{files.where}: {member}", "manifests")


def manifests(files: Files) -> list[Descriptor]:
    """Return the descriptors of all manifests, those in nested indexes too, in the order of the index.

    A nested index that is missing is among them, since what it lists is not known.

    Raises MalformedImageError if an index is malformed.
    """
    found: list[Descriptor] = []
    pending = [(entry, 1) for entry in reversed(_index(files, INDEX))]
    while pending:
        entry, depth = pending.pop()
        if entry.media_type not in media.INDEXES or not has(files, entry.digest):
            found.append(entry)
        elif depth >= _MOST_NESTING:
            raise MalformedImageError(f"{files.where}: its indexes are nested more than {_MOST_NESTING} deep")
        else:
            below = _index(files, blob(entry.digest))
            pending += [(_below(one, entry), depth + 1) for one in reversed(below)]
        if len(found) + len(pending) > 10_000:
            raise MalformedImageError(f"{files.where}: it has more than 10000 manifests")
    return found


def _below(entry: Descriptor, index: Descriptor) -> Descriptor:
    """Return a descriptor of a nested index, which has the name of the index if it has none of its own."""
    if not entry.annotations:
        return replace(entry, annotations=index.annotations)
    if names(entry) or said_artifact(entry):
        return entry
    named = {key: index.annotations[key] for key in NAMES if key in index.annotations}
    return replace(entry, annotations=named | dict(entry.annotations))


def chosen(files: Files, wanted: Wanted = ANY) -> Descriptor:
    """Return the descriptor of the manifest that is wanted.

    A layout may lack what was not asked for when it was made, like the images for other platforms.

    Raises:
        ImageError: several match, or the one that is wanted is listed but not there.
        MalformedImageError: there is none.
    """
    found = [one for one in manifests(files) if one.media_type in media.MANIFESTS | {None}]
    if not found:
        raise MalformedImageError(f"{files.where}: {INDEX} lists no image manifest")
    entries = [one for one in found if not is_artifact(files, one)]
    if not entries:
        raise no_image(files, found)
    with suppress(ImageError):  # the others may be far away: where this one is there, they are not looked at
        best = _picked(files, entries, wanted)
        if is_there(files, best):
            return best
    there = [one for one in entries if is_there(files, one)]
    try:
        return _picked(files, there or entries, wanted)
    except ImageError:
        if not there or len(there) == len(entries):
            raise
        absent = _picked(files, [one for one in entries if one not in there], wanted)
        known = told_platform(files, there[0])
    raise ImageError(
        f"{files.where}: it lists {absent.platform or next(iter(names(absent)), absent.digest)},"
        " but does not contain it",
        hint=None if known is None else f"it contains {known}",
    )


def _picked(files: Files, entries: Sequence[Descriptor], wanted: Wanted) -> Descriptor:
    offered = [
        Candidate(names(entry), entry.digest, entry.platform, place) for place, entry in enumerate(entries)
    ]
    if wanted.platform is not None or len({one.digest for one in offered}) > 1:
        offered = [
            one if one.platform else one._replace(platform=told_platform(files, entries[one.place]))
            for one in offered
        ]
    return entries[choose(offered, wanted, files.where).place]


def names(entry: Descriptor) -> tuple[str, ...]:
    """Return the names of the image in a descriptor's annotations: the full one first, if there is one."""
    return tuple(dict.fromkeys(entry.annotations[key] for key in NAMES if key in entry.annotations))


def no_image(files: Files, found: Sequence[Descriptor]) -> MalformedImageError:
    """Return the error of a layout that lists nothing but artifacts."""
    if len(found) == 1:
        with suppress(MalformedImageError):
            stated = manifest(files, found[0])
            kinds = [stated.config.media_type, *(one.media_type for one in stated.layers)]
            kind = stated.artifact_type or next((one for one in kinds if one not in media.CONFIGS), None)
            of = f"the type {kind}" if kind else "no stated type"
            return MalformedImageError(f"{files.where}: it is not an image, but an artifact of {of}")
    called = listed((next(iter(names(one)), one.digest) for one in found), _SHOWN)
    return MalformedImageError(f"{files.where}: it contains no image, only artifacts: {called}")


def said_artifact(entry: Descriptor) -> bool:
    """Whether a descriptor itself says that it is not of an image; its manifest may be absent."""
    unknown = entry.platform is not None and entry.platform.os == "unknown"
    return bool(entry.artifact_type) or unknown or _REFERENCE in entry.annotations


def is_artifact(files: Files, entry: Descriptor) -> bool:
    """Whether it is not an image, but an artifact, a signature or a build's attestation."""
    if said_artifact(entry):
        return True
    if entry.platform is not None:
        return False
    try:
        return not manifest(files, entry).is_image
    except MalformedImageError:
        return False  # reading it reports what is wrong


def has(files: Files, digest: str) -> bool:
    """Whether the layout contains a blob."""
    try:
        files.size(blob(digest))
    except MalformedImageError:
        return False
    return True


def is_there(files: Files, entry: Descriptor) -> bool:
    """Whether the manifest and the config of an image are there; its layers may be missing."""
    if not has(files, entry.digest):
        return False
    try:
        return has(files, manifest(files, entry).config.digest)
    except MalformedImageError:
        return True  # reading it reports what is wrong


def told_platform(files: Files, entry: Descriptor) -> Platform | None:
    """Return the platform that an image's config names."""
    try:
        return Platform.of(json_of(files, blob(manifest(files, entry).config.digest)))
    except MalformedImageError:
        return None


def read(files: Files, entry: Descriptor | None = None) -> StoredImage:
    """Return an image of a layout: that of the descriptor, or the only one.

    Raises MalformedImageError if a document or a blob is missing or malformed.
    """
    entry = entry or chosen(files)
    stated = manifest(files, entry)
    config_member = blob(stated.config.digest)
    config = json_of(files, config_member)
    members = [blob(layer.digest) for layer in stated.layers]
    pairs = paired(files, members, diff_ids(files, config_member, config), config_member)
    stored = tuple(
        StoredLayer.of(files, name, diff_id, layer)
        for (name, diff_id), layer in zip(pairs, stated.layers, strict=True)
    )
    outer = {key: part for key, part in json_of(files, INDEX).items() if key not in _OF_INDEX}
    notes = {key: note for key, note in entry.annotations.items() if key not in NAMES}
    said = Said(stated.said, stated.config.said, notes, outer)
    return StoredImage(next(iter(names(entry)), None), config_member, config, stored, said)
