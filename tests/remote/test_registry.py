"""Requests that have to wait: for a token, for a connection, for a registry that takes its time."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from typing import TYPE_CHECKING, TypeVar

import pytest

from nixdive.progress import NullProgress
from nixdive.remote import connections
from nixdive.remote.connections import Connections
from nixdive.remote.name import RemoteName
from nixdive.remote.registries_conf import Source
from nixdive.remote.registry import Registry
from tests.remote.registry_here import RegistryHere

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

T = TypeVar("T")
_PIECES = 32  # of 1 MiB: more than a system keeps for one connection


def ended(work: Callable[[], T]) -> T:
    """Return what some work returns; fail where it hangs."""
    found: list[T] = []
    thread = threading.Thread(target=lambda: found.append(work()), daemon=True)
    thread.start()
    thread.join(60)
    assert found, "it hangs, or has failed"
    return found[0]


def test_a_token_of_the_registry_itself_comes_by_the_connection_that_was_refused(own_home: Path) -> None:
    with RegistryHere(user="me:secret", tokens=True) as here:
        here.add_image("app:1", [b"layer"])
        login = {"auths": {here.host: {"auth": base64.b64encode(b"me:secret").decode()}}}
        (own_home / ".docker").mkdir()
        (own_home / ".docker/config.json").write_text(json.dumps(login))
        source = Source(RemoteName.parse(here.url("app:1")))
        with Registry(source, "pull", NullProgress(), most=1) as registry:

            def asked() -> int:
                return registry.send("GET", "app/manifests/1").status

            assert ended(asked) == 200
            here.given.clear()  # the token runs out
            assert ended(asked) == 200
        assert [one.status for one in here.log] == [401, 200, 200, 401, 200, 200]
        assert here.connections == 1


def test_sending_waits_longer_than_connecting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_CONNECTING", 0.05)
    got = 0

    def serve(server: socket.socket) -> None:
        nonlocal got
        connection, _ = server.accept()
        with connection:
            time.sleep(0.5)  # a registry that puts away what it has before it takes more
            head, _, rest = connection.recv(1 << 20).partition(b"\r\n\r\n")
            assert head.startswith(b"PUT ")
            got = len(rest)
            while got < _PIECES << 20:
                got += len(connection.recv(1 << 20))
            connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")

    def pieces() -> Iterator[bytes]:
        for _ in range(_PIECES):
            yield bytes(1 << 20)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/blob"
        to = Connections(lambda _: pytest.fail("no TLS was asked for"), 1)
        answer = to.send("PUT", url, {"Content-Length": str(_PIECES << 20)}, pieces())
        assert answer.status == 201
        thread.join(60)
        to.close()
    assert got == _PIECES << 20
