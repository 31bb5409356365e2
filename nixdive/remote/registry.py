"""Requests to one registry: logged in, tried again when that may help, and sent on where it says so."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from threading import Event
from typing import TYPE_CHECKING, NamedTuple, Self
from urllib.parse import urlsplit

import urllib3
from urllib3 import exceptions

from nixdive import __version__
from nixdive.bounds import most, over
from nixdive.errors import Cancelled, RegistryError
from nixdive.remote import answers
from nixdive.remote.answers import MOST_TEXT, drop, shown, text, wait
from nixdive.remote.connections import Connections
from nixdive.remote.credentials import credentials
from nixdive.remote.endpoint import Endpoint, tls_context
from nixdive.remote.refusal import Answer, refused, unreachable
from nixdive.remote.tokens import Authorization
from nixdive.sizes import prose

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from types import TracebackType

    from urllib3.response import BaseHTTPResponse

    from nixdive.progress import Progress
    from nixdive.remote.registries_conf import Source

MOST_CONNECTIONS = 16
ATTEMPTS = 6
_FIRST_PAUSE = 0.25  # seconds, and twice as long each time
_LONGEST_PAUSE = 60.0  # longer than that the user decides
_REDIRECTS = 5
_API = "Docker-Distribution-Api-Version"
_AGENT = f"nixdive/{__version__}"
AGAIN = frozenset({429, 500, 502, 503, 504})
_SAFE = frozenset({"GET", "HEAD"})  # what can be asked for again once an answer has begun
_MOVED = frozenset({301, 302, 303, 307, 308})
# what sending the request again cannot mend
_FINAL = (exceptions.NameResolutionError, exceptions.ProxyError, exceptions.SSLError)

Body = bytes | Callable[[], Iterable[bytes]]


class Said(NamedTuple):
    """An answer whose body has been read.

    Attributes:
        status: the HTTP status.
        headers: its headers; names in any case.
        body: its body, empty for HEAD.
        url: where it came from in the end.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class Registry:
    """One registry, for the work on one repository; used by several threads.

    Used as a context: leaving it breaks off what is still being sent.

    Args:
        source: an image in it.
        actions: what will be done: pull, or pull,push.
        progress: asked whether to go on; may be replaced by another.
        others: other repositories there from which blobs are taken.
        most: connections at once.
    """

    def __init__(
        self,
        source: Source,
        actions: str,
        progress: Progress,
        *,
        others: Iterable[str] = (),
        most: int = MOST_CONNECTIONS,
    ) -> None:
        self.name = name = source.name
        self.progress = progress
        self._endpoint = Endpoint.of(source)
        self._scheme = self._endpoint.schemes[0] if len(self._endpoint.schemes) == 1 else None
        self._ended = Event()
        self._connections = Connections(self._tls, most)
        scopes = [f"repository:{name.repository}:{actions}", *(f"repository:{one}:pull" for one in others)]
        self._authorization = Authorization(
            name.text, scopes, lambda: credentials(name.host, name.repository), self._fetch
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Break off all requests; those that wait end by Cancelled."""
        self._ended.set()
        self._connections.close()

    def check(self) -> None:
        """Raise Cancelled if the work has ended or the user stopped it."""
        if self._ended.is_set() or self.progress.cancelled():
            raise Cancelled

    def send(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str] = {},
        body: Body | None = None,
        good: Iterable[int] = (200,),
        bound: str | None = None,
        missing: str = "there is no such image",
        attempts: int = ATTEMPTS,
    ) -> Said:
        """Send a request and return its answer with the body.

        Args:
            method: of HTTP.
            target: the path below /v2/, or the whole URL that the registry gave.
            headers: further ones.
            body: the bytes, or what makes them anew for each attempt.
            good: the statuses that are hoped for; others are errors.
            bound: the name of the bound on the bytes of the body; else it is that of a text.
            missing: what a status of 404 means, for the message.
            attempts: how often to try.

        Raises:
            RegistryError: it cannot be reached, or refuses.
            Cancelled: the user stopped it.
        """
        limit = MOST_TEXT if bound is None else most(bound)
        for attempt in range(1, attempts + 1):
            with self.answer(
                method, target, headers=headers, body=body, good=good, missing=missing, attempts=attempts
            ) as (answer, url):
                try:
                    data = answers.body(answer, limit + 1)
                except exceptions.HTTPError as error:
                    self.check()
                    answer.close()
                    if method not in _SAFE or _is_last(error, attempt, attempts):
                        raise self.unreachable(url, error) from error
                    continue
                if len(data) > limit:
                    what = "the registry sends more than {}"
                    cause = what.format(prose(limit)) if bound is None else over(bound, what)
                    raise RegistryError(f"{self.name.text}: {cause}")
                break
        return Said(answer.status, answer.headers, data, url)

    @contextmanager
    def answer(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str],
        body: Body | None = None,
        good: Iterable[int] = (200,),
        missing: str = "there is no such image",
        attempts: int = ATTEMPTS,
    ) -> Iterator[tuple[BaseHTTPResponse, str]]:
        """Send a request; its answer, and the URL where it came from in the end, are there inside the block.

        Arguments and errors as in `send`; the body is the caller's to read.
        """
        answer, url = self._tried(method, target, headers, body, attempts)
        try:
            self._refuse(answer, good, missing)
            yield answer, url
        except BaseException:
            answer.close()  # the rest of the body is not waited for
            raise
        finally:
            answer.release_conn()

    def _tried(
        self, method: str, target: str, headers: Mapping[str, str], body: Body | None, attempts: int
    ) -> tuple[BaseHTTPResponse, str]:
        for attempt in range(1, attempts + 1):
            self.check()
            try:
                answer, url = self._either(method, target, headers, body)
            except exceptions.HTTPError as error:
                self.check()
                if _is_last(error, attempt, attempts):
                    raise self.unreachable(self._url(target), error) from error
                self._pause(_backoff(attempt))
                continue
            if answer.status not in AGAIN or attempt == attempts:
                break
            pause = wait(answer.headers.get("Retry-After"))
            if pause is not None and pause > _LONGEST_PAUSE:
                break
            drop(answer)
            self._pause(_backoff(attempt) if pause is None else pause)
        return answer, url

    def _either(
        self, method: str, target: str, headers: Mapping[str, str], body: Body | None
    ) -> tuple[BaseHTTPResponse, str]:
        """Send a request, at once by the other scheme if what comes back says that this one is wrong."""
        tried = self._now
        try:
            answer, url = self._authorised(method, self._url(target), headers, body)
        except exceptions.HTTPError as error:
            self.check()
            if not self._other(error, tried):
                raise
        else:
            if not self._other(answer, tried):
                return answer, url
            answer.close()
        return self._authorised(method, self._url(target), headers, body)

    def _authorised(
        self, method: str, url: str, headers: Mapping[str, str], body: Body | None
    ) -> tuple[BaseHTTPResponse, str]:
        """Send a request and follow it: to where it is sent on, and with a login if one is wanted."""
        for _ in range(_REDIRECTS + 3):
            own = self._is_own(url)
            login = self._authorization.header if own else None
            answer = self._once(method, url, {**headers, **({"Authorization": login} if login else {})}, body)
            if answer.status in _MOVED and (link := answer.headers.get("Location")):
                drop(answer)
                url = self._safe(link, url)
                method = "GET" if answer.status == HTTPStatus.SEE_OTHER and method != "HEAD" else method
            elif answer.status == HTTPStatus.UNAUTHORIZED and own:
                self._log_in(answer, login, url)
            else:
                break
        return answer, url

    def _log_in(self, answer: BaseHTTPResponse, login: str | None, url: str) -> None:
        """Meet the challenges of an answer, so that the request can be sent again; else raise the refusal."""
        body = text(answer)
        # the token may come from the same host: all its connections may be such answers, waiting for it
        drop(answer)
        wanted = answer.headers.getlist("WWW-Authenticate")
        if not self._authorization.answer(wanted, login, secure=url.startswith("https:")):
            raise self._refusal(answer, body)

    def _once(self, method: str, url: str, headers: Mapping[str, str], body: Body | None) -> BaseHTTPResponse:
        self.check()
        data = body() if callable(body) else body
        return self._connections.send(method, url, {"User-Agent": _AGENT, **headers}, data)

    def _fetch(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
        """Send a request to a server of tokens and return the body of its answer."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = self._once(method, url, headers, body)
                data = answers.body(answer, MOST_TEXT)
                drop(answer)
            except exceptions.HTTPError as error:
                self.check()
                if _is_last(error, attempt, ATTEMPTS):
                    raise self.unreachable(url, error) from error
                self._pause(_backoff(attempt))
                continue
            if answer.status not in AGAIN or attempt == ATTEMPTS:
                break
            self._pause(min(wait(answer.headers.get("Retry-After")) or _backoff(attempt), _LONGEST_PAUSE))
        if answer.status != HTTPStatus.OK:
            login = self._authorization.login
            raise refused(self.name, Answer(answer.status, data, login.source if login else None))
        return data

    def _url(self, target: str) -> str:
        """Return a whole URL."""
        url = target if "://" in target else f"{self._now}://{self.name.server}/v2/{target}"
        if answers.place("", url) is None:
            cause = f"{self.name.text}: {self.name.server} is not the address of a registry"
            raise RegistryError(cause, hint="write HOST or HOST:PORT, with a port up to 65535")
        return url

    @property
    def _now(self) -> str:
        """The scheme by which the registry is reached, or is tried to be."""
        return self._scheme or self._endpoint.schemes[0]

    def _other(self, found: Exception | BaseHTTPResponse, tried: str) -> bool:
        """Whether the registry is reached by the other scheme than the one by which this came back.

        The first thing that comes back says so; where several requests are the first, they learn of it here.
        """
        if self._scheme is not None:
            return self._scheme != tried
        first, second = self._endpoint.schemes
        if isinstance(found, Exception):
            plain = isinstance(found, exceptions.ProtocolError) and first == "http"
            other = plain or (first == "https" and not isinstance(found, exceptions.NameResolutionError))
        else:  # servers with TLS answer so to those that begin without
            other = found.status == HTTPStatus.BAD_REQUEST and first == "http" and _API not in found.headers
        if other or not isinstance(found, Exception):
            self._scheme = second if other else first
        return other

    def _is_own(self, url: str) -> bool:
        """Whether a URL is of the registry itself: its login is sent nowhere else."""
        parts = urlsplit(url)
        return (parts.scheme, parts.netloc) == (self._now, self.name.server)

    def _safe(self, link: str, before: str) -> str:
        """Return the URL that a request was sent on to, unless it is none or would leave TLS."""
        url = answers.place(before, link)
        if url is None or (url.startswith("http:") and before.startswith("https:")):
            raise RegistryError(
                f"{self.name.text}: the registry sends on to {shown(link)}, which is not safe"
            )
        return url

    def _tls(self, host: str) -> ssl.SSLContext:
        verified = self._endpoint.verified or host != self.name.server
        if not verified:
            urllib3.disable_warnings(exceptions.InsecureRequestWarning)
        return tls_context(host, verified=verified)

    def may_pass(self, error: RegistryError, attempt: int) -> bool:
        """Wait, if what went wrong may pass; return whether to try again.

        Args:
            error: what went wrong.
            attempt: how often it was tried.
        """
        if attempt >= ATTEMPTS or not (error.status in AGAIN or _is_cut(error)):
            return False
        if error.wait is not None and error.wait > _LONGEST_PAUSE:
            return False
        self._pause(_backoff(attempt) if error.wait is None else error.wait)
        return True

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.check()
            self._ended.wait(min(left, 0.1))
        self.check()

    def unreachable(self, url: str, error: Exception) -> RegistryError:
        """Return the error for a host that gave no answer, or broke off."""
        return unreachable(self.name.text, urlsplit(url).netloc or url, error)

    def _refuse(self, answer: BaseHTTPResponse, good: Iterable[int], missing: str) -> None:
        if answer.status in good:
            return
        raise self._refusal(answer, text(answer), missing)

    def _refusal(self, answer: BaseHTTPResponse, body: bytes, missing: str = "") -> RegistryError:
        login = self._authorization.login
        pause = wait(answer.headers.get("Retry-After"))
        return refused(
            self.name, Answer(answer.status, body, login.source if login else None, pause), missing
        )


def _is_cut(error: RegistryError) -> bool:
    return isinstance(error.__cause__, exceptions.HTTPError) and not _is_final(error.__cause__)


def _is_final(error: Exception) -> bool:
    reason = error.__cause__ if isinstance(error, exceptions.NewConnectionError) else None
    return isinstance(error, _FINAL) or isinstance(reason, ConnectionRefusedError)


def _is_last(error: Exception, attempt: int, attempts: int) -> bool:
    """Whether a request is not sent again: one that was waited for to no end is sent twice at most."""
    return attempt >= (min(attempts, 2) if isinstance(error, exceptions.ReadTimeoutError) else attempts) or (
        _is_final(error)
    )


def _backoff(attempt: int) -> float:
    """Return how many seconds to wait: a quarter of one, doubled each time, and up to half of it by chance.

    Chance keeps threads that were refused together from asking together again.
    """
    return float(_FIRST_PAUSE * 2 ** (attempt - 1) * (1 + random.random() / 2))  # noqa: S311
