#!/usr/bin/env bash
# nix: `why-depends` ends with status 0 where there is no dependency, and colours what goes into a pipe.
#
# Guess: the command is a question with two answers, and its status tells them apart, as that of grep does; into a pipe it writes plain text.
# What happens: the status is 0 for both. Where there is no dependency, standard output is empty, and the one sentence about it is on standard
#   error. Where there is one, each line below the first ends with an escape sequence for the terminal, into a file too, and NO_COLOR
#   changes nothing. A path depends on itself, with status 0.
# Why it matters: a check in CI that no compiler has come into the closure, `nix why-depends image gcc && exit 1`, always fails, and its
#   opposite never does. Whether standard output is empty is the answer; `nix-store --query --requisites` and grep have a status.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
own_home
debian_packages nix-bin=2.8.0-1.1+b1
export NIX_REMOTE="local?root=$work/store" NIX_CONFIG="build-users-group =" NO_COLOR=1

# text files that name each other: user refers to used, nothing refers to other
nix-instantiate --eval --read-write-mode --json --strict >paths 2>/dev/null --expr '
  let used = builtins.toFile "used" "used";
  in [ (builtins.toFile "user" "refers to ${used}") used (builtins.toFile "other" "other") ]'
read -r user used other < <(python3 -c 'import json; print(*json.load(open("paths")))')

# ask FROM TO: prints what why-depends says, and sets status.
ask() {
    status=0
    nix --extra-experimental-features nix-command --offline why-depends "$@" >out 2>err || status=$?
    echo "why-depends ${1##*-} ${2##*-}: status $status"
    sed -n l out
    grep depend err || true
}

ask "$user" "$used"
[ "$status" = 0 ] || changed "the status of a dependency"
grep -q "$used"$'\e' out || changed "no escape sequence"
ask "$user" "$other"
[ "$status" = 0 ] || changed "the status where there is no dependency"
[ ! -s out ] || changed "standard output where there is no dependency"
grep -q "does not depend on" err || changed "standard error does not say it"
ask "$user" "$user"
[ "$status" = 0 ] && [ -s out ] || changed "a path and itself"
