"""What went wrong with a registry, in one line with the remedy."""

from __future__ import annotations

import json
import re
import ssl
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from urllib3 import exceptions

from nixdive.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nixdive.remote.name import RemoteName

Kind = TypeVar("Kind", bound=BaseException)

_LONGEST = 300  # characters of what a registry says
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_OF_QUOTA = ("quota", "storage resource", "limit exceeded", "insufficient storage")
_INSECURE = 'if it shall have none: [[registry]] location = "{host}" and insecure = true in registries.conf'
_LOG_IN = "docker login {host}, or podman login {host}"
# cause and remedy of a status, without a login and with one
_WITHOUT = {
    401: ("the registry wants a login", _LOG_IN),
    403: ("the registry denies it without a login", _LOG_IN),
}
_WITH = {
    401: ("the registry does not accept the login from {login}", f"log in again: {_LOG_IN}"),
    403: ("the registry denies it to the login from {login}", "ask for access to {repository}"),
}
_EITHER = {
    404: ("{missing}", "look at host, name and tag; a registry may hide what a login may not see"),
    407: ("the proxy wants a login", "put it into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT"),
    413: ("the registry, or a proxy before it, does not take so much at once", "raise its limit"),
    429: ("too many requests", "try again {wait}; registries allow more with a login"),
}


def unreachable(where: str, host: str, error: Exception) -> RegistryError:
    """Return the error for a registry that gives no answer.

    Args:
        where: the image, as the user named it.
        host: what could not be reached.
        error: what urllib3 raised.
    """
    cause = next(_causes(error, ssl.SSLError), None)
    if cause is not None:
        return _of_tls(where, host, cause)
    if isinstance(error, exceptions.ProxyError):
        return RegistryError(
            f"{where}: the proxy does not answer", hint="look at HTTPS_PROXY, HTTP_PROXY and NO_PROXY"
        )
    if isinstance(error, exceptions.NameResolutionError):
        return RegistryError(f"{where}: no such host: {host}", hint="look at its name, and at the network")
    if any(_causes(error, ConnectionRefusedError)):
        return RegistryError(f"{where}: {host} refuses connections", hint="does the registry run there?")
    if isinstance(error, exceptions.ConnectTimeoutError | exceptions.ReadTimeoutError):
        return RegistryError(f"{where}: {host} does not answer", hint="look at the network, or try again")
    found = next(_causes(error, OSError), None)
    said = found.strerror if found is not None and found.strerror else "the connection broke off"
    return RegistryError(f"{where}: {host}: {said}", hint="look at the network, or try again")


def _of_tls(where: str, host: str, error: ssl.SSLError) -> RegistryError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return RegistryError(
            f"{where}: the certificate of {host} is not trusted: {error.verify_message.rstrip('.')}",
            hint=f"put its authority into /etc/docker/certs.d/{host}/ca.crt, or name it in SSL_CERT_FILE",
        )
    if error.reason in {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"}:
        return RegistryError(f"{where}: {host} has no TLS", hint=_INSECURE.format(host=host))
    said = (error.reason or "it failed").replace("_", " ").lower()
    return RegistryError(f"{where}: TLS with {host}: {said}", hint="look at the proxy and at certs.d")


def _causes(error: BaseException, kind: type[Kind]) -> Iterator[Kind]:
    """Yield the errors of a kind behind an error; urllib3 keeps some in arguments and in `reason`."""
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, kind):
            yield one
        inner = (*one.args, getattr(one, "reason", None), one.__cause__, one.__context__)
        waiting += [below for below in inner if isinstance(below, BaseException)]


class Answer(NamedTuple):
    """An answer that is not the one that was hoped for.

    Attributes:
        status: the HTTP status.
        body: the beginning of its body.
        login: where the login came from that was used, or None.
        wait: how many seconds the registry wants to be left alone, or None.
    """

    status: int
    body: bytes
    login: str | None = None
    wait: float | None = None


def refused(name: RemoteName, answer: Answer, missing: str = "there is no such image") -> RegistryError:
    """Return the error for an answer.

    Args:
        name: the image.
        answer: what the registry said.
        missing: what a status of 404 means.
    """
    codes, said, digests = _told(answer.body)
    cause, hint = _words(name, answer, said, missing)
    text = f"{name.text}: {cause}"
    if said and said.lower() not in cause.lower():
        text = f"{text}: {said}"
    return RegistryError(
        text, hint=hint, status=answer.status, codes=codes, digests=digests, wait=answer.wait
    )


def _words(name: RemoteName, answer: Answer, said: str, missing: str) -> tuple[str, str | None]:
    """Return the cause and the remedy."""
    status = answer.status
    if any(word in said.lower() for word in _OF_QUOTA):
        return "the registry has no room for it", "remove old images there, or ask for a larger quota"
    if found := (_EITHER | (_WITHOUT if answer.login is None else _WITH)).get(status):
        facts = {
            "host": name.host,
            "repository": name.repository,
            "login": answer.login,
            "missing": missing,
            "wait": "later" if answer.wait is None else f"in {answer.wait:.0f} seconds",
        }
        cause, hint = found
        return cause.format(**facts), hint.format(**facts)
    phrase = f"{status} {HTTPStatus(status).phrase}" if status in set(HTTPStatus) else f"status {status}"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"the registry failed: {phrase}", "try again later"
    return f"the registry refused: {phrase}", None


def _told(body: bytes) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    """Return the error codes of an answer, its first message, and the digests in its details."""
    errors: Any = None
    with suppress(ValueError, RecursionError):
        found = json.loads(body)
        errors = found.get("errors") if isinstance(found, dict) else None
    entries = [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    codes = tuple(one["code"] for one in entries if isinstance(one.get("code"), str))
    said = next((one["message"] for one in entries if isinstance(one.get("message"), str)), "")
    details = (f"{one.get('detail')} {one.get('message')}" for one in entries)
    digests = dict.fromkeys(digest for text in details for digest in _DIGEST.findall(text))
    return codes, " ".join(said.split())[:_LONGEST], tuple(digests)
