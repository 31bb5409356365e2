#!/usr/bin/env bash
# Registries: the rest of a blob cannot be asked for everywhere, although parts of it can.
#
# Guess: a registry either knows Range and answers 206, or it does not and sends the whole blob with 200, as HTTP has it (RFC 9110, 14.2);
#   "bytes=4-" is the rest of a blob, and a range that ends behind the blob means what there is of it.
# What happens: distribution does so. crane's registry answers 206 to "bytes=1-3", but 416 to "bytes=4-" and to "bytes=0-99" of a smaller
#   blob, each time with the code BLOB_UNKNOWN, as if it did not have the blob.
# Why it matters: "from here to the end" is what a client asks for after a cut. One that takes 416 or that code for the end of the matter
#   fails exactly where it wanted to go on. The end has to be named, from the size in the descriptor, or the whole blob asked for again.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
own_home
two_registries

for name in distribution crane; do
    PYTHONPATH=$here python3 - "$name" "${registry[$name]}" <<'END' || changed "$name"
import sys

from ask_registry import ask, name, upload

blob = b"a layer"
digest = upload("one", blob)
found = {}
for part in ("bytes=1-3", "bytes=4-", "bytes=0-99"):
    status, _, data = ask("GET", f"/v2/one/blobs/{digest}", Range=part)
    found[part] = status
    print(f"{name}: {part} of {len(blob)} bytes: {status} {data.decode().strip()}")
sys.exit(list(found.values()) != ([206, 206, 206] if name == "distribution" else [206, 416, 416]))
END
done
