#!/usr/bin/env bash
# Python: two ways to gzip with mtime=0 give two files, and so do two time stamps in one of them.
#
# Guess: gzip.compress(data, level, mtime=0) and gzip.GzipFile(mtime=0) make the same bytes, as both leave the time out; another mtime changes
#   the four bytes of the time and no others.
# What happens: from Python 3.11 to 3.12 gzip.compress(mtime=0), and only with 0, has zlib write the header, which names the system it was
#   built for (byte 9 is 3, Unix); GzipFile, and compress with any other mtime, write 255 (unknown). Python 3.13 writes 255 in all cases again.
# Why it matters: a layer is named by the hash of these bytes. "mtime=0 for reproducible layers" gives another digest for the same files with
#   another function or another Python, and each client pulls them again.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
debian_packages python3.11=3.11.2-6+deb12u6

/usr/bin/python3.11 - <<'END'
import gzip
import io
import platform
import sys

DATA = b"the same files\n" * 1000


def by_file(mtime):
    """Return what GzipFile makes."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=9, mtime=mtime) as file:
        file.write(DATA)
    return out.getvalue()


print("CPython", platform.python_version())
made = {
    "compress, mtime 0": gzip.compress(DATA, 9, mtime=0),
    "compress, mtime 1": gzip.compress(DATA, 9, mtime=1),
    "GzipFile, mtime 0": by_file(0),
    "GzipFile, mtime 1": by_file(1),
}
for name, data in made.items():
    print(f"{name}: time {data[4:8].hex()}, system {data[9]}")
    assert gzip.decompress(data) == DATA
systems = {name: data[9] for name, data in made.items()}
wanted = {name: 3 if name == "compress, mtime 0" else 255 for name in made}
same_but_header = len({data[10:] for data in made.values()}) == 1
sys.exit(systems != wanted or not same_but_header)
END
