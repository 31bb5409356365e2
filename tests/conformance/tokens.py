"""A server of tokens as registries of the distribution project want them, and the key that signs them."""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ISSUER, SERVICE = "here", "registry"
CERTIFICATE, _KEY = "cert.pem", "key.pem"


@dataclass(frozen=True)
class Signer:
    """A key and its certificate in a folder, with which tokens are signed (RFC 7519, RS256)."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> Self:
        """Make both by openssl."""
        made = cls(folder)
        kind = ("-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-subj", "/CN=here", "-days", "2")
        made._ssl("req", *kind, "-keyout", _KEY, "-out", CERTIFICATE)
        return made

    def token(self, access: list[dict[str, Any]]) -> str:
        """Return a token for accesses, in distribution's terms."""
        der = self._ssl("x509", "-in", CERTIFICATE, "-outform", "DER")
        header = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]}
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "sub": "me",
            "aud": SERVICE,
            "exp": now + 300,
            "nbf": now - 10,
            "iat": now,
            "jti": str(now),
            "access": access,
        }
        text = b".".join(_web(json.dumps(part).encode()) for part in (header, claims))
        signed = self._ssl("dgst", "-sha256", "-sign", _KEY, data=text)
        return (text + b"." + _web(signed)).decode()

    def _ssl(self, *words: str, data: bytes = b"") -> bytes:
        return subprocess.run(
            ["openssl", *words], input=data, capture_output=True, check=True, cwd=self.folder
        ).stdout


@contextlib.contextmanager
def token_server(signer: Signer, login: str) -> Iterator[str]:
    """Give the URL of a server that gives whatever is asked for to NAME:PASSWORD."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            packed = self.headers.get("Authorization", "").removeprefix("Basic ")
            good = base64.b64decode(packed).decode() == login
            self.send_response(200 if good else 401)
            self.end_headers()
            if good:
                scopes = parse_qs(urlsplit(self.path).query).get("scope", [])
                token = signer.token([_access(scope) for scope in scopes])
                self.wfile.write(json.dumps({"token": token}).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/token"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _access(scope: str) -> dict[str, Any]:
    kind, _, rest = scope.partition(":")
    name, _, actions = rest.rpartition(":")
    return {"type": kind, "name": name, "actions": actions.split(",")}


def _web(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
