#!/usr/bin/env bash
# docker-archive: one file, and every tool gives the image another digest.
#
# Guess: the digest of an image in an archive is a property of the file; a tool that prints it prints what a push gives.
# What happens: an archive holds no manifest, only layers and a config, so that each tool makes one up. `skopeo inspect` prints the
#   digest of a manifest of uncompressed layers, which is never pushed; skopeo's copy, crane and regctl each
#   compress with a gzip of their own. Four digests come of one file. If the layers in the archive are gzip already,
#   crane keeps them, and skopeo and regctl unpack and compress them anew: their digests are the same as before.
# Why it matters: whether a layer is in the registry already is asked by the digest of its compressed form. An image that went through
#   a docker-archive is pushed whole by a tool other than the one that pushed the version before.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
own_home
debian_packages skopeo=1.9.3+ds1-1+b10
go_tool github.com/google/go-containerregistry/cmd/crane@v0.22.1
go_tool github.com/regclient/regclient/cmd/regctl@v0.11.7

# digests FILE: what four ways to look at it say, one a line.
digests() {
    skopeo inspect --format '{{.Digest}}' "docker-archive:$1"
    skopeo copy --quiet "docker-archive:$1" "oci:copied-$1:1"
    skopeo inspect --format '{{.Digest}}' "oci:copied-$1:1"
    crane digest --tarball "$1" app:1
    regctl image import "ocidir://imported-$1:1" "$1" >/dev/null
    regctl manifest head "ocidir://imported-$1:1"
}

for compression in none gzip; do
    make_image archive "$compression.tar" "$compression"
    echo "layers in the archive: $compression"
    digests "$compression.tar" >"$compression.txt"
    paste -d ' ' <(printf '  %-15s\n' "skopeo inspect" "skopeo copy" crane regctl) "$compression.txt"
    [ "$(sort -u "$compression.txt" | wc -l)" = 4 ] || changed "two of them agree"
done
[ "$(comm -12 <(sort none.txt) <(sort gzip.txt) | wc -l)" = 3 ] || changed "others than crane tell the two files apart"
[ "$(sed -n 3p none.txt)" != "$(sed -n 3p gzip.txt)" ] || changed "crane compresses anew"
