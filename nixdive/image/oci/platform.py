"""The platform of an image: an operating system, an architecture, and possibly a variant of it.

Spelling and compatibility of platforms follow containerd (its package platforms, database.go and compare.go),
which Docker uses too.
"""

from __future__ import annotations

import platform
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from nixdive.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Mapping

# GOOS and GOARCH names (Go, internal/syslist)
SYSTEMS = frozenset(
    [
        "aix",
        "android",
        "darwin",
        "dragonfly",
        "freebsd",
        "hurd",
        "illumos",
        "ios",
        "js",
        "linux",
        "nacl",
        "netbsd",
        "openbsd",
        "plan9",
        "solaris",
        "wasip1",
        "windows",
        "zos",
    ]
)
ARCHITECTURES = frozenset(
    [
        "386",
        "amd64",
        "amd64p32",
        "arm",
        "armbe",
        "arm64",
        "arm64be",
        "loong64",
        "mips",
        "mipsle",
        "mips64",
        "mips64le",
        "mips64p32",
        "mips64p32le",
        "ppc",
        "ppc64",
        "ppc64le",
        "riscv",
        "riscv64",
        "s390",
        "s390x",
        "sparc",
        "sparc64",
        "wasm",
    ]
)
# other names of architectures: those of uname, of Nix's systems, of Debian and Rust, with their variants
_ALIASES = {
    "x86_64": ("amd64", None),
    "x86-64": ("amd64", None),
    "i386": ("386", None),
    "i486": ("386", None),
    "i586": ("386", None),
    "i686": ("386", None),
    "x86": ("386", None),
    "aarch64": ("arm64", None),
    "armv8l": ("arm", "v8"),
    "armhf": ("arm", "v7"),
    "armv7": ("arm", "v7"),
    "armv7a": ("arm", "v7"),
    "armv7l": ("arm", "v7"),
    "armel": ("arm", "v6"),
    "armv6": ("arm", "v6"),
    "armv6l": ("arm", "v6"),
    "armv5tel": ("arm", "v5"),
    "loongarch64": ("loong64", None),
    "mipsel": ("mipsle", None),
    "mips64el": ("mips64le", None),
    "powerpc64": ("ppc64", None),
    "powerpc64le": ("ppc64le", None),
    "ppc64el": ("ppc64le", None),
}
_VARIANTS = {
    "amd64": re.compile(r"v[1-4]"),
    "arm": re.compile(r"v[5-8]"),
    "arm64": re.compile(r"v(8|9)(\.[0-9])?"),
    "386": re.compile(r"(?!)"),
}
# the variant that is meant if none is given
_PLAIN = {"amd64": "v1", "arm": "v7", "arm64": "v8"}
_PART = re.compile(r"[a-z0-9_.-]+")


