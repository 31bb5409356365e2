"""Logging in: basic authentication, and the bearer tokens of a registry's server of tokens.

The registry answers a request without a login by 401 and a challenge (RFC 9110, 11.6.1); service and scope
of a bearer challenge are sent to its realm, which answers with a token (docs of distribution,
spec/auth/token and spec/auth/oauth).
"""

from __future__ import annotations

import re
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import urlencode

from nixdive.errors import RegistryError
from nixdive.json_text import parsed
from nixdive.remote.answers import place, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from nixdive.remote.credentials import Credentials

_PAIR = r'[\w-]+\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s,"]+)'
_CHALLENGE = re.compile(rf"(?<![A-Za-z])([A-Za-z]+)(?:\s+({_PAIR}(?:\s*,\s*{_PAIR})*))?(?:\s*,\s*|$)")
_PARAMETER = re.compile(r'([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_CLIENT = "nixdive"


class Challenge(NamedTuple):
    """What a registry wants.

    Attributes:
        scheme: basic or bearer, in lower case.
        parameters: realm, service, scope and so on.
    """

    scheme: str
    parameters: Mapping[str, str]


def challenges(headers: Iterable[str]) -> Iterator[Challenge]:
    """Yield the challenges in WWW-Authenticate headers, each of which may hold several."""
    for header in headers:
        for found in _CHALLENGE.finditer(header.strip()):
            pairs = {
                pair[1].lower(): re.sub(r"\\(.)", r"\1", pair[2]) if pair[2] is not None else pair[3]
                for pair in _PARAMETER.finditer(found[2] or "")
            }
            yield Challenge(found[1].lower(), pairs)


class Fetch(Protocol):
    """Sends one request to a server of tokens and returns its body; raises RegistryError."""

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
        """Send it."""


class Authorization:
    """What requests to one registry are authorised by; used by several threads.

    Args:
        where: the image, for messages.
        scopes: what will be done, as repository:NAME:pull,push.
        login: looks for the login, once and only if the registry asks for one.
        fetch: sends requests to servers of tokens.
    """

    def __init__(
        self,
        where: str,
        scopes: Iterable[str],
        login: Callable[[], Credentials | None],
        fetch: Fetch,
    ) -> None:
        self.login: Credentials | None = None
        self._where = where
        self._scopes = dict.fromkeys(scopes)
        self._look = login
        self._fetch = fetch
        self._lock = Lock()
        self._looked = False
        self._header: str | None = None

    @property
    def header(self) -> str | None:
        """The value of the Authorization header of the next request, or None."""
        return self._header

    def answer(self, headers: Iterable[str], sent: str | None, *, secure: bool) -> bool:
        """Take up the challenges of a registry; return whether the request can be tried again.

        Args:
            headers: its WWW-Authenticate headers.
            sent: the Authorization header that it did not accept, or None.
            secure: whether the registry was reached by TLS: its login is then not sent without.

        Raises:
            RegistryError: the server of tokens cannot be reached or refuses.
        """
        with self._lock:
            if self._header != sent:  # another thread was quicker
                return True
            if not self._looked:
                self.login, self._looked = self._look(), True
            for challenge in challenges(headers):
                if (found := self._met(challenge, secure=secure)) is not None and found != sent:
                    self._header = found
                    return True
            return False

    def _met(self, challenge: Challenge, *, secure: bool) -> str | None:
        login = self.login
        if challenge.scheme == "basic":
            return login.basic if login is not None and login.user else None
        if challenge.scheme != "bearer":
            return None
        if login is not None and login.registry_token:
            return f"Bearer {login.registry_token}"
        realm = challenge.parameters.get("realm", "")
        if place("", realm) is None or (secure and realm.lower().startswith("http:")):
            raise RegistryError(
                f"{self._where}: the registry wants tokens from {shown(realm)}, which is not safe"
            )
        self._scopes |= dict.fromkeys(challenge.parameters.get("scope", "").split())
        return f"Bearer {self._token(realm, challenge.parameters.get('service'))}"

    def _token(self, realm: str, service: str | None) -> str:
        login = self.login
        asked = [("service", service)] if service else []
        if login is not None and login.identity_token:
            form = [
                ("grant_type", "refresh_token"),
                *asked,
                ("client_id", _CLIENT),
                ("scope", " ".join(self._scopes)),
                ("refresh_token", login.identity_token),
            ]
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            body = self._fetch("POST", realm, kind, urlencode(form).encode())
        else:
            query = urlencode([*asked, *(("scope", scope) for scope in self._scopes)])
            url = f"{realm}{'&' if '?' in realm else '?'}{query}" if query else realm
            headers = {"Authorization": login.basic} if login is not None and login.user else {}
            body = self._fetch("GET", url, headers, None)
        answer = parsed(body, lambda cause: RegistryError(f"{self._where}: the answer of {realm}: {cause}"))
        found = answer.get("token") or answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(found, str) or not found.isascii() or not found.isprintable():
            raise RegistryError(f"{self._where}: the answer of {realm} holds no token")
        return found
