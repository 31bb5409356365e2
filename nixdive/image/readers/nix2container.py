"""The JSON image that nix2container builds: the store paths of each layer, whose tars are made by a push.

Source of the format: types/types.go of nix2container.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from nixdive.errors import MalformedImageError
from nixdive.image.readers.stream_conf import StreamConf
from nixdive.image.spec import ImageSpec, Stamp
from nixdive.json_text import parsed
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from collections.abc import Mapping

_NO_TIME = "0001-01-01T"  # what Go writes for a time that nobody has set
_VERSION = 1
_STEP = ("author", "created_by", "comment")


def nix2container_image(data: bytes, where: str) -> StreamConf | None:
    """Return some bytes as such an image, or None if they are something else.

    It has no name. The digests in it are those of tars that nixdive does not make: it makes nixpkgs' for the
    same store paths.

    Args:
        data: JSON, or anything else.
        where: what to call it in messages.

    Raises:
        MalformedImageError: it is such an image, but malformed, or a layer has files other than store paths;
            the message names the layer.
    """
    if b'"image-config"' not in data:
        return None
    try:
        value = parsed(data, MalformedImageError)
    except MalformedImageError:
        return None
    if not isinstance(value, dict) or not value.keys() >= {"image-config", "layers"}:
        return None
    layers, config = value["layers"], value["image-config"]
    if not isinstance(layers, list) or not isinstance(config, dict):
        raise MalformedImageError(f"{where}: layers is not a list, or image-config is not an object")
    if value.get("version", _VERSION) != _VERSION:
        found = f"{where}: it is of version {value['version']!r} of nix2container's images"
        raise MalformedImageError(f"{found}; nixdive reads version {_VERSION}", hint=_HINT)
    architecture = value.get("arch")
    if not isinstance(architecture, str) or not architecture:
        raise MalformedImageError(f"{where}: arch is missing, or not a string")
    paths = tuple(_layer(layer, f"{where}: layer {number}") for number, layer in enumerate(layers, 1))
    histories = (_history(layer, f"{where}: layer {number}") for number, layer in enumerate(layers, 1))
    return StreamConf(
        paths,
        config,
        architecture,
        _created(value, where) or ImageSpec("").created,
        Stamp(),
        "image:latest",
        None,
        None,
        {one: history for one, history in zip(paths, histories, strict=True) if history},
    )


def _created(value: Mapping[str, Any], where: str) -> str:
    text = value.get("created") or _NO_TIME
    if isinstance(text, str) and text.startswith(_NO_TIME):
        return ""
    try:
        moment = datetime.fromisoformat(text)
    except (ValueError, TypeError) as error:
        raise MalformedImageError(f"{where}: created: {text!r} is not a time") from error
    return moment.isoformat().replace("+00:00", "Z")


def _history(layer: Mapping[str, Any], where: str) -> dict[str, str]:
    said = layer.get("History") or {}
    if not isinstance(said, dict):
        raise MalformedImageError(f"{where}: History is not an object")
    found = {key: said.get(key) or "" for key in _STEP}
    for key, text in found.items():
        if not isinstance(text, str):
            raise MalformedImageError(f"{where}: History: {key} is not a string")
    found["created"] = _created(said, f"{where}: History")
    return {key: text for key, text in found.items() if text}


def _layer(layer: Any, where: str) -> tuple[StorePath, ...]:
    paths = layer.get("paths") if isinstance(layer, dict) else None
    if not isinstance(paths, list) or not paths:
        raise MalformedImageError(f"{where}: it has no store paths", hint=_HINT)
    found = []
    for one in paths:
        if not isinstance(one, dict) or one.get("options"):
            raise MalformedImageError(
                f"{where}: files are moved, or have permissions of their own", hint=_HINT
            )
        try:
            found.append(StorePath.parse(one["path"]))
        except (ValueError, AttributeError, TypeError, KeyError) as error:
            raise MalformedImageError(f"{where}: {one.get('path')!r} is not a store path") from error
    return tuple(found)


_HINT = "copy it with nix2container's skopeo (nix:FILE) into an oci-archive, and open that"
