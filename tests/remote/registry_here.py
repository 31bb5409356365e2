"""A registry in this process: what distribution-spec 1.1 asks for, and whatever can go wrong on the way.

It keeps a log of the requests with the time at which each began and ended, so that tests can count them, and
what was waited for one after the other.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from types import TracebackType

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def digest_of(data: bytes) -> str:
    return f"sha256:{sha256(data).hexdigest()}"


@dataclass
class Request:
    """One request: what was asked, what came of it, and when."""

    method: str
    path: str
    headers: dict[str, str]
    began: float
    status: int = 0
    body: int = 0
    ended: float = 0.0


@dataclass
class Faults:
    """What goes wrong, decided for each request.

    Attributes:
        answer: returns (status, headers, body) to give instead, or None.
        cut: returns after how many bytes of the body, read or written, the connection is cut, or None.
    """

    answer: Callable[[Request], tuple[int, dict[str, str], bytes] | None] = lambda _: None
    cut: Callable[[Request], int | None] = lambda _: None


@dataclass
class Store:
    blobs: dict[str, dict[str, bytes]] = field(default_factory=lambda: defaultdict(dict))
    manifests: dict[str, dict[str, tuple[str, bytes]]] = field(default_factory=lambda: defaultdict(dict))
    uploads: dict[str, bytearray] = field(default_factory=dict)


class RegistryHere:
    """The registry; used as a context.

    Args:
        user: NAME:PASSWORD that it wants, or None.
        tokens: whether it wants bearer tokens, which it gives for the login.
        identity: the identity token that it takes for the login.
        delay: seconds before each answer.
        ranges: whether it knows Range.
        mounts: whether it mounts blobs of other repositories.
        checks: whether it looks for the blobs of a manifest.
        tls: its side of TLS, or None.
    """

    def __init__(
        self,
        *,
        user: str | None = None,
        tokens: bool = False,
        identity: str | None = None,
        delay: float = 0.0,
        ranges: bool = True,
        mounts: bool = True,
        checks: bool = True,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.user, self.tokens, self.identity = user, tokens, identity
        self.delay, self.ranges, self.mounts, self.checks = delay, ranges, mounts, checks
        self.secure = tls is not None
        self.store = Store()
        self.faults = Faults()
        self.log: list[Request] = []
        self.given: dict[str, str] = {}  # tokens and their scopes
        self.counter = count()
        self.connections = 0
        self.lock = threading.Lock()
        here = self

        class Bound(_Handler):
            registry = here

        class Server(ThreadingHTTPServer):
            request_queue_size = 128
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that breaks off is no fault."""

        self._server = Server(("127.0.0.1", 0), Bound)
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def url(self, name: str) -> str:
        return f"docker://{self.host}/{name}"

    def add_blob(self, repository: str, data: bytes) -> str:
        self.store.blobs[repository][digest_of(data)] = data
        return digest_of(data)

    def add_manifest(self, repository: str, tag: str | None, value: Any, kind: str = MANIFEST) -> str:
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        digest = digest_of(data)
        for reference in (digest, *((tag,) if tag else ())):
            self.store.manifests[repository][reference] = kind, data
        return digest

    def add_image(self, name: str, layers: list[bytes], config: dict[str, Any] | None = None) -> str:
        """Add an image of layers that are not compressed; return the digest of its manifest."""
        repository, _, tag = name.partition(":")
        made = {
            "architecture": "amd64",
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [digest_of(one) for one in layers]},
            **(config or {}),
        }
        data = json.dumps(made).encode()
        kind = "application/vnd.oci.image.layer.v1.tar"
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": described("application/vnd.oci.image.config.v1+json", data),
            "layers": [described(kind, layer) for layer in layers],
        }
        for blob in (data, *layers):
            self.add_blob(repository, blob)
        return self.add_manifest(repository, tag or None, manifest)

    def asked(self, method: str, part: str = "") -> list[Request]:
        return [one for one in self.log if one.method == method and part in one.path]


