#!/usr/bin/env bash
# Go's encoding/json and Python's json: the same config, written again, is other bytes.
#
# Guess: reading a config or manifest and writing it compactly, keys in the same order, gives the bytes that were there.
# What happens: Go escapes <, >, & and the line separators U+2028 and U+2029, and leaves other letters as they are; Python
#   does it the other way round. A history entry `RUN a && b` is "RUN a \u0026\u0026 b" where Go wrote it. A whole
#   float is 1 in Go and 1.0 in Python, 1e20 is written out in Go, and small exponents are 1e-7 and 1e-07.
# Why it matters: the digest of a config is the image's id, and that of a manifest is what people pin. The tools that build images are
#   written in Go. Whatever was not changed has to be passed on as the bytes that were read: parsing and writing again changes the digest.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
python3 --version
go_program write-again <<'END'
package main

import (
	"encoding/json"
	"io"
	"os"
)

func main() {
	data, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		panic(err)
	}
	data, err = json.Marshal(value)
	if err != nil {
		panic(err)
	}
	os.Stdout.Write(data)
}
END

python3 - <<'END'
import json
import subprocess

for value in (
    {"created_by": "RUN a && b > c < d"},
    {"author": "Zoë\u2028"},
    {"numbers": [1.0, 1e20, 1e-7]},
):
    compact = {"separators": (",", ":")}
    plain = json.dumps(value, **compact)
    letters = json.dumps(value, ensure_ascii=False, **compact)
    go = subprocess.run(["write-again"], input=plain.encode(), check=True, capture_output=True).stdout.decode()
    print(f"Go: {go!r}\n  Python: {plain!r}\n  Python, ensure_ascii=False: {letters!r}")
    assert go not in (plain, letters), "they agree"
    assert json.loads(go) == value
END
