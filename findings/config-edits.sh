#!/usr/bin/env bash
# Images: adding a label takes away what the tool does not know of the rest, the health check among it.
#
# Guess: `umoci config --config.label`, `regctl image mod --label` and `crane mutate --label` add a label; what stands beside it stays, as
#   image-spec asks of readers that meet unknown fields (they are to be ignored, not to be errors), and the fields of Docker are well known.
# What happens: the config is read into the tool's own types and written from them. All three drop what a builder has put there under
#   names of its own, and StartInterval of a Healthcheck. umoci also drops Healthcheck, Shell and OnBuild as a whole, and the
#   artifactType of the manifest. None of them says so, and no check of the result can notice.
# Why it matters: an image that was given a label in CI starts without its health check, and a tool's own notes in the config are gone. Such notes
#   are safe in labels and annotations, which all three keep.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
own_home
debian_packages umoci=0.4.7+ds-3+b7
go_tool github.com/regclient/regclient/cmd/regctl@v0.11.7

make_image layout first gzip 1
cat >edit.py <<'END'
"""Put into the config of a layout, and into its manifest, what builders put there."""

import json
from hashlib import sha256
from pathlib import Path

blobs = Path("first/blobs/sha256")


def stored(value):
    data = json.dumps(value).encode()
    name = sha256(data).hexdigest()
    (blobs / name).write_bytes(data)
    return {"digest": f"sha256:{name}", "size": len(data)}


index = json.loads(Path("first/index.json").read_bytes())
manifest = json.loads((blobs / index["manifests"][0]["digest"][7:]).read_bytes())
config = json.loads((blobs / manifest["config"]["digest"][7:]).read_bytes())
config["config"] |= {
    "Healthcheck": {"Test": ["CMD", "/file0"], "StartInterval": 1_000_000_000},
    "Shell": ["/bin/sh", "-c"],
    "OnBuild": ["RUN /file0"],
    "Labels": {"org.example.kept": "1"},
}
config["org.example.notes"] = "the builder's own"
manifest["artifactType"] = "application/vnd.example"
manifest["annotations"] = {"org.example.kept": "1"}
manifest["config"] |= stored(config)
index["manifests"][0] |= stored(manifest)
Path("first/index.json").write_text(json.dumps(index))
END
python3 edit.py

for tool in umoci regctl crane; do cp -r first $tool; done
umoci config --image umoci:1 --config.label added=1
regctl image mod ocidir://regctl:1 --replace --label added=1 >/dev/null
# crane edits in a registry only
crane_registry
crane push crane "${registry[crane]}/app:1" >/dev/null 2>&1 || cannot "crane push"
crane mutate "${registry[crane]}/app:1" --label added=1 --tag "${registry[crane]}/app:2" >/dev/null 2>&1
rm -r crane
crane pull --format oci "${registry[crane]}/app:2" crane

python3 - <<'END' || changed "what is lost"
import json
import sys
from pathlib import Path


def facts(tool):
    """Return the manifest and the config of the image, by the path to each value."""
    blobs = Path(tool, "blobs/sha256")
    (entry,) = json.loads(Path(tool, "index.json").read_bytes())["manifests"]
    manifest = json.loads((blobs / entry["digest"][7:]).read_bytes())
    config = json.loads((blobs / manifest["config"]["digest"][7:]).read_bytes())
    return {name for value in (manifest, config) for name in names(value)}


def names(value, above=""):
    for key, below in value.items():
        yield f"{above}{key}"
        if isinstance(below, dict):
            yield from names(below, f"{above}{key}/")


lost = {tool: facts("first") - facts(tool) for tool in ("umoci", "regctl", "crane")}
for tool, gone in lost.items():
    print(f"{tool:6} loses {', '.join(sorted(gone))}")
few = {"config/Healthcheck/StartInterval", "org.example.notes"}
more = {"artifactType", "config/Healthcheck", "config/Healthcheck/Test", "config/OnBuild", "config/Shell"}
sys.exit(lost != {"umoci": few | more, "regctl": few, "crane": few})
END
