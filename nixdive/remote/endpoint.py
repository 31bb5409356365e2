"""Where a registry answers, and how far its certificate is trusted.

TLS is the rule, with the authorities of the system (or of SSL_CERT_FILE and SSL_CERT_DIR) and those that
docker and podman keep for one registry in certs.d (docs.docker.com, containers-certs.d(5)). Plain HTTP, and
certificates that nobody vouches for, are accepted on this machine, and where containers-registries.conf(5)
says `insecure`.
"""

from __future__ import annotations

import os
import ssl
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from nixdive import there
from nixdive.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nixdive.remote.name import RemoteName

_SYSTEM = Path("/etc/containers")


class Endpoint(NamedTuple):
    """How a registry is reached.

    Attributes:
        schemes: those to try, in order.
        verified: whether its certificate has to be one that is trusted.
    """

    schemes: tuple[str, ...]
    verified: bool

    @classmethod
    def of(cls, name: RemoteName) -> Endpoint:
        """Return how the registry of an image is reached; raises RegistryError if a file cannot be read."""
        if name.is_loopback:
            return cls(("http", "https"), verified=False)
        if is_insecure(name):
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
    for folder in (*(above / "certs.d" for above in _folders()), Path("/etc/docker/certs.d")):
        try:
            found = sorted((folder / host).iterdir())
        except OSError:  # it is not there, or not for this user
            continue
        yield from (file for file in found if file.suffix in {".crt", ".cert"})


def is_insecure(name: RemoteName) -> bool:
    """Whether registries.conf says that a registry has no TLS, or no certificate that is trusted.

    The table with the longest prefix that fits counts, in the file that CONTAINERS_REGISTRIES_CONF names,
    else in the user's, else in the system's.

    Raises:
        RegistryError: the file cannot be read.
    """
    named = os.environ.get("CONTAINERS_REGISTRIES_CONF")
    files = [Path(named)] if named else [folder / "registries.conf" for folder in _folders()]
    for file in files:
        try:
            config = tomllib.loads(file.read_text("utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise RegistryError(f"{file}: {there.cause(error, file)}") from error
        except ValueError as error:
            raise RegistryError(f"{file}: it is not TOML: {error}") from None
        return _said_insecure(config, name)
    return False


def _said_insecure(config: dict[str, Any], name: RemoteName) -> bool:
    tables = config.get("registry")
    place = f"{name.host}/{name.repository}"
    best, insecure = 0, False
    for table in tables if isinstance(tables, list) else []:
        prefix = table.get("prefix") or table.get("location") if isinstance(table, dict) else None
        if not isinstance(prefix, str) or len(prefix) <= best:
            continue
        wild = prefix.startswith("*.") and name.host.endswith(prefix[1:])
        if wild or place == prefix or place.startswith(f"{prefix}/"):
            best, insecure = len(prefix), table.get("insecure") is True
    return insecure


def _folders() -> Iterator[Path]:
    with suppress(RuntimeError):  # there is no home
        yield Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config", "containers")
    yield _SYSTEM
