"""Real registries: pushing to them and reading from them, with and without a login, over links that are bad."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import threading
import time
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.conformance.conftest import need
from tests.conformance.engines import daemon, own_folder
from tests.remote.link import Link

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    Run = Callable[..., str]

# crane and distribution 3 are programs of Go, which not every machine builds: they are tried where they are
KINDS = ["docker-registry", *(name for name in ("registry", "crane") if shutil.which(name))]
PASSWORD = "secret"  # noqa: S105  of the registries here
HASHED = "$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a"  # of it, by bcrypt
LOGINS = ["basic", "token"]


@dataclass
class Running:
    """A registry that runs, and how it is reached."""

    kind: str
    port: int
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"


def started(kind: str, folder: Path, more: str = "") -> Iterator[int]:
    """Start a registry in a folder, and yield its port until it is to end."""
    log = folder / "log"
    if kind == "crane":
        words = ["crane", "registry", "serve", "--address", "127.0.0.1:0"]
        marker = "serving on port "
    else:
        (folder / "config.yml").write_text(
            f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {folder}/data}}}}\n"
            f'http: {{addr: "127.0.0.1:0", secret: here}}\n{more}'
        )
        words, marker = [kind, "serve", f"{folder}/config.yml"], "listening on 127.0.0.1:"
    with daemon(*words, log=log, ready=lambda: marker in log.read_text()):
        digits = log.read_text().partition(marker)[2]
        yield int(digits[: next(at for at, char in enumerate(digits) if not char.isdecimal())])


@pytest.fixture(scope="module", params=KINDS)
def running(request: pytest.FixtureRequest) -> Iterator[Running]:
    need(request.param)
    with own_folder("registry") as folder:
        for port in started(request.param, folder):
            yield Running(request.param, port)


@dataclass(frozen=True)
class Signer:
    """A key and its certificate, with which tokens are signed (RFC 7519, RS256)."""

    folder: Path

    def token(self, access: list[dict[str, Any]]) -> str:
        der = self._ssl("x509", "-in", "cert.pem", "-outform", "DER")
        header = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]}
        now = int(time.time())
        claims = {
            "iss": "here",
            "sub": "me",
            "aud": "registry",
            "exp": now + 300,
            "nbf": now - 10,
            "iat": now,
        }
        claims |= {"jti": str(now), "access": access}
        text = b".".join(_web(json.dumps(part).encode()) for part in (header, claims))
        signed = self._ssl("dgst", "-sha256", "-sign", "key.pem", data=text)
        return (text + b"." + _web(signed)).decode()

    def make(self) -> None:
        subject = ("-subj", "/CN=here", "-days", "2", "-keyout", "key.pem", "-out", "cert.pem")
        self._ssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", *subject)

    def _ssl(self, *words: str, data: bytes = b"") -> bytes:
        return subprocess.run(
            ["openssl", *words], input=data, capture_output=True, check=True, cwd=self.folder
        ).stdout


def _web(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def tokens(signer: Signer) -> ThreadingHTTPServer:
    """Return a server of tokens, for the user me."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            login = self.headers.get("Authorization", "").removeprefix("Basic ")
            if base64.b64decode(login).decode() != f"me:{PASSWORD}":
                self.send_response(401)
                self.end_headers()
                return
            scopes = parse_qs(urlsplit(self.path).query).get("scope", [])
            access = []
            for scope in scopes:
                kind, rest = scope.split(":", 1)
                name, _, actions = rest.rpartition(":")
                access.append({"type": kind, "name": name, "actions": actions.split(",")})
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"token": signer.token(access)}).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server


@pytest.fixture(
    scope="module", params=[f"{kind} {login}" for kind in KINDS for login in LOGINS if kind != "crane"]
)
def locked(request: pytest.FixtureRequest) -> Iterator[Running]:
    """A registry that wants a login, which is in a file."""
    kind, login = request.param.split()
    need(kind, "openssl")
    with own_folder("locked") as folder:
        signer = Signer(folder)
        signer.make()
        server = tokens(signer)
        (folder / "htpasswd").write_text(f"me:{HASHED}\n")
        more = {
            "basic": f"auth: {{htpasswd: {{realm: here, path: {folder}/htpasswd}}}}\n",
            "token": f'auth: {{token: {{realm: "http://127.0.0.1:{server.server_port}/token", service: registry, '
            f"issuer: here, rootcertbundle: {folder}/cert.pem}}}}\n",
        }[login]
        for port in started(kind, folder, more):
            packed = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
            auth = folder / "auth.json"
            auth.write_text(json.dumps({"auths": {f"127.0.0.1:{port}": {"auth": packed}}}))
            yield Running(kind, port, {"REGISTRY_AUTH_FILE": str(auth)})
        server.shutdown()
        server.server_close()


