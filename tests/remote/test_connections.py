"""Proxies: what HTTPS_PROXY and NO_PROXY say, and that a login for one is not shown."""

from __future__ import annotations

import base64
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from nixdive.errors import RegistryError
from nixdive.progress import NullProgress
from nixdive.remote.image import remote_image

if TYPE_CHECKING:
    from collections.abc import Iterator


class Proxy:
    """A proxy on loopback that refuses whatever it is asked to connect to, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        here = self

        class Handler(BaseHTTPRequestHandler):
            def do_CONNECT(self) -> None:
                here.asked.append((self.path, self.headers.get("Proxy-Authorization")))
                self.send_error(502)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.place = f"127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    made = Proxy()
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:secret@{made.place}")
    yield made
    made.close()


def read(host: str) -> RegistryError:
    with pytest.raises(RegistryError) as caught:
        remote_image(f"docker://{host}/app:1", None, NullProgress())
    return caught.value


def test_a_registry_is_reached_through_the_proxy_with_its_login(proxy: Proxy) -> None:
    error = read("registry.invalid")
    login = base64.b64encode(b"me:secret").decode()
    assert set(proxy.asked) == {("registry.invalid:443", f"Basic {login}")}
    assert "secret" not in f"{error} {error.hint}"


def test_no_proxy_and_this_machine_go_past_it(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", ".invalid")
    assert "no such host" in str(read("registry.invalid"))
    read("127.0.0.1:1")
    assert not proxy.asked


@pytest.mark.parametrize(
    "proxy",
    [
        "http://[",
        "http://me:secret@[",
        "127.0.0.1:x",
        "http://me:secret@127.0.0.1:99999",
        "a b",
        "http://\x1b[31m",
    ],
)
def test_what_is_no_address_of_a_proxy_is_told(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    error = read("registry.invalid")
    assert "it is not the address of a proxy" in str(error)
    assert error.hint == "set HTTPS_PROXY to http://HOST:PORT"
    assert str(error).isprintable()
    assert "secret" not in f"{error} {error.hint}"


@pytest.mark.parametrize("host", ["a.io:99999", "127.0.0.1:99999", "[:::::]", "[::1]:99999"])
def test_what_is_no_address_of_a_registry_is_told(host: str) -> None:
    assert "is not the address of a registry" in str(read(host))


def test_the_login_of_a_proxy_may_be_in_any_letters(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://me\u20ac:p%40ss@{proxy.place}")
    read("registry.invalid")
    login = base64.b64encode("me\u20ac:p@ss".encode()).decode()
    assert set(proxy.asked) == {("registry.invalid:443", f"Basic {login}")}


def test_a_proxy_of_another_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:1")
    assert "a proxy of the kind socks5 cannot be used" in str(read("registry.invalid"))
