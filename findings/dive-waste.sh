#!/usr/bin/env bash
# dive: its "wasted" bytes count what is still used, and miss a directory that was deleted.
#
# Guess: wasted bytes are those that the image carries and nobody can see, so that removing them saves as much.
# What happens: a file of 1000 bytes that an upper layer replaces counts 2000, both copies, although one of them is in use. A file that an upper
#   layer deletes counts 1000, as one would think. A directory with a file of 1000 bytes that an upper layer deletes
#   counts 0, and the efficiency is 100 %.
# Why it matters: CI gates are set to these figures. A tool that shows them under dive's names has to compute them dive's way, and has to
#   show the bytes that really can be saved as another figure.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
own_home
go_tool github.com/wagoodman/dive/cmd/dive@v0.13.2-0.20250516191726-d6c691947f8f

for case in replaced-file deleted-file deleted-directory; do
    make_image waste "$case.tar" "$case"
    dive --source docker-archive "$case.tar" --json "$case.json" >dive.log 2>&1 || { cat dive.log; cannot "dive does not read the image"; }
done

python3 - <<'END'
import json
from pathlib import Path

for case, really, wasted, efficient in (
    ("replaced-file", 1000, 2000, False),
    ("deleted-file", 1000, 1000, False),
    ("deleted-directory", 1000, 0, True),
):
    image = json.loads(Path(f"{case}.json").read_text())["image"]
    found = image["inefficientBytes"], image["efficiencyScore"]
    print(f"{case}: dive says {found[0]} bytes and {found[1]:.3f}; {really} bytes cannot be seen")
    assert found[0] == wasted, found
    assert (found[1] == 1) == efficient, found
END
