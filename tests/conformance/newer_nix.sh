#!/usr/bin/env bash
# Makes FOLDER/bin/nix, nix-store and nix-instantiate, of a newer Debian, beside the Nix of this machine.
#
# usage: newer_nix.sh FOLDER
#
# The Debian is in FOLDER/root; where it is not there, newer_debian.sh makes it, which needs root and debootstrap.
# NIXDIVE_NEWER_NIX=FOLDER/bin lets the tests of test_nix.py run with it.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
folder=$(realpath -m "$1")
[[ -e $folder/root/usr/bin/nix ]] || "$here/newer_debian.sh" make "$folder" nix-bin libdbi-perl
mkdir -p "$folder/bin"
loader=$(echo "$folder"/root/usr/lib64/ld-linux-*.so.*)
libraries=$(dirname "$(realpath "$loader")")
for name in nix nix-store nix-instantiate; do
  # not in a chroot: it is to see the same files as nixdive; without the hook for other machines, which needs one
  printf '#!/bin/sh\nexec %q --library-path %q --argv0 %s %q --option build-hook "" "$@"\n' \
    "$loader" "$libraries" "$name" "$folder/root/usr/bin/nix" >"$folder/bin/$name"
  chmod +x "$folder/bin/$name"
done
"$folder/bin/nix" --version
