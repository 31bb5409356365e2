"""Registries that answer without an end, a byte now and then, or what is not HTTP: one line, and no wait."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from urllib3 import exceptions

from nixdive.errors import RegistryError
from nixdive.progress import NullProgress
from nixdive.remote import answers, connections, registry
from nixdive.remote.name import RemoteName
from nixdive.remote.registries_conf import Source
from nixdive.remote.registry import Registry
from nixdive.remote.repository import BlobToSend, Repository
from nixdive.remote.tokens import challenges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Answering = Callable[[str], Iterable[bytes]]

_CHUNK = b"10000\r\n" + bytes(1 << 16) + b"\r\n"
_CHUNKED = "Transfer-Encoding: chunked\r\n"


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_FIRST_PAUSE", 0.001)


@contextmanager
def answering(act: Answering) -> Iterator[str]:
    """A server that answers each request, of which it is given the first line, as somebody says; its host."""

    def one(connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as read:
            while line := read.readline():
                length = 0
                while (header := read.readline()) not in {b"\r\n", b""}:
                    name, _, value = header.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                read.read(length)
                for piece in act(line.decode("latin-1")):
                    connection.sendall(piece)

    def loop() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=one, args=(server.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=loop, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


@contextmanager
def asking(act: Answering) -> Iterator[Repository]:
    with answering(act) as host:
        source = Source(RemoteName.parse(f"docker://{host}/app:1"), insecure=True)
        with Registry(source, "pull,push", NullProgress()) as found:
            yield Repository(found)


def head(status: str, *lines: str) -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status}", *lines, "", "")).encode("latin-1")


def on_and_on(first: bytes, piece: bytes, pause: float = 0.0) -> Iterator[bytes]:
    yield first
    while True:
        yield piece
        time.sleep(pause)


def chunks(status: str, *lines: str) -> Iterator[bytes]:
    return on_and_on(head(status, "Transfer-Encoding: chunked", *lines), _CHUNK)


_SILENT = "does not answer"
_OK = b"HTTP/1.1 200 OK\r\n"
_ENDLESS: dict[str, tuple[Answering, str]] = {
    "a header": (lambda _: on_and_on(_OK + b"A: ", b"a", 0.01), _SILENT),
    "headers": (lambda _: on_and_on(_OK, b"A: a\r\n", 0.01), _SILENT),
    "answers before the answer": (lambda _: on_and_on(b"", head("100 Continue"), 0.01), _SILENT),
    "a body": (lambda _: on_and_on(head("200 OK", "Content-Length: 4000000"), b"a", 0.01), _SILENT),
    "a manifest": (lambda _: chunks("200 OK"), "the bound manifest; NIXDIVE_BOUNDS=manifest=8MiB doubles it"),
    "a redirect": (lambda _: chunks("302 Found", "Location: /v2/x"), "302 Found"),
    "a refusal": (lambda _: chunks("401 No", 'WWW-Authenticate: Basic realm="x"'), "wants a login"),
    "an error": (lambda _: chunks("404 Not Found"), "there is no such image"),
    "a failure": (lambda _: chunks("503 Busy"), "the registry failed"),
    "too many requests": (lambda _: chunks("429 Busy", "Retry-After: 0"), "too many requests"),
}


@pytest.mark.parametrize("what", _ENDLESS)
def test_what_never_ends_is_not_waited_for(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    act, said = _ENDLESS[what]
    if said == _SILENT:
        monkeypatch.setattr(answers, "LONGEST", 0.3)
        monkeypatch.setattr(connections, "LONGEST", 0.3)
    with asking(act) as repository, pytest.raises(RegistryError, match=said):
        repository.manifest()


def test_a_proxy_that_never_ends_an_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "LONGEST", 0.3)
    with answering(lambda _: on_and_on(_OK, b"A: a\r\n", 0.01)) as host:
        monkeypatch.setenv("HTTPS_PROXY", host)
        source = Source(RemoteName.parse("docker://registry.invalid/app:1"))
        with Registry(source, "pull", NullProgress()) as found, pytest.raises(RegistryError) as error:
            Repository(found).manifest()
    assert "does not answer" in str(error.value)


def test_a_place_that_resets_every_connection_is_told() -> None:
    def loop() -> None:
        with suppress(OSError):
            while True:
                connection = server.accept()[0]
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=loop, daemon=True).start()
        host = f"127.0.0.1:{server.getsockname()[1]}"
        source = Source(RemoteName.parse(f"docker://{host}/app:1"), insecure=True)
        with Registry(source, "pull", NullProgress()) as found, pytest.raises(RegistryError) as error:
            Repository(found).manifest()
        server.shutdown(socket.SHUT_RDWR)
    assert host in str(error.value)
    assert "\n" not in str(error.value)


def test_the_other_scheme_is_tried_within_the_same_attempt() -> None:
    begun: list[bytes] = []

    def loop() -> None:
        with suppress(OSError):
            while True:
                with server.accept()[0] as connection:
                    begun.append(connection.recv(1 << 16)[:1])
                    if begun[-1] == b"G":
                        connection.sendall(head("400 Bad Request", "Content-Length: 0"))

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=loop, daemon=True).start()
        host = f"127.0.0.1:{server.getsockname()[1]}"
        source = Source(RemoteName.parse(f"docker://{host}/app:1"), insecure=True)
        with Registry(source, "pull", NullProgress()) as found, pytest.raises(RegistryError) as error:
            found.send("GET", "", attempts=1)
        server.shutdown(socket.SHUT_RDWR)
    assert begun == [b"G", b"\x16"], "a request, and then the hello of TLS"
    assert host in str(error.value)


@pytest.mark.parametrize("length", [b"-1", b"-5", b"zz", b"f" * 60])
def test_a_chunk_of_an_impossible_length_takes_no_memory(
    length: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_TIMEOUT", 0.3)
    sent = 0

    def act(_: str) -> Iterator[bytes]:
        nonlocal sent
        yield head("200 OK", "Transfer-Encoding: chunked") + length + b"\r\n"
        while sent < 64 << 20:
            yield bytes(1 << 20)
            sent += 1 << 20

    with asking(act) as repository, pytest.raises(RegistryError):
        repository.manifest()
    sent = 0
    with asking(act) as repository:
        pieces = repository.blob(f"sha256:{'0' * 64}", 1 << 20)
        with pytest.raises(Exception, match=r"longer than the stated|broke off|does not answer"):
            assert all(len(piece) <= 1 << 18 for piece in pieces)
    assert sent < 64 << 20, "it did not take all that was sent"


_PLACES = (
    "http://[", "http://127.0.0.1:99999/", "http://127.0.0.1:x/", "http://a b/", "http://%00/", "file:///etc",
    "http://a\x1b[31m\x9b/", "http://\xe9\xff/", "//[", "http://127.0.0.1:0/",
)  # fmt: skip


@pytest.mark.parametrize("link", _PLACES)
def test_a_place_that_is_none_is_told_and_not_asked(link: str) -> None:
    sent_on = head("302 Found", "Content-Length: 0", f"Location: {link}")
    with asking(lambda _: [sent_on]) as repository:
        with pytest.raises(RegistryError, match=r"the registry sends on to '.*', which is not safe") as error:
            repository.manifest()
        assert str(error.value).isprintable()
    challenge = head("401 No", "Content-Length: 0", f'WWW-Authenticate: Bearer realm="{link}"')
    with (
        asking(lambda _: [challenge]) as repository,
        pytest.raises(
            RegistryError, match=r"the registry wants tokens from '.*', which is not safe"
        ) as error,
    ):
        repository.manifest()
    assert str(error.value).isprintable()
    begun = head("202 Accepted", "Content-Length: 0", f"Location: {link}")
    blob = BlobToSend(f"sha256:{sha256(b'a').hexdigest()}", 1, lambda _: [b"a"])
    with asking(lambda _: [begun]) as repository, pytest.raises(RegistryError, match="which is no URL"):
        repository.send_blob(blob)


@pytest.mark.parametrize("answer", ["0-" + "9" * 5000, "9" * 5000, "-", "0-\u0669"])
def test_how_far_an_upload_is_is_a_number_or_nothing(answer: str) -> None:
    size = 5 << 20  # one that is not sent at once
    asked = 0

    def act(line: str) -> list[bytes]:
        nonlocal asked
        method = line.partition(" ")[0]
        if method == "PATCH" and not asked:
            return [head("500 Broken", "Content-Length: 0")]
        if method == "GET":
            asked += 1
            said = answer.encode("latin-1", "replace").decode("latin-1")
            return [head("204 No Content", f"Range: {said}", "Location: /v2/app/blobs/uploads/1")]
        status = {"POST": "202 Accepted", "PATCH": "202 Accepted", "PUT": "201 Created"}[method]
        return [head(status, "Content-Length: 0", "Location: /v2/app/blobs/uploads/1")]

    blob = BlobToSend(f"sha256:{'0' * 64}", size, lambda start: [bytes(size - start)])
    with asking(act) as repository:
        repository.send_blob(blob)
    assert asked == 1


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7.0),
        ("9" * 5000, None),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
        ("Mon, 01 Jan 9999 00:00:00 -9999", None),
        ("Mon, 01 Jan 0001 00:00:00 GMT", 0.0),
        ("soon", None),
        (None, None),
    ],
)
def test_when_to_try_again(said: str | None, seconds: float | None) -> None:
    assert answers.wait(said) == seconds


@pytest.mark.parametrize("text", ["a" * 60_000 + "!", "B " * 30_000 + "!", "B a=b" + " " * 60_000 + "!"])
def test_what_a_registry_wants_is_read_in_the_time_that_its_length_takes(text: str) -> None:
    assert list(challenges([text] * 20)) is not None


def test_an_error_is_as_long_as_errors_are() -> None:
    body = json.dumps({"errors": [{"message": "no " * 1000}]}).encode()
    refusal = head("400 Bad", "Docker-Distribution-Api-Version: x", f"Content-Length: {len(body)}") + body
    with asking(lambda _: [refusal]) as repository, pytest.raises(RegistryError) as error:
        repository.manifest()
    assert len(str(error.value)) < 500
    assert not isinstance(error.value.__cause__, exceptions.HTTPError)
