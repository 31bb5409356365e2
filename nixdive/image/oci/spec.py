"""An image apart from its layers: its name, its OCI config, and how its bytes are made."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from nixdive.image.oci.platform import Platform

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Stamp:
    """The time and owner of every entry of a store layer; nixpkgs' defaults."""

    mtime: int = 1
    uid: int = 0
    gid: int = 0
    uname: str = "root"
    gname: str = "root"


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """An image apart from its layers.

    Attributes:
        name: NAME:TAG, as docker shows it.
        config: the `config` object of an OCI image config (image-spec, config.md): Cmd, Env, Labels ...
        platform: what it runs on.
        created: RFC 3339, written into config and history.
        stamp: time and owner of the entries of the store layers.
        image_format: one of FORMATS (nixdive.image.formats).
        compression: none, gzip, zstd or zstd:LEVEL.
        annotations: of the manifest, beside those that an image that was opened has; of two with one key this
            one counts.
    """

    name: str
    config: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    platform: Platform = field(default_factory=Platform.here)
    created: str = "1970-01-01T00:00:01Z"
    stamp: Stamp = Stamp()
    image_format: str = "hybrid"
    compression: str = "gzip"
    annotations: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
