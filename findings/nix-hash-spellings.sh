#!/usr/bin/env bash
# nix: one installation writes the same NAR hash in three spellings, and its base 32 is not the usual one with other letters.
#
# Guess: Nix writes hashes in one way; its base 32 is RFC 4648 with an alphabet of its own.
# What happens: `path-info --json` gives "sha256-" and base 64, `nix-store --query --hash` and the content address give "sha256:" and
#   base 32, and `nix-store --dump-db` hexadecimal digits without a name. Base 32 counts the bits from the last byte to the first and
#   pads the first letter, not the last: exchanging the letters of RFC 4648's gives another text.
# Why it matters: closures come from any of the three. A tool that compares them, or keys a cache by them, has to turn
#   them into bytes first, and library functions for base 32 do not help.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
own_home
debian_packages nix-bin=2.8.0-1.1+b1
export NIX_REMOTE="local?root=$work/store" NIX_CONFIG="build-users-group ="

mkdir tree
echo hello >tree/file
path=$(nix-store --add tree 2>/dev/null)
nix --extra-experimental-features nix-command --offline path-info --json "$path" >path-info.json
nix-store --query --hash "$path" >query.txt
nix-store --dump-db "$path" >dump.txt
nix-store --dump tree >tree.nar

python3 - <<'END'
import base64
import json
from hashlib import sha256
from pathlib import Path

LETTERS = "0123456789abcdfghijklmnpqrsvwxyz"
RFC = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

digest = sha256(Path("tree.nar").read_bytes()).digest()
(entry,) = json.loads(Path("path-info.json").read_text())
query = Path("query.txt").read_text().strip()
dump = Path("dump.txt").read_text().splitlines()[1]
print("path-info --json: ", entry["narHash"])
print("its content address:", entry["ca"])
print("--query --hash:    ", query)
print("--dump-db:         ", dump)

number = int.from_bytes(digest, "little")
base32 = "".join(LETTERS[number >> 5 * place & 31] for place in reversed(range(52)))
exchanged = base64.b32encode(digest).decode().rstrip("=").translate(str.maketrans(RFC, LETTERS))
print("RFC 4648, letters exchanged:", exchanged)
assert entry["narHash"] == "sha256-" + base64.b64encode(digest).decode()
assert query == "sha256:" + base32
assert entry["ca"] == "fixed:r:" + query
assert dump == digest.hex()
assert exchanged != base32
END
