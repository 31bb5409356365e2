#!/usr/bin/env bash
# gzip: zeros behind the last member are padding to some readers, an error to others, and data to none.
#
# Guess: RFC 1952 says that a gzip file is a series of members and nothing else: zeros behind the last one are garbage for all, or for none.
# What happens: the gzip program, Python's gzip, isal and zlib-ng read such a file to its end in silence, as tapes used to be padded. Go's
#   compress/gzip gives all the data and then the error "invalid header". Zeros between two members, Python and its kin pass over as well,
#   and read both; the gzip program reads the first, warns of trailing garbage, and ends with 2.
# Why it matters: a layer that was padded to whole blocks is sound for `gzip -t` and for any check in Python, and fails in the tools
#   written in Go, at the last step. "It is damaged" and "it is fine" are both right, each by its reader.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
gzip --version | head -1
python_packages "isal==1.9.1" "zlib-ng==1.1.0"
go_program go-read <<'END'
package main

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
)

func main() {
	packed, err := gzip.NewReader(os.Stdin)
	if err == nil {
		_, err = io.Copy(os.Stdout, packed)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
END

python3 - <<'END' || changed "who reads what"
import gzip
import io
import subprocess
import sys

from isal import igzip
from zlib_ng import gzip_ng

first, second = gzip.compress(b"first ", mtime=0), gzip.compress(b"second", mtime=0)
FILES = {"zeros behind": first + second + bytes(512), "zeros between": first + bytes(512) + second}


def program(*words):
    def read(data):
        done = subprocess.run(words, input=data, capture_output=True, check=False)
        return done.stdout.decode(), done.returncode

    return read


READERS = {
    "Python, gzip.decompress": lambda data: (gzip.decompress(data).decode(), 0),
    "Python, gzip.open": lambda data: (gzip.open(io.BytesIO(data)).read().decode(), 0),
    "isal, igzip.decompress": lambda data: (igzip.decompress(data).decode(), 0),
    "zlib-ng, gzip_ng.decompress": lambda data: (gzip_ng.decompress(data).decode(), 0),
    "gzip -dc": program("gzip", "-dc"),
    "Go, compress/gzip": program("go-read"),
}
found = {name: [read(data) for data in FILES.values()] for name, read in READERS.items()}
for name, pairs in found.items():
    said = ("  ".join(f"{file}: {text!r}, status {status}" for file, (text, status) in zip(FILES, pairs, strict=True)))
    print(f"{name:28} {said}")
whole = ("first second", 0)
wanted = dict.fromkeys(READERS, [whole, whole])
wanted |= {"gzip -dc": [whole, ("first ", 2)], "Go, compress/gzip": [("first second", 1), ("first ", 1)]}
sys.exit(found != wanted)
END
