#!/usr/bin/env bash
# dive: --json FILE writes over an existing file without cutting it, and leaves the end of the old report.
#
# Guess: the file holds the report of the image that was asked for.
# What happens: if the file was there and its report was longer, the end of that one stays behind the new one. dive ends with status 0,
#   and JSON parsers refuse the file.
# Why it matters: in CI the file is often there, from a cache or an earlier step. Tools that read dive's reports have to
#   expect text behind the document; whoever starts dive removes the file first.
# Source: dive issue 502.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
own_home
go_tool github.com/wagoodman/dive/cmd/dive@v0.13.2-0.20250516191726-d6c691947f8f

make_image waste long.tar replaced-file
make_image waste short.tar deleted-directory

# report IMAGE FILE: dive's report, whatever dive says beside it.
report() {
    dive --source docker-archive "$1" --json "$2" >dive.log 2>&1 || { cat dive.log; cannot "dive does not read the image"; }
}

report long.tar kept.json
long=$(stat -c %s kept.json)
report short.tar kept.json
report short.tar fresh.json
echo "the long report: $long bytes; the short one: $(stat -c %s fresh.json); written over the long one: $(stat -c %s kept.json)"
python3 - <<'END'
import json
from pathlib import Path

kept, fresh = Path("kept.json").read_text(), Path("fresh.json").read_text()
json.loads(fresh)
assert kept.startswith(fresh)
assert len(kept) > len(fresh)
try:
    json.loads(kept)
except json.JSONDecodeError as error:
    print("reading the file that was written over:", error)
else:
    raise AssertionError("the file that was written over can be read")
END
