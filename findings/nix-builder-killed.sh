#!/usr/bin/env bash
# nix: a builder that closes its streams a moment before it ends has failed, killed by signal 9, although it made its output and would have ended with 0.
#
# Guess: a build has failed if its builder ends with another status than 0.
# What happens: Nix takes the end of the builder's log for its end, kills what is left of it, and reports the signal. GNU tar and all of
#   coreutils close stdout and stderr before they end, and a shell that has nothing else to do gives its place to the last program: a script
#   that ends with one of them is killed now and then, the more often the busier the machine is (tar: 17 times of 60, on two busy processors).
# Why it matters: builds that pack something with tar as their last step fail for no reason that a log could say. A command of the shell's
#   own at the end, like `:`, keeps the shell and so the streams.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
own_home
debian_packages nix-bin=2.8.0-1.1+b1
export NIX_REMOTE="local?root=$work/store" NIX_CONFIG=$'build-users-group =\nsubstitute = false\nsandbox = true\nsandbox-paths = /bin=/usr/bin /lib=/usr/lib /lib64=/usr/lib64 /usr=/usr'

cat >made.nix <<'END'
{ script }:
derivation { name = "made"; system = builtins.currentSystem; builder = "/bin/sh"; PATH = "/bin"; args = [ "-ec" script ]; }
END
# what a program of coreutils does at its end, but slower
closing="echo data > \$out; exec >&- 2>&-; sleep 2; exit 0"
open="echo data > \$out; sleep 2; exit 0"
nix-build --no-out-link made.nix --argstr script "$closing" 2>closing.log && changed "it is built"
grep -o "failed due to signal 9 (Killed)" closing.log || changed "it failed otherwise"
path=$(nix-build --no-out-link made.nix --argstr script "$open" 2>/dev/null)
echo "with open streams it is built: $path"
