"""Real registries that are reached in other ways: that send on to storage, by TLS, and behind a mirror."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance import registries
from tests.conformance.conftest import need
from tests.image.layouts import NAME, Layout
from tests.image.made import layer
from tests.remote.link import Link

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Run = Callable[..., str]

KINDS = ["docker-registry", "registry"]  # distribution 2, distribution 3
HOST = "registry.test"  # on no machine: reached by a proxy alone


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    need(request.param)
    return str(request.param)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """An image of two layers as an OCI layout."""
    made = Layout(tmp_path / "image")
    return made.list(made.image(layer("a=1"), layer("b=2"), annotations={NAME: "app:1"}))


@contextlib.contextmanager
def served(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    """Give the HOST:PORT of a server of HTTP."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_blobs_come_from_the_storage_that_the_registry_sends_on_to(
    kind: str, image: Path, nixdive: Run, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    asked: list[tuple[str, str | None]] = []

    class Storage(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers.get("Authorization")))
            super().do_GET()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with served(partial(Storage, directory=data)) as storage:
        more = [f'middleware: {{storage: [{{name: redirect, options: {{baseurl: "http://{storage}/"}}}}]}}']
        with registries.registry(kind, more, data=data) as host:
            place = f"docker://{host}/app:1"
            nixdive("write", image, "-o", place, "-q")
            nixdive("write", place, "-o", tmp_path / "back", "--format", "oci", "-q")
    assert len({path for path, _ in asked}) >= 3  # the config and both layers
    assert {login for _, login in asked} == {None}
    assert layers_of(tmp_path / "back") == layers_of(image)


def layers_of(layout: Path) -> list[str]:
    """Return the digests of the layers of the only image in a layout."""
    (entry,) = json.loads((layout / "index.json").read_text())["manifests"]
    manifest = json.loads((layout / "blobs/sha256" / entry["digest"].removeprefix("sha256:")).read_text())
    return [one["digest"] for one in manifest["layers"]]


@contextlib.contextmanager
def proxy(target: str) -> Iterator[str]:
    """Give the HOST:PORT of a proxy whose tunnels all lead to one server."""
    port = int(target.rpartition(":")[2])

    class Tunnel(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            with socket.create_connection(("127.0.0.1", port)) as there:
                self.send_response(200)
                self.end_headers()
                back = threading.Thread(target=poured, args=(there, self.connection), daemon=True)
                back.start()
                poured(self.connection, there)
                back.join()
            self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with served(Tunnel) as place:
        yield place


def poured(source: socket.socket, target: socket.socket) -> None:
    """Pass on what one socket sends until it ends."""
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def test_a_registry_with_an_authority_of_its_own(
    kind: str, image: Path, nixdive: Run, refused: Run, tmp_path: Path
) -> None:
    need("openssl")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = ("-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "2", "-subj", f"/CN={HOST}")
    names = ("-addext", f"subjectAltName=DNS:{HOST}")
    subprocess.run(
        ["openssl", "req", *made, *names, "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    with registries.registry(kind, tls=(certificate, key)) as host, proxy(host) as through:
        home = tmp_path / "home"
        env = {"HTTPS_PROXY": f"http://{through}", "NO_PROXY": "", "HOME": str(home), "XDG_CONFIG_HOME": ""}
        words = ("write", image, "-o", f"docker://{HOST}/app:1", "-q")
        told = refused(*words, env=env)
        assert HOST in told
        assert "certificate" in told
        trusted = home / ".config/containers/certs.d" / HOST
        trusted.mkdir(parents=True)
        (trusted / "own.crt").write_bytes(certificate.read_bytes())
        nixdive(*words, env=env)
        found = json.loads(nixdive("inspect", f"docker://{HOST}/app:1", "--json", "-q", env=env))
        assert len(found["layers"]) == 2
        by_variable = env | {"HOME": str(tmp_path), "SSL_CERT_FILE": str(certificate)}
        assert nixdive("inspect", f"docker://{HOST}/app:1", "-q", env=by_variable)


def test_an_image_comes_by_a_mirror_that_pulls_it_through(
    kind: str, image: Path, nixdive: Run, tmp_path: Path
) -> None:
    with registries.registry(kind) as host:
        nixdive("write", image, "-o", f"docker://{host}/team/app:1", "-q")
        more = [f'proxy: {{remoteurl: "http://{host}"}}']
        with registries.registry(kind, more) as behind, Link(behind) as mirror, Link(host) as origin:
            conf = tmp_path / "registries.conf"
            conf.write_text(
                f'[[registry]]\nlocation = "{origin.host}"\n'
                f'[[registry.mirror]]\nlocation = "{mirror.host}"\ninsecure = true\n'
            )
            env = {"CONTAINERS_REGISTRIES_CONF": str(conf)}
            place = f"docker://{origin.host}/team/app:1"
            found = json.loads(nixdive("inspect", place, "--json", "-q", env=env))
            assert len(found["layers"]) == 2
            assert not origin.log
            assert sum("/blobs/sha256:" in one.path and one.status == 200 for one in mirror.log) >= 3
            mirror.log.clear()
            nixdive("write", image, "-o", f"docker://{origin.host}/team/app:2", "-q", env=env)
            assert not mirror.log  # a push goes where it was told to go
            assert origin.log
