"""What docker://HOST/NAME[:TAG][@DIGEST] names: a registry, a repository there, and a manifest in it."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import NamedTuple

from nixdive.digest import is_digest
from nixdive.errors import ImageError
from nixdive.image.oci.name import ImageName

_TRANSPORT = "docker://"
_HUB = "docker.io"
_PORT = re.compile(r":\d+$")


class RemoteName(NamedTuple):
    """An image in a registry.

    Attributes:
        text: as the user named it, for messages.
        host: HOST or HOST:PORT; Docker Hub where none is named, as docker has it.
        repository: the path in the registry.
        tag: the tag; `latest` where neither it nor a digest is named.
        digest: of the manifest, or None.
    """

    text: str
    host: str
    repository: str
    tag: str
    digest: str | None

    @classmethod
    def parse(cls, text: str) -> RemoteName:
        """Return the name in a text that begins with docker://.

        Raises ImageError with the reason if it is not one.
        """
        rest, at, digest = text.removeprefix(_TRANSPORT).partition("@")
        if at and not is_digest(digest) and "/" in digest:
            raise ImageError(
                f"{_TRANSPORT}***@{digest}: a name holds no login",
                hint=f"docker login {digest.partition('/')[0]}, or podman login, and leave it out",
            )
        if at and not is_digest(digest):
            raise ImageError(
                f"{text}: {digest!r} is not a digest", hint="a digest is sha256: and 64 hexadecimal digits"
            )
        try:
            name = ImageName.parse(rest)
        except ImageError as error:
            hint = "expected docker://HOST/NAME:TAG or docker://HOST/NAME@sha256:DIGEST"
            raise ImageError(f"{text}: {error}", hint=hint) from None
        host, _, path = name.full.partition("/")
        return cls(text, host, path.rpartition(":")[0], name.tag, digest or None)

    @property
    def reference(self) -> str:
        """What the registry knows the manifest by: the digest if there is one, else the tag."""
        return self.digest or self.tag

    @property
    def domain(self) -> str:
        """The host without its port; an IPv6 address without its brackets."""
        return _PORT.sub("", self.host).strip("[]").lower()

    @property
    def server(self) -> str:
        """The host that answers for the registry: that of Docker Hub has another name."""
        return "registry-1.docker.io" if self.host == _HUB else self.host

    @property
    def is_loopback(self) -> bool:
        """Whether the registry is on this machine."""
        return is_local(self.domain)


def is_in_registry(text: str) -> bool:
    """Whether a word names an image in a registry."""
    return text.startswith(_TRANSPORT)


def is_local(domain: str) -> bool:
    """Whether a host, without a port, is this machine."""
    if domain == "localhost" or domain.endswith(".localhost"):
        return True
    try:
        return ip_address(domain).is_loopback
    except ValueError:
        return False
