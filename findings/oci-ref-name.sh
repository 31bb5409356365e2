#!/usr/bin/env bash
# OCI layout: a full name as org.opencontainers.image.ref.name is one tag to skopeo and umoci, another to regctl, and none to oras.
#
# Guess: the annotation names an image in the layout, and tools that read layouts find it under that name.
# What happens: with ref.name "example.org/app:1", which skopeo writes for oci:DIR:example.org/app:1, skopeo and umoci want the whole text
#   as the tag; regctl lists and finds the image as "1", and refuses the whole text; oras lists the whole text, but finds
#   the image neither as "1" nor by it (it cuts DIR:NAME at the last colon).
# Why it matters: a layout that one tool wrote with full names has no images for the next one. A writer that is to be read by all
#   of them writes the bare tag as ref.name, and the full name in io.containerd.image.name.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
own_home
debian_packages skopeo=1.9.3+ds1-1+b10 umoci=0.4.7+ds-3+b7
go_tool github.com/regclient/regclient/cmd/regctl@v0.11.7
go_tool oras.land/oras/cmd/oras@v1.3.6

name=example.org/app:1
make_image layout layout gzip "$name"

# expect yes|no COMMAND...: whether the command finds the image.
expect() {
    local wanted=$1 found=no
    shift
    if "$@" >command.log 2>&1; then found=yes; fi
    printf '%-3s  %s\n' "$found" "$*"
    [ "$found" = "$wanted" ] || { cat command.log; changed "$*"; }
}

# shows TEXT COMMAND...: the command lists this text, alone.
shows() {
    local wanted=$1 found
    shift
    found=$("$@")
    echo "lists $found:  $*"
    [ "$found" = "$wanted" ] || changed "$*"
}

expect yes skopeo inspect "oci:layout:$name"
expect no skopeo inspect oci:layout:1
shows "$name" umoci list --layout layout
expect yes umoci stat --image "layout:$name"
expect no umoci stat --image layout:1
shows 1 regctl tag ls ocidir://layout
expect yes regctl manifest head ocidir://layout:1
expect no regctl manifest head "ocidir://layout:$name"
shows "$name" oras repo tags --oci-layout layout
expect no oras resolve --oci-layout layout:1
expect no oras resolve --oci-layout "layout:$name"

skopeo copy --quiet "oci:layout:$name" "oci:by-skopeo:$name"
grep -o '"org.opencontainers.image.ref.name":"[^"]*"' by-skopeo/index.json
grep -q "\"org.opencontainers.image.ref.name\":\"$name\"" by-skopeo/index.json || changed "skopeo writes another name"
