"""The archive that docker save writes: manifest.json names the members with config and layers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nixdive.errors import MalformedImageError
from nixdive.image.oci.config_values import is_texts
from nixdive.image.oci.platform import Platform
from nixdive.image.readers.choice import ANY, Candidate, Wanted, choose
from nixdive.image.readers.stored import StoredImage, StoredLayer, diff_ids, json_of, paired

if TYPE_CHECKING:
    from nixdive.image.readers.files import Files

MANIFEST = "manifest.json"
_PLACE = re.compile(r"@([0-9]{1,6})")


def read(files: Files) -> tuple[StoredImage, ...]:
    """Return the images of a docker-archive, in its order.

    Raises MalformedImageError if manifest.json, a config or a layer is missing or malformed.
    """
    return tuple(_image(files, entry) for entry in _entries(files))


def read_one(files: Files, wanted: Wanted = ANY) -> StoredImage:
    """Return the image that is wanted; the others are not read.

    @0 names the first one, as containers-transports(5) has it, @1 the second.

    Raises:
        ImageError: several match, or none is for the platform.
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
    name = wanted.name
    if name is not None and (place := _PLACE.fullmatch(name)) is not None:
        counted = [one for one in offered if one.place == int(place[1])]
        offered, name = counted or offered, None if counted else name
    chosen = choose(offered, Wanted(name), files.where)
    image = _image(files, entries[chosen.place])
    if wanted.platform is not None:
        choose([chosen._replace(platform=Platform.of(image.config))], wanted, files.where)
    return image


def _entries(files: Files) -> list[Any]:
    listed = json_of(files, MANIFEST)
    if not isinstance(listed, list) or not listed:
        raise _odd(files, "it lists no image")
    return listed


def _tags(entry: dict[str, Any]) -> tuple[str, ...]:
    tags = entry.get("RepoTags")
    return tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else ()


def _image(files: Files, entry: Any) -> StoredImage:
    if not isinstance(entry, dict):
        raise _odd(files, "an entry is not an object")
    member = entry.get("Config")
    if not isinstance(member, str) or not member:
        raise _odd(files, "Config is missing, or not a string")
    layers, tags = _texts(files, entry, "Layers"), _texts(files, entry, "RepoTags")
    if "" in layers:
        raise _odd(files, "a layer has no name")
    config = json_of(files, member)
    pairs = paired(files, layers, diff_ids(files, member, config), member)
    stored = tuple(StoredLayer.of(files, layer, diff_id) for layer, diff_id in pairs)
    return StoredImage(tags[0] if tags else None, member, config, stored)


def _texts(files: Files, entry: dict[str, Any], key: str) -> list[str]:
    found = entry.get(key)
    if found is not None and not is_texts(found):
        raise _odd(files, f"{key} is not a list of strings")
    return found or []


def _odd(files: Files, cause: str) -> MalformedImageError:
    return MalformedImageError(f"{files.where}: {MANIFEST}: {cause}")
