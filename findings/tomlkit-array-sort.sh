#!/usr/bin/env bash
# tomlkit: sort() of an array reaches the value and not the document; reverse() reaches both.
#
# Guess: an Array is a list that knows its text, so after sort() the document is written in the new order.
# What happens: after sort(), iterating gives the new order, dumps() the old one, and nothing is raised; reading the text back
#   gives another value than the one in memory. reverse() changes both.
# Why it matters: plan files and lock files that list store paths or packages are sorted so that their diffs stay small;
#   with sort() the file never changes, while a program that checks its own value sees the order it asked for.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
python_packages tomlkit==0.15.2

python - <<'END'
import tomlkit

SOURCE = 'packages = ["zlib", "glibc", "openssl"]\n'


def after(change):
    document = tomlkit.parse(SOURCE)
    change(document)
    text = tomlkit.dumps(document)
    print("value:", list(document["packages"]), " text:", text.strip())
    return list(document["packages"]), list(tomlkit.parse(text)["packages"])


sorted_names = ["glibc", "openssl", "zlib"]
assert after(lambda document: document["packages"].sort()) == (sorted_names, ["zlib", "glibc", "openssl"])
assert after(lambda document: document["packages"].reverse()) == (["openssl", "glibc", "zlib"],) * 2
# a new array is written as it is
assert after(lambda document: document.update(packages=sorted_names)) == (sorted_names, sorted_names)
END
