"""An OCI image layout (image-spec, image-layout.md), in a directory or in a tar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nixdive.errors import MalformedImageError
from nixdive.image import media
from nixdive.image.digest import hex_of, is_digest
from nixdive.image.platform import Platform
from nixdive.image.readers.choice import ANY, Candidate, choose
from nixdive.image.readers.stored import StoredImage, StoredLayer, diff_ids, json_of, paired

if TYPE_CHECKING:
    from nixdive.image.readers.choice import Wanted
    from nixdive.image.readers.files import Files

INDEX = "index.json"
_MOST_NESTING = 8
_NAMES = ("io.containerd.image.name", "org.opencontainers.image.ref.name")


def blob(digest: str) -> str:
    """Return where a layout keeps the blob of a digest."""
    return f"blobs/sha256/{hex_of(digest)}"


def descriptors(files: Files, member: str, key: str) -> list[dict[str, Any]]:
    """Return a list of descriptors from a JSON file; raises MalformedImageError."""
    value = json_of(files, member)
    found = value.get(key) if isinstance(value, dict) else None
    if found is None and isinstance(value, dict) and key in value:
        return []  # docker writes an empty list so
    if not isinstance(found, list) or not all(
        isinstance(one, dict) and is_digest(one.get("digest")) for one in found
    ):
        raise MalformedImageError(
            f"{files.where}: {member}: {key} is no list of descriptors with sha256 digests"
        )
    return found


def manifests(files: Files) -> list[dict[str, Any]]:
    """Return the descriptors of all manifests, those in nested indexes too, in the order of the index."""
    found: list[dict[str, Any]] = []
    pending = [(entry, 1) for entry in reversed(descriptors(files, INDEX, "manifests"))]
    while pending:
        entry, depth = pending.pop()
        if entry.get("mediaType") not in media.INDEXES:
            found.append(entry)
        elif depth >= _MOST_NESTING:
            raise MalformedImageError(f"{files.where}: its indexes are nested more than {_MOST_NESTING} deep")
        else:
            below = descriptors(files, blob(entry["digest"]), "manifests")
            inherited = {"annotations": entry.get("annotations")}
            pending += [(inherited | one, depth + 1) for one in reversed(below)]
        if len(found) + len(pending) > 10_000:
            raise MalformedImageError(f"{files.where}: it has more than 10000 manifests")
    return found


def chosen(files: Files, wanted: Wanted = ANY) -> dict[str, Any]:
    """Return the descriptor of the manifest that is meant.

    Raises:
        ImageError: it cannot be told which one is meant.
        MalformedImageError: there is none.
    """
    entries = [one for one in manifests(files) if one.get("mediaType") in media.MANIFESTS | {None}]
    if len(entries) > 1:
        entries = [one for one in entries if _is_image(files, one)] or entries
    if not entries:
        raise MalformedImageError(f"{files.where}: {INDEX} lists no image manifest")
    offered = [
        Candidate(names(entry), entry["digest"], Platform.of(entry.get("platform")), place)
        for place, entry in enumerate(entries)
    ]
    if wanted.platform is not None or len({one.digest for one in offered}) > 1:
        offered = [
            one if one.platform else one._replace(platform=_told(files, entries[one.place]))
            for one in offered
        ]
    return entries[choose(offered, wanted, files.where).place]


def names(entry: dict[str, Any]) -> tuple[str, ...]:
    """Return what a descriptor's annotations call the image; the full name alone where there is one."""
    notes = entry.get("annotations")
    found = [notes[key] for key in _NAMES if isinstance(notes, dict) and isinstance(notes.get(key), str)]
    return tuple(found[:1])


def _is_image(files: Files, entry: dict[str, Any]) -> bool:
    """Whether it is an image, and not an artifact, a signature or what a build tells of itself."""
    platform = Platform.of(entry.get("platform"))
    if entry.get("artifactType") or (platform is not None and platform.os == "unknown"):
        return False
    try:
        manifest = json_of(files, blob(entry["digest"]))
    except MalformedImageError:
        return True  # who reads it tells
    config = manifest.get("config") if isinstance(manifest, dict) else None
    if not isinstance(config, dict) or manifest.get("artifactType"):
        return False
    return config.get("mediaType") in media.CONFIGS | {None}


def _told(files: Files, entry: dict[str, Any]) -> Platform | None:
    """Return the platform that an image's config tells."""
    try:
        manifest = json_of(files, blob(entry["digest"]))
        config = manifest.get("config") if isinstance(manifest, dict) else None
        digest = str(config.get("digest")) if isinstance(config, dict) else ""
        return Platform.of(json_of(files, blob(digest))) if is_digest(digest) else None
    except MalformedImageError:
        return None


def read(files: Files, entry: dict[str, Any] | None = None) -> StoredImage:
    """Return an image of a layout: that of the descriptor, or the only one.

    Raises MalformedImageError where a document or a blob is missing or not what it should be.
    """
    entry = entry or chosen(files)
    member = blob(entry["digest"])
    manifest = json_of(files, member)
    if not isinstance(manifest, dict):
        raise MalformedImageError(f"{files.where}: {member}: it is no object")
    layers = descriptors(files, member, "layers")
    stated = manifest.get("config")
    if not isinstance(stated, dict) or not is_digest(stated.get("digest")):
        raise MalformedImageError(f"{files.where}: {member}: its config has no sha256 digest")
    config_member = blob(stated["digest"])
    config = json_of(files, config_member)
    members = [blob(layer["digest"]) for layer in layers]
    pairs = paired(files, members, diff_ids(files, config_member, config), config_member)
    stored = tuple(
        StoredLayer.of(files, name, diff_id, layer)
        for (name, diff_id), layer in zip(pairs, layers, strict=True)
    )
    return StoredImage(next(iter(names(entry)), None), config_member, config, stored)
