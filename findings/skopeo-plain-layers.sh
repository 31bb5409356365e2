#!/usr/bin/env bash
# skopeo: a copy from one OCI layout to another compresses the layers that are not compressed, and so makes another image.
#
# Guess: oci: to oci: copies blobs, so that the digest of the manifest stays.
# What happens: gzip and zstd layers keep their bytes, and the image its digest. Uncompressed ones (media type ".tar", which the format
#   allows) are compressed with gzip on the way: other layers, another manifest, other digest, and nothing is said.
#   --preserve-digests keeps them.
# Why it matters: uncompressed layers are the fastest to write and to load. Whoever writes them, notes the digest and lets skopeo push
#   them, has noted a digest that the registry does not know.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
own_home
python_packages zstandard==0.25.0
debian_packages skopeo=1.9.3+ds1-1+b10

# copied DIRECTORY OPTION...: the digest of the image after a copy.
copied() {
    rm -rf target
    skopeo copy --quiet "${@:2}" "oci:$1:v1" oci:target:v1
    skopeo inspect --format '{{.Digest}}' oci:target:v1
}

for compression in none gzip zstd; do
    make_image layout "$compression" "$compression" v1
    before=$(skopeo inspect --format '{{.Digest}}' "oci:$compression:v1")
    after=$(copied "$compression")
    echo "$compression: before ${before:7:12}, after ${after:7:12}"
    if [ "$compression" = none ]; then
        [ "$before" != "$after" ] || changed "uncompressed layers are kept"
        [ "$before" = "$(copied none --preserve-digests)" ] || changed "--preserve-digests does not keep them"
    else
        [ "$before" = "$after" ] || changed "$compression layers are not kept"
    fi
done
