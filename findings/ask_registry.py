"""Ask a registry that NAME HOST:PORT on the command line name, for the findings that compare registries."""

import sys
from hashlib import sha256
from http.client import HTTPConnection, HTTPMessage
from urllib.parse import urlsplit

OCTETS = {"Content-Type": "application/octet-stream"}
name, host = sys.argv[1:]


def ask(method: str, place: str, body: bytes | None = None, **headers: str) -> tuple[int, HTTPMessage, bytes]:
    """Return status, headers and body of an answer."""
    connection = HTTPConnection(host, timeout=20)
    connection.request(method, place, body, headers)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer.status, answer.headers, data


def location(headers: HTTPMessage) -> str:
    """Return where an upload goes on."""
    parts = urlsplit(headers["Location"])
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def upload(repository: str, blob: bytes) -> str:
    """Upload a blob, and return its digest."""
    digest = f"sha256:{sha256(blob).hexdigest()}"
    _, begun, _ = ask("POST", f"/v2/{repository}/blobs/uploads/", b"")
    place = location(begun)
    ask("PUT", f"{place}{'&' if '?' in place else '?'}digest={digest}", blob, **OCTETS)
    return digest