class Platform(NamedTuple):
    """The platform of an image, in the words of image-spec (image-index.md): linux, arm64, v8.

    Attributes:
        os: GOOS name.
        architecture: GOARCH name.
        variant: of the architecture, or None for the usual one.
        os_version: of the operating system, if the image needs a certain one.
        os_features: what the image needs of the operating system.
    """

    os: str
    architecture: str
    variant: str | None = None
    os_version: str | None = None
    os_features: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Platform:
        """Return the platform that OS/ARCH[/VARIANT] or ARCH describes; raise ImageError if it is not one.

        Names of the same thing are one: linux/aarch64 is linux/arm64.
        """
        parts = text.lower().split("/")
        if len(parts) == 1 and (found := cls("linux", text).spelled).architecture in ARCHITECTURES:
            return found
        if not (2 <= len(parts) <= 3 and all(map(_PART.fullmatch, parts))):
            raise ImageError(f"platform {text!r} is not OS/ARCH[/VARIANT]", hint="for example: linux/arm64")
        return cls(parts[0], "/".join(parts[1:])).spelled

    @classmethod
    def of(cls, described: Any) -> Platform | None:
        """Return the platform that a descriptor or a config describes, or None if there is none."""
        value: Mapping[str, Any] = described if isinstance(described, dict) else {}
        system, architecture = _text(value, "os"), _text(value, "architecture")
        if system is None or architecture is None:
            return None
        features = value.get("os.features")
        return cls(
            system,
            architecture,
            _text(value, "variant"),
            _text(value, "os.version"),
            tuple(one for one in features if isinstance(one, str)) if isinstance(features, list) else (),
        )

    @classmethod
    def here(cls) -> Platform:
        """Return the platform of this machine's containers."""
        return cls("linux", platform.machine()).spelled

    @property
    def spelled(self) -> Platform:
        """The same platform in Go's names: aarch64 is arm64, arm/7 and armv7l are arm with the variant v7."""
        system = {"macos": "darwin"}.get(self.os.lower(), self.os.lower())
        architecture, slash, rest = self.architecture.lower().removesuffix(f"-{system}").partition("/")
        variant = (rest if slash else (self.variant or "").lower()) or None
        architecture, usual = _ALIASES.get(architecture, (architecture, None))
        variant = variant or usual
        if architecture in _PLAIN and variant and variant[0].isdecimal():
            variant = f"v{variant}"
        return self._replace(os=system, architecture=architecture, variant=variant)

    @property
    def described(self) -> dict[str, Any]:
        """The platform as descriptors and configs have it (image-index.md, config.md)."""
        found = {"architecture": self.architecture, "os": self.os, "variant": self.variant}
        found |= {"os.version": self.os_version}
        features = {"os.features": list(self.os_features)} if self.os_features else {}
        return {key: value for key, value in found.items() if value is not None} | features

    @property
    def wrong(self) -> str | None:
        """Why this is not a platform that Go knows, or None."""
        if self.os not in SYSTEMS:
            return f"os {self.os!r} is not one that Go knows"
        if self.architecture not in ARCHITECTURES:
            return f"architecture {self.architecture!r} is not one that Go knows"
        known = _VARIANTS.get(self.architecture, _PART)
        if self.variant is not None and not known.fullmatch(self.variant):
            return f"{self.architecture} has no variant {self.variant!r}"
        return None

    def agrees(self, other: Platform) -> bool:
        """Whether two platforms are the same as far as both say."""
        same = (self.os, self.architecture) == (other.os, other.architecture)
        return same and (not self.variant or not other.variant or self.variant == other.variant)

    def rank(self, offered: Platform) -> int | None:
        """Return how well a machine of this platform runs an image for another one.

        0 is best; None if it does not run it. A machine also runs images for earlier variants of its
        architecture; amd64 also runs 386, and arm64 the 32-bit arm.
        """
        if self.spelled.os != offered.spelled.os:
            return None
        runs = _runs(*self._core)
        return runs.index(offered._core) if offered._core in runs else None

    @property
    def _core(self) -> tuple[str, str]:
        """Architecture and variant in canonical form."""
        _, architecture, variant, *_ = self.spelled
        variant = (variant or _PLAIN.get(architecture, "")).removesuffix(".0")
        return architecture, variant

    def __str__(self) -> str:
        return "/".join(part for part in self[:3] if part)


def host_architecture() -> str:
    """Return the machine's architecture as image configs name it: amd64, arm64."""
    return Platform.here().architecture


def with_architecture(platform: Platform, text: str | None) -> Platform:
    """Return a platform with another architecture, ARCH[/VARIANT] or OS/ARCH[/VARIANT]; None keeps it.

    What the operating system needs stays. Nothing is checked.
    """
    if not text:
        return platform
    parts = text.strip().lower().split("/", 1)
    system, architecture = parts if len(parts) > 1 and parts[0] in SYSTEMS else (platform.os, "/".join(parts))
    return platform._replace(os=system, architecture=architecture, variant=None).spelled


def _text(value: Mapping[str, Any], key: str) -> str | None:
    found = value.get(key)
    return found if isinstance(found, str) and found else None


def _runs(architecture: str, variant: str) -> list[tuple[str, str]]:
    """Return what a machine runs, the best first."""
    runs = [(architecture, variant)]
    if not _VARIANTS.get(architecture, re.compile("")).fullmatch(variant):
        return runs
    number = variant[1:]
    if architecture == "amd64":
        runs += [(architecture, f"v{lower}") for lower in range(int(number) - 1, 0, -1)]
        return [*runs, ("386", "")]
    if architecture == "arm":
        return runs + [(architecture, f"v{lower}") for lower in range(int(number) - 1, 4, -1)]
    if architecture != "arm64":
        return runs
    major, _, minor = number.partition(".")
    runs = [(architecture, _of_arm64(int(major), lower)) for lower in range(int(minor or 0), -1, -1)]
    if major == "9":  # Arm's v9.N is v8.(N+5) and more
        runs += [(architecture, _of_arm64(8, lower)) for lower in range(min(int(minor or 0) + 5, 9), -1, -1)]
    return runs + _runs("arm", "v8")


def _of_arm64(major: int, minor: int) -> str:
    return f"v{major}.{minor}" if minor else f"v{major}"
