#!/usr/bin/env bash
# nix: `path-info --json` of a store path that does not exist ends with status 0.
#
# Guess: the command fails for a path that the store does not have, with --json as without.
# What happens: without --json it fails, with status 1. With --json it prints an entry {"path": ..., "valid": false}, without narSize or
#   references, beside the good ones, and ends with 0; the only words about it are on standard error. With --recursive it
#   fails again, and prints nothing.
# Why it matters: a tool that trusts the status reads an entry without a size and a graph with a hole. The check is the
#   key "valid" (null instead of an object in the newer forms), not the status.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
own_home
debian_packages nix-bin=2.8.0-1.1+b1
export NIX_REMOTE="local?root=$work/store" NIX_CONFIG="build-users-group ="

echo hello >hello
known=$(nix-store --add hello 2>/dev/null)
unknown=/nix/store/00000000000000000000000000000000-unknown

# path_info OPTION...: prints what path-info prints, and sets status.
path_info() {
    status=0
    nix --extra-experimental-features nix-command --offline path-info "$@" >out 2>err || status=$?
    echo "path-info $*: status $status"
    [ ! -s out ] || printf '  %s\n' "$(cat out)"
}

path_info "$known" "$unknown"
[ "$status" = 1 ] || changed "it does not fail without --json"
path_info --json "$known" "$unknown"
[ "$status" = 0 ] || changed "it fails with --json"
python3 - "$known" "$unknown" <<'END'
import json
import sys
from pathlib import Path

known, unknown = sys.argv[1:]
entries = {entry["path"]: entry for entry in json.loads(Path("out").read_text())}
assert entries[unknown] == {"path": unknown, "valid": False}, entries
assert "narSize" in entries[known]
assert "valid" not in entries[known]
END
grep -q "don't know how to build these paths" err || changed "standard error does not name the path"
path_info --json --recursive "$known" "$unknown"
[ "$status" = 1 ] || changed "it does not fail with --recursive"
[ ! -s out ] || changed "it prints something with --recursive"
