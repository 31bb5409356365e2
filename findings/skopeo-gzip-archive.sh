#!/usr/bin/env bash
# skopeo: Debian 12's cannot read a docker-archive that is packed with gzip; xz, bzip2 and zstd are fine.
#
# Guess: gzip is the one compression that every tool reads, and docker-archive: takes packed files.
# What happens: skopeo 1.9.3 unpacks .tar.xz, .tar.bz2 and .tar.zst, and ends at .tar.gz with "unexpected EOF" while it looks for
#   manifest.json, as if the file were damaged. Unpacked by hand it is read, and is the same image.
# Why it matters: dockerTools.buildLayeredImage packs its result with gzip. A tool that writes a docker-archive as one file for
#   others leaves it unpacked and compresses the layers instead.
# Source: podman issue 15944.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
own_home
debian_packages skopeo=1.9.3+ds1-1+b10 xz-utils=5.4.1-1 bzip2=1.0.8-5+b1 zstd=1.5.4+dfsg2-5

make_image archive image.tar none
plain=$(skopeo inspect --format '{{.Digest}}' docker-archive:image.tar)
gzip --keep image.tar
xz --keep image.tar
bzip2 --keep image.tar
zstd --quiet image.tar -o image.tar.zst
for packed in image.tar.xz image.tar.bz2 image.tar.zst; do
    found=$(skopeo inspect --format '{{.Digest}}' "docker-archive:$packed")
    echo "$packed: ${found:0:19}"
    [ "$found" = "$plain" ] || changed "$packed is another image"
done
if skopeo inspect docker-archive:image.tar.gz >gzip.log 2>&1; then changed "image.tar.gz is read"; fi
echo "image.tar.gz: $(grep -o 'loading tar component.*' gzip.log)"
gzip --decompress --stdout image.tar.gz >again.tar
cmp image.tar again.tar