WRITE = ("write", "--max-layers", "25", "--json", "-q", "--no-cache")


def digest(text: str) -> str:
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def test_an_image_goes_in_and_comes_out(
    apps: Mapping[str, Any], nixdive: Run, running: Running, tmp_path: Path
) -> None:
    app = apps["redis"].path
    place = f"docker://{running.host}/team/redis:v1"
    first = json.loads(nixdive(*WRITE, app, "-o", place))
    count = len(first["layers"])
    assert first["pushed"] == {"sent": count, "mounted": 0, "there": 0}
    nixdive(*WRITE, app, "-o", tmp_path / "layout", "--format", "oci")
    layout = json.loads((tmp_path / "layout/index.json").read_text())
    assert layout["manifests"][0]["digest"] == first["manifest_digest"]
    again = json.loads(nixdive(*WRITE, app, "-o", place))
    assert again["pushed"] == {"sent": 0, "mounted": 0, "there": count}
    seen = json.loads(nixdive("inspect", place, "--json", "-q"))
    assert [one["digest"] for one in seen["layers"]] == [one["digest"] for one in first["layers"]]
    nixdive(*WRITE[:1], place, "-o", tmp_path / "again", "--format", "oci", "-q", "--json")
    blobs = {file.name for file in (tmp_path / "again/blobs/sha256").iterdir()}
    assert {one["digest"].removeprefix("sha256:") for one in first["layers"]} <= blobs


def test_layers_of_another_repository_are_mounted(
    apps: Mapping[str, Any], nixdive: Run, running: Running
) -> None:
    app = apps["redis"].path
    old, new = (f"docker://{running.host}/{name}/redis:v1" for name in ("old", "new"))
    first = json.loads(nixdive(*WRITE, app, "-o", old))
    second = json.loads(nixdive(*WRITE, app, "-o", new, "--strategy", "popularity", "--against", old))
    known = {one["digest"] for one in first["layers"]}
    shared = {one["digest"] for one in second["layers"]} & known
    assert second["pushed"]["mounted"] == len(shared)


def test_a_login_is_taken_from_the_file(
    apps: Mapping[str, Any], nixdive: Run, refused: Run, locked: Running
) -> None:
    app = apps["redis"].path
    place = f"docker://{locked.host}/team/redis:v1"
    assert f"docker login {locked.host}" in refused(*WRITE, app, "-o", place)
    first = json.loads(nixdive(*WRITE, app, "-o", place, env=locked.env))
    assert first["pushed"]["sent"] == len(first["layers"])
    told = nixdive("plan", app, "--against", place, "--json", "-q", env=locked.env)
    assert json.loads(told)["against"]
    second = nixdive(
        *WRITE, app, "-o", f"docker://{locked.host}/other/redis:v1", "--against", place, env=locked.env
    )
    assert json.loads(second)["pushed"]["mounted"] >= 1


@pytest.mark.parametrize("fault", ["slow", "cut", "busy"])
def test_a_bad_link(apps: Mapping[str, Any], nixdive: Run, running: Running, fault: str) -> None:
    """Half of the first connections break off in the middle of an upload, or are answered by 429."""
    app = apps["redis"].path
    faults: dict[str, Any] = {
        "slow": {"delay": 0.025},
        "cut": {"cut": lambda number: 700_000 if number % 2 and number < 30 else None},
        "busy": {"busy": lambda number: bool(number % 2) and number < 30},
    }[fault]
    with Link(running.port, **faults) as link:
        place = f"{link.host}/{fault}/redis:v1"
        written = json.loads(nixdive(*WRITE, app, "-o", f"docker://{place}"))
        assert link.connections > 1
    seen = json.loads(nixdive("inspect", f"docker://{running.host}/{fault}/redis:v1", "--json", "-q"))
    assert [one["digest"] for one in seen["layers"]] == [one["digest"] for one in written["layers"]]


def test_few_requests_in_turn(apps: Mapping[str, Any], nixdive: Run, running: Running) -> None:
    app = apps["redis"].path
    with Link(running.port, delay=0.025) as link:
        place = f"docker://{link.host}/turns/redis:v1"
        nixdive(*WRITE, app, "-o", place)
        link.log.clear()
        nixdive(*WRITE, app, "-o", place)
        assert sorted(one.method for one in link.log if one.method != "DELETE") == ["GET", "POST", "PUT"]
        assert link.in_turn() <= 3
