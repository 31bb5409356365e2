#!/usr/bin/env bash
# usage: newer_nix.sh FOLDER [SUITE [MIRROR]]
# Makes FOLDER/bin/nix and FOLDER/bin/nix-store, of a newer Debian, beside the Nix of this machine; needs root and
# debootstrap. NIXDIVE_NEWER_NIX=FOLDER/bin lets the tests of test_nix.py run with it.
set -euo pipefail
folder=$(realpath -m "$1") suite=${2:-forky} mirror=${3:-http://deb.debian.org/debian}
script=/usr/share/debootstrap/scripts/$suite
[ -e "$script" ] || ln -s sid "$script" # an older debootstrap does not know the name
mkdir -p "$folder/bin"
# what has to be set up in a running system stays unconfigured, which is a failure to debootstrap and none to us
debootstrap --no-check-gpg --variant=minbase --include=nix-bin "$suite" "$folder/root" "$mirror" >"$folder/log" 2>&1 || true
loader=$(echo "$folder"/root/usr/lib64/ld-linux-*.so.*)
libraries=$(dirname "$(realpath "$loader")")
for name in nix nix-store; do
    # not in a chroot: it is to see the same files as nixdive; without the hook for other machines, which needs one
    printf '#!/bin/sh\nexec %q --library-path %q --argv0 %s %q --option build-hook "" "$@"\n' \
        "$loader" "$libraries" "$name" "$folder/root/usr/bin/nix" >"$folder/bin/$name"
    chmod +x "$folder/bin/$name"
done
"$folder/bin/nix" --version
