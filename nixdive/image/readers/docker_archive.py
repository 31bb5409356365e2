"""The archive that docker save writes: manifest.json names the members that hold config and layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nixdive.errors import MalformedImageError
from nixdive.image.platform import Platform
from nixdive.image.readers.choice import ANY, Candidate, Wanted, choose
from nixdive.image.readers.stored import StoredImage, StoredLayer, diff_ids, json_of, paired

if TYPE_CHECKING:
    from nixdive.image.readers.files import Files

MANIFEST = "manifest.json"


def read(files: Files) -> tuple[StoredImage, ...]:
    """Return the images of a docker-archive, in its order.

    Raises MalformedImageError where manifest.json, a config or a layer is missing or not what it should be.
    """
    return tuple(_image(files, entry) for entry in _entries(files))


def read_one(files: Files, wanted: Wanted = ANY) -> StoredImage:
    """Return the image that is meant; the others are not looked at.

    Raises:
        ImageError: it cannot be told which one is meant, or none is for the platform.
        MalformedImageError: as `read`.
    """
    entries = _entries(files)
    offered = [
        Candidate(_tags(entry), str(entry.get("Config")), None, place)
        for place, entry in enumerate(entries)
        if isinstance(entry, dict)
    ]
    if not offered:
        return _image(files, entries[0])
    chosen = choose(offered, Wanted(wanted.name), files.where)
    image = _image(files, entries[chosen.place])
    if wanted.platform is not None:
        choose([chosen._replace(platform=Platform.of(image.config))], wanted, files.where)
    return image


def _entries(files: Files) -> list[Any]:
    listed = json_of(files, MANIFEST)
    if not isinstance(listed, list) or not listed:
        raise MalformedImageError(f"{files.where}: {MANIFEST} lists no image")
    return listed


def _tags(entry: dict[str, Any]) -> tuple[str, ...]:
    tags = entry.get("RepoTags")
    return tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else ()


def _image(files: Files, entry: Any) -> StoredImage:
    if not isinstance(entry, dict):
        raise MalformedImageError(f"{files.where}: {MANIFEST} has an entry that is no object")
    member, layers = entry.get("Config"), entry.get("Layers") or []
    tags = entry.get("RepoTags") or []
    texts = (
        isinstance(layers, list)
        and isinstance(tags, list)
        and all(isinstance(x, str) for x in [*layers, *tags])
    )
    if not isinstance(member, str) or not texts:
        raise MalformedImageError(
            f"{files.where}: {MANIFEST} has an entry without Config, or with odd Layers or RepoTags"
        )
    config = json_of(files, member)
    pairs = paired(files, layers, diff_ids(files, member, config), member)
    stored = tuple(StoredLayer.of(files, layer, diff_id) for layer, diff_id in pairs)
    return StoredImage(tags[0] if tags else None, member, config, stored)
