"""What an image runs on: an operating system, an architecture, perhaps a variant of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from nixdive.errors import ImageError
from nixdive.image.spec import host_architecture

if TYPE_CHECKING:
    from collections.abc import Mapping

# what is meant where no variant is named (containerd, platforms: normalisation)
_PLAIN = {"arm64": "v8", "arm": "v7"}


class Platform(NamedTuple):
    """The platform of an image, in the words of image-spec (image-index.md): linux, arm64, v8.

    Attributes:
        os: GOOS name.
        architecture: GOARCH name.
        variant: of the architecture, or None where any will do.
    """

    os: str
    architecture: str
    variant: str | None = None

    @classmethod
    def parse(cls, text: str) -> Platform:
        """Return the platform that OS/ARCH[/VARIANT] describes; raise ImageError where it is none."""
        parts = text.lower().split("/")
        if not (2 <= len(parts) <= 3 and all(part.isalnum() and part.isascii() for part in parts)):
            raise ImageError(f"platform {text!r} is not OS/ARCH[/VARIANT]", hint="for example: linux/arm64")
        return cls(*parts)

    @classmethod
    def of(cls, described: Any) -> Platform | None:
        """Return the platform that a descriptor or a config describes, or None where it describes none."""
        value: Mapping[str, Any] = described if isinstance(described, dict) else {}
        system, architecture, variant = (value.get(key) for key in ("os", "architecture", "variant"))
        if not (isinstance(system, str) and isinstance(architecture, str) and system and architecture):
            return None
        return cls(system, architecture, variant if isinstance(variant, str) and variant else None)

    @classmethod
    def here(cls) -> Platform:
        """Return the platform of this machine's containers."""
        return cls("linux", host_architecture())

    def fits(self, other: Platform) -> bool:
        """Whether an image for the other platform is what this one asks for."""
        if self[:2] != other[:2] or self.variant is None:
            return self[:2] == other[:2]
        return self.variant == (other.variant or _PLAIN.get(other.architecture))

    def __str__(self) -> str:
        return "/".join(part for part in self if part)
