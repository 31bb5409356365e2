#!/usr/bin/env bash
# Makes FOLDER/bin/registry (distribution 3) and FOLDER/bin/crane out of the Go module proxy.
#
# usage: go_registries.sh FOLDER [NEWER]
#
# With the go of the Debian that newer_debian.sh made in NEWER, or else with that of this machine, which has to
# be 1.26 or newer. What is made needs no library: it runs on any Linux. With FOLDER/bin in PATH the tests of
# test_registries.py run with both.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
folder=$(realpath -m "$1")
modules=(
  github.com/distribution/distribution/v3/cmd/registry@v3.1.2
  github.com/google/go-containerregistry/cmd/crane@v0.22.1
)
settings=(CGO_ENABLED=0 "GOBIN=$folder/bin" "GOPATH=$folder/go" "GOCACHE=$folder/cache" GOTOOLCHAIN=local)
settings+=(GOFLAGS=-modcacherw)
mkdir -p "$folder"
for module in "${modules[@]}"; do
  words=(env "${settings[@]}" go install "$module")
  if (($# > 1)); then
    "$here/newer_debian.sh" run "$2" "$folder" -- "${words[@]}"
  else
    "${words[@]}"
  fi
done
rm -rf "$folder/go" "$folder/cache"
ls "$folder/bin"
