#!/usr/bin/env bash
# A file that ends too early: gzip and xz say so, tar and half of zstandard's readers do not.
#
# Guess: whoever reads an archive whose download broke off gets an error.
# What happens: a tar that is cut between two members, or within the header of one, is a shorter archive to Python's tarfile (file and
#   stream) and to GNU tar, which ends with status 0: the two blocks of zeros at the end are not asked for. Only a cut within a
#   member's data is noticed. Of zstandard's readers, stream_reader(), copy_stream() and read_to_iter() return what there is; decompress()
#   raises. gzip, lzma and bz2 raise EOFError.
# Why it matters: a docker-archive that is read from a pipe, or a layer whose producer died, looks like an image with fewer files.
#   Sizes and digests in manifests catch that for blobs; for an archive as a whole nothing does.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
python_packages zstandard==0.25.0
tar --version | head -n 1

python - <<'END'
import bz2
import gzip
import io
import lzma
import random
import subprocess
import tarfile

import zstandard

whole = io.BytesIO()
with tarfile.open(fileobj=whole, mode="w") as archive:
    for name in ("one", "two", "three"):
        member = tarfile.TarInfo(name)
        member.size = 1000
        archive.addfile(member, io.BytesIO(bytes(1000)))
whole = whole.getvalue()
second = 512 + 1024  # a member is a header of one block and data of two


def names(data, mode):
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode=mode) as archive:
            return archive.getnames()
    except tarfile.ReadError as error:
        return f"ReadError: {error}"


for where, size, noticed in (
    ("between members", second, False),
    ("within a header", second + 300, False),
    ("within the data", second + 512 + 300, True),
):
    cut = whole[:size]
    gnu = subprocess.run(["tar", "-tf", "-"], input=cut, capture_output=True, check=False)
    results = names(cut, "r:"), names(cut, "r|")
    print(f"tar cut {where}: tarfile {results[0]} and {results[1]}, GNU tar status {gnu.returncode}")
    assert all(result == ["one"] for result in results) != noticed
    assert (gnu.returncode == 0) != noticed

data = random.Random(5).randbytes(300_000)
cut = zstandard.compress(data)[:-1000]
new = zstandard.ZstdDecompressor
out = io.BytesIO()
new().copy_stream(io.BytesIO(cut), out)
short = {
    "stream_reader()": new().stream_reader(cut).read(),
    "copy_stream()": out.getvalue(),
    "read_to_iter()": b"".join(new().read_to_iter(cut)),
}
for name, read in short.items():
    print(f"zstandard {name}: {len(read)} of {len(data)} bytes, no error")
    assert 0 < len(read) < len(data)
    assert data.startswith(read)
for name, read, error in (
    ("zstandard decompress()", lambda: new().decompress(cut), zstandard.ZstdError),
    ("gzip", lambda: gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(data)[:-1000])).read(), EOFError),
    ("lzma", lambda: lzma.LZMAFile(io.BytesIO(lzma.compress(data)[:-1000])).read(), EOFError),
    ("bz2", lambda: bz2.BZ2File(io.BytesIO(bz2.compress(data)[:-1000])).read(), EOFError),
):
    try:
        read()
    except error as raised:
        print(f"{name}: {type(raised).__name__}: {raised}")
    else:
        raise AssertionError(f"{name} returns what there is")
END
