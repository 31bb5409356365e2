#!/usr/bin/env bash
# Registries: an image that is there is "unknown" to who does not name its media type, and "*/*" does not name it.
#
# Guess: a GET of a manifest without Accept, or with "*/*", returns the manifest that is there, with its media type; Accept is for choosing
#   among several forms, and there is only one.
# What happens: distribution answers 404, MANIFEST_UNKNOWN, for an OCI image unless Accept spells out that very type; that one was found stands
#   in the message alone. "*/*" is what curl sends. HEAD is answered in the same way, without the message, so that a tag that is taken seems
#   to be free. Images of Docker's own type are returned in any case. crane's registry never looks at Accept.
# Why it matters: a check by curl or a client's "does this tag exist?" finds nothing, and a client that knows Docker's types alone sees no OCI
#   image. Every request for a manifest, HEAD too, has to list all types that the client can read.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
own_home
two_registries

for name in distribution crane; do
    PYTHONPATH=$here python3 - "$name" "${registry[$name]}" <<'END' || changed "$name"
import json
import sys

from ask_registry import ask, name, upload

OCI = "application/vnd.oci.image.manifest.v1+json"
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
FORMS = {
    "oci": (OCI, "application/vnd.oci.image.config.v1+json", "application/vnd.oci.image.layer.v1.tar"),
    "docker": (
        DOCKER,
        "application/vnd.docker.container.image.v1+json",
        "application/vnd.docker.image.rootfs.diff.tar",
    ),
}


def described(kind, data):
    """Upload a blob and return its descriptor."""
    return {"mediaType": kind, "digest": upload("one", data), "size": len(data)}


for tag, (manifest, config, layer) in FORMS.items():
    made = {"schemaVersion": 2, "mediaType": manifest, "config": described(config, b"{}")}
    data = json.dumps({**made, "layers": [described(layer, bytes(1024))]}).encode()
    status, _, _ = ask("PUT", f"/v2/one/manifests/{tag}", data, **{"Content-Type": manifest})
    assert status == 201, status

refused = set()
for tag in FORMS:
    for accepted in (None, "*/*", DOCKER, OCI):
        headers = {} if accepted is None else {"Accept": accepted}
        status, _, said = ask("GET", f"/v2/one/manifests/{tag}", **headers)
        head, _, _ = ask("HEAD", f"/v2/one/manifests/{tag}", **headers)
        words = json.loads(said)["errors"][0]["message"] if status == 404 else ""
        print(f"{name}: {tag:6}  Accept: {accepted!s:53} GET {status} HEAD {head} {words}")
        assert head == status
        if status == 404:
            refused.add((tag, accepted))
strict = {("oci", None), ("oci", "*/*"), ("oci", DOCKER)}
sys.exit(refused != (strict if name == "distribution" else set()))
END
done
