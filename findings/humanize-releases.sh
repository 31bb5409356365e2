#!/usr/bin/env bash
# humanize: the words for one size or duration change from minor release to minor release.
#
# Guess: naturalsize() and naturaldelta() are stable; 999 950 bytes are "1.0 MB", and 90 seconds are "a minute".
# What happens: up to 4.15 naturalsize(999_950) is "1000.0 kB" and 1 MiB less one byte "1024.0 KiB"; 4.17 carries to the
#   next unit. Up to 4.13 naturaldelta(90 s) is "a minute" and one second less than a day "23 hours"; from 4.15 on they are
#   "2 minutes" and "a day".
# Why it matters: figures on screens and in reports are compared with snapshots, and columns are as wide as the longest figure. With a
#   lower bound only, the same input is printed in several ways; "never 1000 of a unit" needs 4.17 or code of one's own.
set -euo pipefail
source "$(dirname "$0")/setup.sh"

for version in 4.13.0 4.15.0 4.17.0; do
    python_packages "humanize==$version"
    python - "$version" <<'END'
import sys
from datetime import timedelta

import humanize

found = [
    humanize.naturalsize(999_950),
    humanize.naturalsize(1024**2 - 1, binary=True),
    humanize.naturaldelta(timedelta(seconds=90)),
    humanize.naturaldelta(timedelta(seconds=86_399)),
]
print(found)
old_sizes, new_sizes = ["1000.0 kB", "1024.0 KiB"], ["1.0 MB", "1.0 MiB"]
old_times, new_times = ["a minute", "23 hours"], ["2 minutes", "a day"]
expected = {"4.13.0": old_sizes + old_times, "4.15.0": old_sizes + new_times, "4.17.0": new_sizes + new_times}
assert found == expected[sys.argv[1]], found
END
done
