#!/usr/bin/env bash
# Platforms: which image of an index fits a platform depends on whether the tool knows that v8 is arm64 and v1 is amd64.
#
# Guess: one index and one platform give one image; linux/arm64 and linux/arm64/v8 are the same, and a machine takes the best that it runs.
# What happens: crane and oras compare strings. A platform without a variant fits all variants, and the first entry wins: the image for
#   amd64/v3 before the one for every amd64, arm/v6 before v7. One with a variant fits nothing else: arm64/v8 is not found where the entry says
#   arm64, nor amd64/v1 where it says amd64. skopeo and regctl fill in the usual variant and take the best one that fits, or an
#   earlier one; for v9 of arm64, skopeo finds nothing and regctl takes v8.
# Why it matters: CI that tests by one tool and deploys by another has two images, one of which does not start on an older processor. Entries
#   should say what people ask for, without v8 and v1, and the most general image should come first.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
own_home
debian_packages skopeo=1.9.3+ds1-1+b10
go_tool github.com/regclient/regclient/cmd/regctl@v0.11.7
go_tool oras.land/oras/cmd/oras@v1.3.6

crane_registry
export REGCTL_CONFIG=$work/regctl.json
regctl registry set --tls disabled "${registry[crane]}" >/dev/null 2>&1

python3 - "${registry[crane]}" <<'END' || changed "what the tools choose"
import json
import subprocess
import sys
from hashlib import sha256
from http.client import HTTPConnection

host = sys.argv[1]
OCI = "application/vnd.oci.image"
ASKED = {
    ("arm64/v8",): ("arm64", "arm64/v9"),
    ("arm64",): ("arm64/v8",),
    ("amd64/v3", "amd64"): ("amd64", "amd64/v1"),
    ("arm/v6", "arm/v7"): ("arm", "arm/v7"),
}


def put(place, data, kind):
    connection = HTTPConnection(host, timeout=20)
    connection.request("PUT", place, data, {"Content-Type": kind})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 201, (place, answer.status)


def described(kind, data, **more):
    return {"mediaType": kind, "digest": f"sha256:{sha256(data).hexdigest()}", "size": len(data), **more}


def blob(kind, data):
    """Upload a blob in one request, which crane's registry takes."""
    found = described(kind, data)
    connection = HTTPConnection(host, timeout=20)
    connection.request("POST", f"/v2/app/blobs/uploads/?digest={found['digest']}", data)
    assert connection.getresponse().status == 201
    connection.close()
    return found


def index(tag, platforms):
    """Push an index of one image for each platform; return their names by digest."""
    layer = blob(f"{OCI}.layer.v1.tar", bytes(1024))
    entries, names = [], {}
    for name in platforms:
        architecture, _, variant = name.partition("/")
        platform = {"os": "linux", "architecture": architecture, **({"variant": variant} if variant else {})}
        config = {**platform, "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}}
        made = {
            "schemaVersion": 2,
            "mediaType": f"{OCI}.manifest.v1+json",
            "config": blob(f"{OCI}.config.v1+json", json.dumps(config).encode()),
            "layers": [layer],
        }
        data = json.dumps(made).encode()
        entry = described(made["mediaType"], data, platform=platform)
        put(f"/v2/app/manifests/{entry['digest']}", data, made["mediaType"])
        entries.append(entry)
        # skopeo shows the config, the others name the manifest
        names[entry["digest"]] = names[made["config"]["digest"]] = name
    made = {"schemaVersion": 2, "mediaType": f"{OCI}.index.v1+json", "manifests": entries}
    put(f"/v2/app/manifests/{tag}", json.dumps(made).encode(), made["mediaType"])
    return names


def run(*words):
    done = subprocess.run(words, capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else b""


def chosen(ref, asked, names):
    """Return the platform of the image that each tool chooses."""
    architecture, _, variant = asked.partition("/")
    platform = f"linux/{asked}"
    skopeo = ["skopeo", "--override-os", "linux", "--override-arch", architecture]
    skopeo += ["--override-variant", variant] if variant else []
    config = run(*skopeo, "inspect", "--tls-verify=false", "--config", "--raw", f"docker://{ref}")
    described = run("oras", "manifest", "fetch", "--plain-http", "--descriptor", "--platform", platform, ref)
    digests = {
        "crane": run("crane", "digest", "--platform", platform, ref).decode().strip(),
        "oras": json.loads(described)["digest"] if described else "",
        "skopeo": f"sha256:{sha256(config).hexdigest()}" if config else "",
        "regctl": run("regctl", "image", "digest", "--platform", platform, ref).decode().strip(),
    }
    return [names[digest] if digest else "none" for digest in digests.values()]


found = {}
for number, (platforms, all_asked) in enumerate(ASKED.items()):
    names = index(f"tag{number}", platforms)
    for asked in all_asked:
        found[asked, platforms] = chosen(f"{host}/app:tag{number}", asked, names)
        crane, oras, skopeo, regctl = found[asked, platforms]
        print(f"{asked:9} of {' and '.join(platforms):19}", end="")
        print(f"crane {crane:9} oras {oras:9} skopeo {skopeo:9} regctl {regctl}")
sys.exit(
    list(found.values())
    != [
        ["arm64/v8"] * 4,
        ["none", "none", "none", "arm64/v8"],
        ["none", "none", "arm64", "arm64"],
        ["amd64/v3", "amd64/v3", "amd64", "amd64"],
        ["none", "none", "amd64", "amd64"],
        ["arm/v6", "arm/v6", "arm/v7", "arm/v7"],
        ["arm/v7"] * 4,
    ]
)
END
