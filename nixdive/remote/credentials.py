"""Who logs in to a registry: from docker's and podman's files, and from credential helpers.

Formats: docker's config.json (docs.docker.com, docker login), containers-auth.json(5), and the protocol of
docker-credential-helpers. What is found is sent to the registry and to the server of tokens that it names,
and is neither printed nor put into arguments.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nixdive import there
from nixdive.errors import RegistryError
from nixdive.json_text import parsed
from nixdive.small_file import read_small

if TYPE_CHECKING:
    from collections.abc import Iterator

# the names under which logins of Docker Hub are kept
_HUB_KEYS = ("https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io")
_PATIENCE = 60  # seconds for a helper, which may ask the user to unlock a keyring
_IDENTITY = "<token>"  # the user name that says that the secret is an identity token
_ABSENT = "credentials not found"  # docker-credential-helpers, credentials/error.go


@dataclass(frozen=True, slots=True)
class Credentials:
    """A login.

    Attributes:
        source: the file or the helper that it comes from, for messages.
        user: the user's name; empty with a token.
        password: for basic authentication, or empty.
        identity_token: an OAuth2 refresh token, or empty.
        registry_token: a bearer token that the registry takes as it is, or empty.
    """

    source: str
    user: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    registry_token: str = field(default="", repr=False)

    @property
    def basic(self) -> str:
        """The value of an Authorization header."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode("ascii")


def credentials(host: str, repository: str) -> Credentials | None:
    """Return the login for a repository, or None where there is none: the registry is asked without.

    The first file that has one counts, in the order of podman and skopeo: $REGISTRY_AUTH_FILE alone where it
    is set, else podman's files, then docker's.

    Args:
        host: HOST or HOST:PORT.
        repository: the path there; podman keeps logins of single repositories too.

    Raises:
        RegistryError: a file or a helper cannot be read.
    """
    for file in _files():
        config = _read(file)
        if config is not None and (found := _in(config, file, host, repository)) is not None:
            return found
    return None


def _files() -> Iterator[Path]:
    if named := os.environ.get("REGISTRY_AUTH_FILE"):
        yield Path(named)
        return
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        yield Path(runtime, "containers/auth.json")
    else:
        yield Path(f"/run/containers/{os.getuid()}/auth.json")
    with suppress(RuntimeError):  # there is no home
        home = Path.home()
        yield Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config", "containers/auth.json")
        yield Path(os.environ.get("DOCKER_CONFIG") or home / ".docker", "config.json")


def _read(file: Path) -> dict[str, Any] | None:
    try:
        data = read_small(file, "document")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise RegistryError(f"{file}: {there.cause(error, file)}") from error
    if not data.strip():
        return None
    found = parsed(data, lambda cause: RegistryError(f"{file}: {cause}"))
    if not isinstance(found, dict):
        raise RegistryError(f"{file}: it is not a JSON object")
    return found


def _in(config: dict[str, Any], file: Path, host: str, repository: str) -> Credentials | None:
    helpers, auths = _table(config, "credHelpers"), _table(config, "auths")
    keys = _HUB_KEYS if host == "docker.io" else (host, f"https://{host}", f"http://{host}")
    for key in keys:
        if isinstance(helper := helpers.get(key), str) and helper:
            return _helped(helper, key)
    store = config.get("credsStore")
    if isinstance(store, str) and store:
        for key in keys[:1]:
            if (found := _helped(store, key)) is not None:
                return found
    parts = repository.split("/")
    places = [f"{host}/{'/'.join(parts[:count])}" for count in range(len(parts), 0, -1)]
    for key in (
        *places,
        *keys,
        *(f"{key.rstrip('/')}/{version}" for key in keys for version in ("v1/", "v2/")),
    ):
        if isinstance(entry := auths.get(key), dict) and (found := _entry(entry, file, key)) is not None:
            return found
    return None


def _table(config: dict[str, Any], key: str) -> dict[str, Any]:
    found = config.get(key)
    return found if isinstance(found, dict) else {}


def _entry(entry: dict[str, Any], file: Path, key: str) -> Credentials | None:
    def text(name: str) -> str:
        found = entry.get(name)
        return found if isinstance(found, str) else ""

    user, password = text("username"), text("password")
    if packed := text("auth"):
        try:
            user, _, password = base64.b64decode(packed, validate=True).decode().partition(":")
        except ValueError:  # not base64, or not UTF-8
            raise RegistryError(f"{file}: auths: {key}: auth is not base64 of NAME:PASSWORD") from None
        password = password.rstrip("\0")  # docker once padded it so
    found = Credentials(str(file), user, password, text("identitytoken"), text("registrytoken"))
    return found if found.user or found.identity_token or found.registry_token else None


def _helped(helper: str, key: str) -> Credentials | None:
    """Return what docker-credential-HELPER says about a server, or None if it knows nothing."""
    program = f"docker-credential-{helper}"
    try:
        done = subprocess.run(
            [program, "get"], input=key.encode(), capture_output=True, timeout=_PATIENCE, check=False
        )
    except FileNotFoundError:
        hint = f"install {program}, or log in without it"
        raise RegistryError(f"{program}: it is not installed", hint=hint) from None
    except OSError as error:
        raise RegistryError(f"{program}: {error.strerror}") from error
    except subprocess.TimeoutExpired:
        raise RegistryError(f"{program}: it did not answer in {_PATIENCE} seconds") from None
    if done.returncode:
        said = (done.stdout.strip() or done.stderr.strip()).decode(errors="replace").splitlines()
        if said and _ABSENT in said[0]:
            return None
        raise RegistryError(f"{program}: {said[0] if said else f'exit status {done.returncode}'}")
    try:
        found = json.loads(done.stdout)
        user, secret = found["Username"], found["Secret"]
    except (ValueError, KeyError, TypeError, RecursionError):
        found = None
    if found is None or not (isinstance(user, str) and isinstance(secret, str)):
        raise RegistryError(f"{program}: its answer is not a login")  # which may hold a secret
    if not (user or secret):
        return None
    if user == _IDENTITY:
        return Credentials(program, identity_token=secret)
    return Credentials(program, user, secret)
