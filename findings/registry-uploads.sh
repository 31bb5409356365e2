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
    PYTHONPATH=$here python3 - "$name" "${registry[$name]}" <<'END' || changed "$name"
import sys
from hashlib import sha256

from ask_registry import OCTETS, ask, location, name

blob = b"hello"
digest = f"sha256:{sha256(blob).hexdigest()}"
whole, _, _ = ask("POST", f"/v2/one/blobs/uploads/?digest={digest}", blob, **OCTETS)
there, _, _ = ask("HEAD", f"/v2/one/blobs/{digest}")
_, begun, _ = ask("POST", "/v2/two/blobs/uploads/", b"")
_, sent, _ = ask("PATCH", location(begun), blob, **OCTETS, **{"Content-Range": "0-4"})
state, said, _ = ask("GET", location(sent))
print(f"{name}: POST with a blob {whole}, HEAD of it {there}; GET of an upload {state}, Range {said.get('Range')}")
if name == "crane":
    sys.exit((whole, there, state) != (201, 200, 400))
sys.exit((whole, there, state, said.get("Range")) != (202, 404, 204, "0-4"))
END
done
