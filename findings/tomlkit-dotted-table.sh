#!/usr/bin/env bash
# tomlkit: a table that is put below a dotted key leaves its parent, or takes the keys after it along.
#
# Guess: whatever is assigned, the text that dumps() makes has the value that the document has.
# What happens: inside [image], with `config.user = "app"`, the new table document["image"]["config"]["env"] is written
#   with the header [config.env], at the top level: image has lost it. In a document of dotted keys the new header
#   stands between them, so the next dotted key becomes a member of the new table. Nothing is raised in either case.
# Why it matters: dotted keys are what people write by hand in plan files and in tool configuration. A program that edits
#   such a file has to read back what it wrote and compare, since the value in memory looks right.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
python_packages tomlkit==0.15.2

python - <<'END'
import tomlkit


def edited(source, *keys):
    document = tomlkit.parse(source)
    parent = document
    for key in keys:
        parent = parent[key]
    parent["env"] = {"LANG": "C"}
    text = tomlkit.dumps(document)
    print(text)
    return document.unwrap(), tomlkit.parse(text).unwrap()


value, read = edited('[image]\nconfig.user = "app"\n', "image", "config")
assert value == {"image": {"config": {"user": "app", "env": {"LANG": "C"}}}}
assert read == {"image": {"config": {"user": "app"}}, "config": {"env": {"LANG": "C"}}}, read

value, read = edited('layers.base = ["glibc"]\nlayers.app = ["shop"]\n', "layers")
assert value == {"layers": {"base": ["glibc"], "app": ["shop"], "env": {"LANG": "C"}}}
assert read == {"layers": {"base": ["glibc"], "env": {"LANG": "C", "layers": {"app": ["shop"]}}}}, read
END
