#!/usr/bin/env bash
# JSON: what Python writes of a name that is not UTF-8 is read in three ways, two of them silent.
#
# Guess: a document that json.dumps writes is read by every JSON reader, to the same text or to an error that names the place.
# What happens: os.fsdecode makes lone surrogates of bytes that are not UTF-8, and json.dumps writes them as escapes ("\udcff"). Python's json
#   reads them back; jq and Go's encoding/json put U+FFFD in their place and say nothing, so that two names become one; orjson and msgspec
#   refuse the document. msgspec takes a high surrogate at the end of a complete document for data that were cut off. The other way round,
#   msgspec and orjson do not write such a text at all, with two kinds of exception.
# Why it matters: files of layers have such names. A list of files that was made in Python is another list for the tools that gates are made
#   of, and "truncated" sends people to look for a broken download.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
command -v jq >/dev/null || cannot "jq is not installed"
command -v go >/dev/null || cannot "Go is not installed"
jq --version
python_packages "msgspec==0.22.0" "orjson==3.13.0"
go_program read <<'END'
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	var names []string
	if err := json.NewDecoder(os.Stdin).Decode(&names); err != nil {
		fmt.Println("error:", err)
		return
	}
	fmt.Printf("%+q\n", names)
}
END

python3 - <<'END'
import json
import os
import subprocess
import sys

import msgspec
import orjson

names = [os.fsdecode(b"caf\xe9"), os.fsdecode(b"caf\xe8")]
text = json.dumps(names)
print("written:", text)
assert json.loads(text) == names


def said(act):
    """Return what comes of a call, or how it fails."""
    try:
        return ascii(act())
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def program(*words):
    """Return what a program prints of the document."""
    return subprocess.run(words, input=text, capture_output=True, text=True, check=True).stdout.strip()


found = {
    "Go": program("read"),
    "jq": program("jq", "-c", "--ascii-output", "."),
    "msgspec reads": said(lambda: msgspec.json.decode(text)),
    "orjson reads": said(lambda: orjson.loads(text)),
    "msgspec writes": said(lambda: msgspec.json.encode(names)),
    "orjson writes": said(lambda: orjson.dumps(names)),
    "msgspec, high one at the end": said(lambda: msgspec.json.decode(b'"\\ud800"')),
}
for name, what in found.items():
    print(f"{name}: {what}")
wanted = {
    "Go": r'["caf\ufffd" "caf\ufffd"]',
    "jq": r'["caf\ufffd","caf\ufffd"]',
    "msgspec reads": "DecodeError: JSON is malformed",
    "orjson reads": "JSONDecodeError",
    "msgspec writes": "UnicodeEncodeError",
    "orjson writes": "TypeError",
    "msgspec, high one at the end": "DecodeError: Input data was truncated",
}
sys.exit(not all(found[name].startswith(what) for name, what in wanted.items()))
END
