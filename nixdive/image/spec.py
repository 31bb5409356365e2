"""What an image is besides its layers: its name, its OCI config, and how its bytes are made."""

from __future__ import annotations

import platform
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# GOARCH names, which image configs use
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64", "armv7l": "arm", "i686": "386"}


def host_architecture() -> str:
    """Return the machine's architecture as image configs name it: amd64, arm64."""
    machine = platform.machine()
    return _ARCHITECTURES.get(machine, machine)


@dataclass(frozen=True, slots=True)
class Stamp:
    """The time and owner that every entry of a store layer bears; nixpkgs' defaults."""

    mtime: int = 1
    uid: int = 0
    gid: int = 0
    uname: str = "root"
    gname: str = "root"


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """What an image is besides its layers.

    Attributes:
        name: NAME:TAG, as docker shows it.
        config: the `config` object of an OCI image config (image-spec, config.md): Cmd, Env, Labels ...
        architecture: GOARCH name.
        created: RFC 3339, written into config and history.
        stamp: time and owner of the entries of the store layers.
        image_format: one of FORMATS (nixdive.image.formats).
        compression: none, gzip, zstd or zstd:LEVEL.
        os: GOOS name.
        variant: of the architecture, where it has one.
    """

    name: str
    config: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    architecture: str = field(default_factory=host_architecture)
    created: str = "1970-01-01T00:00:01Z"
    stamp: Stamp = Stamp()
    image_format: str = "hybrid"
    compression: str = "gzip"
    os: str = "linux"
    variant: str | None = None
