#!/usr/bin/env bash
# Registries: a blob in one POST may be thrown away, and the state of an upload may be a bad request.
#
# Guess: a POST with digest and blob uploads it, as OCI's distribution-spec 1.1 offers; a GET of an upload says how much of it is there.
# What happens: distribution drops the body and answers 202, an upload has begun, which the specification allows: the blob was sent for
#   nothing. crane's registry takes it, and answers the GET with 400 and an error about a digest, as if it were a blob; distribution says
#   how much it has.
# Why it matters: a client that saves a round trip by one POST sends every blob twice to the most common registry. An upload that is begun
#   without a body and ended by a PUT with the blob works with both. After a cut, 400 means that nobody knows: the upload begins anew.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
own_home
two_registries

for name in distribution crane; do
    python3 - "$name" "${registry[$name]}" <<'END' || changed "$name"
import sys
from hashlib import sha256
from http.client import HTTPConnection
from urllib.parse import urlsplit

name, host = sys.argv[1:]
blob = b"hello"
digest = f"sha256:{sha256(blob).hexdigest()}"


def ask(method, place, body=None, **headers):
    connection = HTTPConnection(host, timeout=20)
    connection.request(method, place, body, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, answer.headers


def path(headers):
    parts = urlsplit(headers["Location"])
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


whole, _ = ask("POST", f"/v2/one/blobs/uploads/?digest={digest}", blob, **{"Content-Type": "application/octet-stream"})
there, _ = ask("HEAD", f"/v2/one/blobs/{digest}")
_, begun = ask("POST", "/v2/two/blobs/uploads/", b"")
octets = {"Content-Type": "application/octet-stream", "Content-Range": "0-4"}
_, sent = ask("PATCH", path(begun), blob, **octets)
state, said = ask("GET", path(sent))
print(f"{name}: POST with a blob {whole}, HEAD of it {there}; GET of an upload {state}, Range {said.get('Range')}")
if name == "crane":
    sys.exit((whole, there, state) != (201, 200, 400))
sys.exit((whole, there, state, said.get("Range")) != (202, 404, 204, "0-4"))
END
done
