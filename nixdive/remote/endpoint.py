"""Where a registry answers, and how far its certificate is trusted.

TLS is the rule, with the authorities of the system (or of SSL_CERT_FILE and SSL_CERT_DIR) and those that
docker and podman keep for one registry in certs.d (docs.docker.com, containers-certs.d(5)). Plain HTTP, and
certificates that nobody vouches for, are accepted on this machine, and where containers-registries.conf(5)
says `insecure`.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nixdive import there
from nixdive.errors import RegistryError
from nixdive.remote.registries_conf import configuration_folders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nixdive.remote.registries_conf import Source


class Endpoint(NamedTuple):
    """How a registry is reached.

    Attributes:
        schemes: those to try, in order.
        verified: whether its certificate has to be one that is trusted.
    """

    schemes: tuple[str, ...]
    verified: bool

    @classmethod
    def of(cls, source: Source) -> Endpoint:
        """Return how the registry of an image is reached."""
        if source.name.is_loopback:
            return cls(("http", "https"), verified=False)
        if source.insecure:
            return cls(("https", "http"), verified=False)
        return cls(("https",), verified=True)


def tls_context(host: str, *, verified: bool = True) -> ssl.SSLContext:
    """Return how TLS connections to a host are made.

    Args:
        host: HOST or HOST:PORT; certs.d has a folder of this name.
        verified: whether its certificate has to be one that is trusted.

    Raises:
        RegistryError: a certificate or a key cannot be read.
    """
    context = ssl.create_default_context()
    if not verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    for file in _certificates(host):
        try:
            if file.suffix == ".crt":
                context.load_verify_locations(file)
            else:
                context.load_cert_chain(file, file.with_suffix(".key"))
        except OSError as error:  # ssl.SSLError is one
            cause = there.cause(error, file) if error.filename else "it is not a certificate with its key"
            raise RegistryError(f"{file}: {cause}") from error
    return context


def _certificates(host: str) -> Iterator[Path]:
    """Yield authorities (.crt) and the certificates of this client (.cert, beside a .key)."""
    for folder in (*(above / "certs.d" for above in configuration_folders()), Path("/etc/docker/certs.d")):
        try:
            found = sorted((folder / host).iterdir())
        except OSError:  # it is not there, or not for this user
            continue
        yield from (file for file in found if file.suffix in {".crt", ".cert"})
