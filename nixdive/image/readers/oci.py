"""An OCI image layout (image-spec, image-layout.md), in a directory or in a tar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nixdive.errors import MalformedImageError
from nixdive.image import media
from nixdive.image.digest import hex_of, is_digest
from nixdive.image.readers.stored import StoredImage, StoredLayer, diff_ids, json_of, paired
from nixdive.image.spec import host_architecture

if TYPE_CHECKING:
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


def chosen(files: Files) -> dict[str, Any]:
    """Return the manifest for this machine's architecture, or the first one of an image."""
    found = [one for one in manifests(files) if one.get("mediaType") in media.MANIFESTS | {None}]
    if not found:
        raise MalformedImageError(f"{files.where}: {INDEX} lists no image manifest")
    here = ({"architecture": host_architecture(), "os": "linux"}).items()
    fitting = [
        one for one in found if isinstance(one.get("platform"), dict) and here <= one["platform"].items()
    ]
    return (fitting or found)[0]


def read(files: Files, entry: dict[str, Any] | None = None) -> StoredImage:
    """Return an image of a layout: that of the descriptor, or the one for this machine.

    Raises MalformedImageError where a document or a blob is missing or not what it should be.
    """
    entry = entry or chosen(files)
    member = blob(entry["digest"])
    manifest = json_of(files, member)
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
    notes = entry.get("annotations")
    names = [notes[key] for key in _NAMES if isinstance(notes, dict) and isinstance(notes.get(key), str)]
    return StoredImage(names[0] if names else None, config_member, config, stored)
