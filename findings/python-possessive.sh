#!/usr/bin/env bash
# Python: a possessive group of Debian 12's Python keeps what a try has read that failed.
#
# Guess: (?:ab?c)*+ matches the same as the atomic group (?>(?:ab?c)*), as the manual says; they differ from (?:ab?c)* only in what is
#   given back later.
# What happens: with CPython 3.11.2 the possessive group ends in the middle of a try that has not matched, if there is something before
#   its end to go back to (the b? of ab?c). In "abcab" it matches "abca", and in "abcabx" it is found before "bx": texts that no
#   repetition of ab?c makes. The atomic group and the plain one match "abc". A try with nothing to go back to is given up as a whole.
#   CPython 3.11.7 and 3.12 match the same with all three.
# Why it matters: possessive groups came with Python 3.11, so a package that asks for 3.11 uses them on the one that Debian 12 has. An
#   expression that bounds or splits names reads past their end there, and its tests pass everywhere else.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
debian_packages python3.11=3.11.2-6+deb12u6

/usr/bin/python3.11 - <<'END_OF_PYTHON'
import platform
import re

expected = {
    (r"(?:ab?c)*+", "abcab"): "abca",
    (r"(?>(?:ab?c)*)", "abcab"): "abc",
    (r"(?:ab?c)*", "abcab"): "abc",
    (r"(?:ab?c)*+bx", "abcabx"): "abcabx",
    (r"(?>(?:ab?c)*)bx", "abcabx"): None,
    (r"(?:abc)*+", "abcab"): "abc",
    (r"(?:[a-z]+[0-9]?\.)*+", "lib6.so.six"): "lib6.so.s",
    (r"(?>(?:[a-z]+[0-9]?\.)*)", "lib6.so.six"): "lib6.so.",
}
print("CPython", platform.python_version())
found = {}
for pattern, text in expected:
    match = re.match(pattern, text)
    found[pattern, text] = match and match.group()
    print(f"{pattern:28} {text:12} {found[pattern, text]}")
raise SystemExit(found != expected)
END_OF_PYTHON
