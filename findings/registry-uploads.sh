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
go_tool github.com/google/go-containerregistry/cmd/crane@v0.22.1
go_tool github.com/distribution/distribution/v3/cmd/registry@v3.1.2

# ports of loopback: 0 lets the system choose, and the logs say which it was
cat >config.yml <<'END'
version: 0.1
storage: {filesystem: {rootdirectory: blobs}}
http: {addr: "127.0.0.1:0"}
END
OTEL_TRACES_EXPORTER=none registry serve config.yml >distribution.log 2>&1 &
running=$!
crane registry serve --address 127.0.0.1:0 >crane.log 2>&1 &
running="$running $!"
# shellcheck disable=SC2086
trap 'kill $running; clean_up' EXIT

port_in() {
    local found=
    for _ in $(seq 100); do
        found=$(grep -oE 'listening on 127.0.0.1:[0-9]+|port [0-9]+|:[0-9]+$' "$1" | grep -oE '[0-9]+$' | tail -n 1) || true
        [ -z "$found" ] || break
        sleep 0.1
    done
    [ -n "$found" ] || cannot "a registry does not start: $(cat "$1")"
    echo "$found"
}

for name in distribution crane; do
    python3 - "$name" "$(port_in "$name.log")" <<'END' || changed "$name"
import sys
from hashlib import sha256
from http.client import HTTPConnection
from urllib.parse import urlsplit

name, port = sys.argv[1], int(sys.argv[2])
blob = b"hello"
digest = f"sha256:{sha256(blob).hexdigest()}"


def ask(method, place, body=None, **headers):
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
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
