#!/usr/bin/env bash
# crane: zstd layers of a docker-archive are pushed as they are, under the media type of gzip.
#
# Guess: crane looks at a layer before it names its media type, as it does to see whether it is compressed at all.
# What happens: the blobs of the archive are pushed unchanged, and the manifest calls them "...rootfs.diff.tar.gzip", whether they are gzip
#   or zstd. Uncompressed layers are compressed, with gzip, and the type is right.
# Why it matters: a manifest's media type is not proof of what a blob is. A reader that unpacks by the type alone fails on such an
#   image; the first bytes of the blob say what it is.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
own_home
python_packages zstandard==0.25.0
go_tool github.com/google/go-containerregistry/cmd/crane@v0.22.1

# crane push wants a registry; crane's own, in memory, on a port of loopback that is free
crane registry serve --address 127.0.0.1:0 >registry.log 2>&1 &
registry=$!
trap 'kill "$registry"; clean_up' EXIT
port=
for _ in $(seq 100); do
    port=$(grep -oE 'port [0-9]+|:[0-9]+' registry.log | grep -oE '[0-9]+$' | tail -n 1) || true
    [ -z "$port" ] || break
    sleep 0.1
done
[ -n "$port" ] || cannot "the registry does not start: $(cat registry.log)"

for compression in none gzip zstd; do
    make_image archive "$compression.tar" "$compression"
    crane push "$compression.tar" "127.0.0.1:$port/app:$compression" >/dev/null 2>&1
    crane manifest "127.0.0.1:$port/app:$compression" >manifest.json
    python - "$compression" <<'END'
import json
import sys
import tarfile
from hashlib import sha256
from pathlib import Path

compression = sys.argv[1]
layers = json.loads(Path("manifest.json").read_text())["layers"]
with tarfile.open(f"{compression}.tar") as archive:
    held = [archive.extractfile(one).read() for one in archive if one.name.endswith("/layer.tar")]
kept = [f"sha256:{sha256(one).hexdigest()}" for one in held] == [layer["digest"] for layer in layers]
types = {layer["mediaType"] for layer in layers}
print(f"{compression}: first bytes {held[0][:4].hex()}, {'pushed as they are' if kept else 'compressed'}, {types}")
assert kept == (compression != "none")
assert types == {"application/vnd.docker.image.rootfs.diff.tar.gzip"}
END
done