def described(kind: str, data: bytes) -> dict[str, Any]:
    return {"mediaType": kind, "digest": digest_of(data), "size": len(data)}


class _CutError(Exception):
    pass


class _Handler(BaseHTTPRequestHandler):
    registry: RegistryHere
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    request_: Request

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def setup(self) -> None:
        super().setup()
        with self.registry.lock:
            self.registry.connections += 1

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (_CutError, OSError):
            self.close_connection = True

    def _any(self) -> None:
        here = self.registry
        request = Request(
            self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, time.monotonic()
        )
        self.request_ = request
        with here.lock:
            here.log.append(request)
        body = self._body(request)
        request.body = len(body)
        time.sleep(here.delay)
        try:
            status, headers, data = here.faults.answer(request) or self._answer(body)
        except KeyError as error:
            status, headers, data = 404, {}, errors(str(error.args[0]))
        request.status = status
        cut = here.faults.cut(request)
        # before the answer: what follows it can only come later
        request.ended = time.monotonic()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data[:cut])
            if cut is not None and cut < len(data):
                raise _CutError
        if cut is not None:
            raise _CutError

    do_GET = do_HEAD = do_POST = do_PATCH = do_PUT = do_DELETE = _any  # noqa: N815

    def _body(self, request: Request) -> bytes:
        size = int(self.headers.get("Content-Length", 0))
        cut = self.registry.faults.cut(request) if size else None
        if cut is None:
            return self.rfile.read(size)
        data = self.rfile.read(min(cut, size))
        request.body = len(data)
        if self.command == "PATCH":
            self.registry.store.uploads[urlsplit(self.path).path.rpartition("/")[2]] += data
        request.ended = time.monotonic()
        raise _CutError

    def _answer(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(self.path)
        if parts.path == "/token":
            return self._token(body)
        if not self._authorised():
            scheme = "https" if self.registry.secure else "http"
            realm = (
                f'Bearer realm="{scheme}://{self.registry.host}/token",service="here",scope="{self._scope()}"'
            )
            return (
                401,
                {"WWW-Authenticate": realm if self.registry.tokens else 'Basic realm="here"'},
                errors("UNAUTHORIZED"),
            )
        if parts.path == "/v2/":
            return 200, {"Docker-Distribution-Api-Version": "registry/2.0"}, b"{}"
        for pattern, method in (
            (r"/v2/(.+)/manifests/([^/]+)", self._manifest),
            (r"/v2/(.+)/blobs/uploads/([^/]*)", self._upload),
            (r"/v2/(.+)/blobs/([^/]+)", self._blob),
        ):
            if found := re.fullmatch(pattern, parts.path):
                return method(found[1], found[2], body)
        raise KeyError("NAME_UNKNOWN")

    def _scope(self) -> str:
        found = re.match(r"/v2/(.+)/(?:manifests|blobs)/", self.path)
        return (
            f"repository:{found[1]}:pull{'' if self.command in {'GET', 'HEAD'} else ',push'}" if found else ""
        )

    def _authorised(self) -> bool:
        here = self.registry
        if here.user is None and here.identity is None:
            return True
        kind, _, value = self.headers.get("Authorization", "").partition(" ")
        if not here.tokens:
            return kind == "Basic" and base64.b64decode(value).decode() == here.user
        wanted = self._scope()
        scopes = here.given.get(value, "") if kind == "Bearer" else ""
        name, _, actions = wanted.rpartition(":")
        had = [one.rpartition(":")[2].split(",") for one in scopes.split() if one.rpartition(":")[0] == name]
        return (
            kind == "Bearer"
            and value in here.given
            and (not wanted or any(set(actions.split(",")) <= set(one) for one in had))
        )

    def _token(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        here = self.registry
        if self.command == "POST":
            form = parse_qs(body.decode())
            good = form.get("refresh_token") == [here.identity]
        else:
            form = parse_qs(urlsplit(self.path).query)
            value = self.headers.get("Authorization", "").partition(" ")[2]
            good = base64.b64decode(value).decode() == here.user
        if not good:
            return 401, {}, errors("UNAUTHORIZED")
        token = f"token-{next(here.counter)}"
        here.given[token] = " ".join(form.get("scope", []))
        return 200, {}, json.dumps({"access_token" if self.command == "POST" else "token": token}).encode()

    def _manifest(self, repository: str, reference: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        store = self.registry.store
        if self.command == "PUT":
            value = json.loads(body)
            blobs = [*value.get("layers", []), *([value["config"]] if "config" in value else [])]
            missing = [one["digest"] for one in blobs if one["digest"] not in store.blobs[repository]]
            if missing and self.registry.checks:
                return 404, {}, errors("MANIFEST_BLOB_UNKNOWN", *missing)
            for name in {reference, digest_of(body)}:
                store.manifests[repository][name] = self.headers["Content-Type"], body
            return 201, {"Docker-Content-Digest": digest_of(body)}, b""
        if reference not in store.manifests[repository]:
            raise KeyError("MANIFEST_UNKNOWN")
        kind, data = store.manifests[repository][reference]
        return 200, {"Content-Type": kind, "Docker-Content-Digest": digest_of(data)}, data

    def _blob(self, repository: str, digest: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        if digest not in self.registry.store.blobs[repository]:
            raise KeyError("BLOB_UNKNOWN")
        data = self.registry.store.blobs[repository][digest]
        if self.command == "HEAD":
            return 200, {"Content-Length": str(len(data))}, b""
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if found and self.registry.ranges:
            end = int(found[2]) + 1 if found[2] else len(data)
            return 206, {}, data[int(found[1]) : end]
        return 200, {}, data

    def _upload(self, repository: str, ident: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        store, query = self.registry.store, parse_qs(urlsplit(self.path).query)
        if self.command == "POST":
            mount, source = query.get("mount", [""])[0], query.get("from", [""])[0]
            if mount and self.registry.mounts and mount in store.blobs[source]:
                store.blobs[repository][mount] = store.blobs[source][mount]
                return 201, {"Location": f"/v2/{repository}/blobs/{mount}"}, b""
            with self.registry.lock:
                ident = f"u{len(store.uploads)}"
                store.uploads[ident] = bytearray()
            return 202, self._place(repository, ident), b""
        if ident not in store.uploads:
            raise KeyError("BLOB_UPLOAD_UNKNOWN")
        have = store.uploads[ident]
        if self.command == "GET":
            return 204, self._place(repository, ident), b""
        part = re.fullmatch(r"(\d+)-(\d+)", self.headers.get("Content-Range", ""))
        if part and int(part[1]) != len(have):
            return 416, self._place(repository, ident), b""
        have += body
        if self.command == "PATCH":
            return 202, self._place(repository, ident), b""
        return self._completed(repository, ident, query["digest"][0])

    def _completed(self, repository: str, ident: str, digest: str) -> tuple[int, dict[str, str], bytes]:
        store = self.registry.store
        have = bytes(store.uploads[ident])
        if digest_of(have) != digest:
            del store.uploads[ident]
            return 400, {}, errors("DIGEST_INVALID", digest)
        store.blobs[repository][digest] = have
        del store.uploads[ident]
        store.uploads[f"{ident}-done"] = bytearray()
        return 201, {"Location": f"/v2/{repository}/blobs/{digest}"}, b""

    def _place(self, repository: str, ident: str) -> dict[str, str]:
        size = len(self.registry.store.uploads[ident])
        return {
            "Location": f"/v2/{repository}/blobs/uploads/{ident}?state={size}",
            "Range": f"0-{max(size - 1, 0)}",
        }


def errors(code: str, *digests: str) -> bytes:
    words = code.replace("_", " ").lower()
    found = [{"code": code, "message": words, "detail": {"digest": one}} for one in digests]
    return json.dumps({"errors": found or [{"code": code, "message": words}]}).encode()
