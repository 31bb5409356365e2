"""Connections that are kept: pools of urllib3, through proxies where the environment says so."""

from __future__ import annotations

import base64
import socket
from contextlib import contextmanager, suppress
from http.client import HTTPException
from threading import Event, Lock, Timer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass
from weakref import WeakSet

import urllib3
from urllib3 import exceptions
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from nixdive.errors import RegistryError
from nixdive.remote.answers import LONGEST, place, shown
from nixdive.remote.name import is_local

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from ssl import SSLContext

    from urllib3.response import BaseHTTPResponse, HTTPResponse

_CONNECTING = 20  # seconds
# storage behind a registry may take long to put a large blob together, and longer to take more of it
_TIMEOUT = urllib3.Timeout(connect=LONGEST, read=LONGEST)
_PROXY = "set HTTPS_PROXY to http://HOST:PORT"
_BLOCK = 1 << 18  # bytes given to a socket at once


class Connections:
    """Connections to a registry and to the hosts that it sends its clients to; used by several threads.

    Args:
        context: makes the TLS context for HOST or HOST:PORT.
        most: connections to one host; a request waits for a free one.
    """

    def __init__(self, context: Callable[[str], SSLContext], most: int) -> None:
        self._context = context
        self._most = most
        self._pools: dict[str, urllib3.PoolManager] = {}
        self._open: WeakSet[HTTPConnection] = WeakSet()
        self._lock = Lock()
        self._closed = False

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | Iterable[bytes] | None
    ) -> BaseHTTPResponse:
        """Send one request and return its answer, the body not read; raises an error of urllib3."""
        pool = self._pool(url)
        return pool.request(
            method,
            url,
            headers=headers,
            body=body,
            preload_content=False,
            redirect=False,
            retries=False,
            timeout=_TIMEOUT,
        )

    def close(self) -> None:
        """Break off what is being sent, so that no thread waits for it."""
        with self._lock:
            self._closed = True
            pools, waiting = list(self._pools.items()), list(self._open)
        for connection in waiting:
            if (sock := connection.sock) is not None:
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        for url, pool in pools:
            pool.connection_from_url(url).close()

    def _pool(self, url: str) -> urllib3.PoolManager:
        parts = urlsplit(url)
        key = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            if (found := self._pools.get(key)) is None:
                found = self._pools[key] = self._made(parts.scheme, parts.netloc, parts.hostname or "")
            return found

    def _made(self, scheme: str, host: str, domain: str) -> urllib3.PoolManager:
        context = self._context(host) if scheme == "https" else None
        proxies = {} if is_local(domain) or proxy_bypass(host) else getproxies()
        proxy = proxies.get(scheme) or proxies.get("all")
        options: dict[str, Any] = {
            "maxsize": self._most,
            "block": True,
            "blocksize": _BLOCK,
            "ssl_context": context,
        }
        pool = urllib3.PoolManager(**options) if proxy is None else _through(proxy, options)
        pool.pool_classes_by_scheme = _pool_classes(self._opened)
        return pool

    def _opened(self, connection: HTTPConnection) -> None:
        with self._lock:
            if self._closed:
                raise exceptions.ProtocolError("broken off")
            self._open.add(connection)


def _through(proxy: str, options: dict[str, Any]) -> urllib3.PoolManager:
    """Return connections through a proxy, whose URL may hold a login."""
    scheme, mark, rest = proxy.rpartition("://")
    if mark and scheme not in {"http", "https"}:
        raise RegistryError(f"a proxy of the kind {scheme} cannot be used", hint=_PROXY)
    login, _, host = rest.rpartition("@")
    where = place("", f"{scheme or 'http'}://{host}")
    if where is None:
        raise RegistryError(f"{shown(host)}: it is not the address of a proxy", hint=_PROXY)
    user, _, password = login.partition(":")
    both = base64.b64encode(unquote(f"{user}:{password}").encode()).decode("ascii")
    headers = {"proxy-authorization": f"Basic {both}"} if user else None
    return urllib3.ProxyManager(where, proxy_headers=headers, **options)


@contextmanager
def _connecting(connection: HTTPConnection) -> Iterator[None]:
    later, connection.timeout = connection.timeout, _CONNECTING
    try:
        yield
    finally:
        connection.timeout = later
    if connection.sock is not None:
        connection.sock.settimeout(later)


@contextmanager
def _limited(connection: HTTPConnection) -> Iterator[None]:
    """End a connection that is being made, or whose answer begins and does not come to its body.

    The limit of a socket is one for each of its bytes.
    """
    late = Event()

    def end() -> None:
        late.set()
        with suppress(OSError):
            if (sock := connection.sock) is not None:
                sock.shutdown(socket.SHUT_RDWR)

    timer = Timer(LONGEST, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, HTTPException):
        if not late.is_set():
            raise
    finally:
        timer.cancel()
    if late.is_set():  # headers that break off are whole ones to Python
        raise TimeoutError


def _pool_classes(opened: Callable[[HTTPConnection], None]) -> dict[str, type[HTTPConnectionPool]]:
    """Return pools whose connections are reported, so that they can be broken off.

    urllib3 takes the limit of connecting for sending too: connecting has one of its own here.
    """

    class Plain(HTTPConnection):
        def connect(self) -> None:
            with _limited(self), _connecting(self):
                super().connect()
            opened(self)

        def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as its parent does
            with _limited(self):
                return super().getresponse()

    class Secure(Plain, HTTPSConnection):
        """The same with TLS: what it calls on is HTTPSConnection's."""

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
