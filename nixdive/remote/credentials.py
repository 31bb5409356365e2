"""Who logs in to a registry: from docker's and podman's files, and from credential helpers.

Formats: docker's config.json (docs.docker.com, docker login), containers-auth.json(5), and the protocol of
docker-credential-helpers. What is found is sent to the registry and to the server of tokens that it names,
and is neither printed nor put into arguments.
"""

from __future__ import annotations

import base64
import os
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from typing import TYPE_CHECKING, Any

from nixdive import there
from nixdive.errors import RegistryError
from nixdive.json_text import parsed
from nixdive.remote.answers import shown
from nixdive.sizes import prose
from nixdive.small_file import read_small

if TYPE_CHECKING:
    from collections.abc import Iterator

# the names under which logins of Docker Hub are kept
_HUB_KEYS = ("https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io")
_PATIENCE = 60  # seconds for a helper, which may ask the user to unlock a keyring
_MOST = 1 << 20  # bytes that a helper says
_PIECE = 1 << 16
_LONGEST, _LONGEST_NAME = 300, 255  # characters of what a helper says, and bytes of its name
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
    token = text("registrytoken")
    if not (token.isascii() and token.isprintable()):  # it becomes a header as it is
        raise RegistryError(f"{file}: auths: {key}: registrytoken is not a token")
    found = Credentials(str(file), user, password, text("identitytoken"), token)
    return found if found.user or found.identity_token or found.registry_token else None


def _helped(helper: str, key: str) -> Credentials | None:
    """Return what docker-credential-HELPER says about a server, or None if it knows nothing."""
    program = f"docker-credential-{helper}"
    if not helper.isprintable() or "/" in helper or len(program) > _LONGEST_NAME:
        raise RegistryError(f"{shown(helper)}: it is not the name of a credential helper")
    try:
        status, out, err = _asked(program, key.encode())
    except FileNotFoundError:
        hint = f"install {program}, or log in without it"
        raise RegistryError(f"{program}: it is not installed", hint=hint) from None
    except OSError as error:
        raise RegistryError(f"{program}: {error.strerror}") from error
    if status:
        said = (out.strip() or err.strip()).decode(errors="replace").splitlines()
        if said and _ABSENT in said[0]:
            return None
        raise RegistryError(f"{program}: {said[0][:_LONGEST] if said else f'exit status {status}'}")
    refusal = RegistryError(f"{program}: its answer is not a login")  # which may hold a secret
    found = parsed(out, lambda _: refusal)
    user, secret = (found.get("Username"), found.get("Secret")) if isinstance(found, dict) else (None, None)
    if not (isinstance(user, str) and isinstance(secret, str)):
        raise refusal
    if not (user or secret):
        return None
    if user == _IDENTITY:
        return Credentials(program, identity_token=secret)
    return Credentials(program, user, secret)


def _asked(program: str, key: bytes) -> tuple[int, bytes, bytes]:
    """Ask a helper; return its exit status, its output and its errors, as far as anybody reads them.

    Raises:
        RegistryError: it does not end in time, or says more than a login.
        OSError: it cannot be started.
    """
    pipe = subprocess.PIPE
    said, until = (bytearray(), bytearray()), time.monotonic() + _PATIENCE
    with (
        subprocess.Popen([program, "get"], stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0) as process,
        DefaultSelector() as selector,
    ):
        try:
            assert process.stdin and process.stdout and process.stderr  # noqa: S101, PT018  they are pipes
            with suppress(BrokenPipeError), process.stdin as writing:
                writing.write(key)  # a pipe takes more than that at once
            selector.register(process.stdout, EVENT_READ, 0)
            selector.register(process.stderr, EVENT_READ, 1)
            while selector.get_map():
                ready = selector.select(max(until - time.monotonic(), 0))
                if not ready:
                    raise RegistryError(f"{program}: it did not answer in {_PATIENCE} seconds")
                for one, _ in ready:
                    piece = os.read(one.fd, _PIECE)
                    said[one.data].extend(piece)
                    if not piece:
                        selector.unregister(one.fileobj)
                    if len(said[one.data]) > _MOST:
                        raise RegistryError(f"{program}: it says more than {prose(_MOST)}, which is no login")
            process.wait(max(until - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            raise RegistryError(f"{program}: it did not end in {_PATIENCE} seconds") from None
        finally:
            process.kill()
    return process.returncode, bytes(said[0]), bytes(said[1])
