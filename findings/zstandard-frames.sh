#!/usr/bin/env bash
# zstandard: half of the readers stop after the first frame and say nothing.
#
# Guess: a zstd file is one frame or more, the zstd program reads them all, and gzip.decompress() reads all gzip members: so
#   decompress() gives all the data.
# What happens: decompress() of the module and of the class, read_to_iter() and decompressobj() end after the first frame,
#   without an error. stream_reader(), stream_writer(), copy_stream() and open() go on, although read_across_frames
#   is said to be False by default. decompress(read_across_frames=True) is a ZstdError: not implemented.
#   Only decompressobj() shows that there is more, in unused_data.
# Why it matters: layers made by several threads or in pieces (pzstd, zstd:chunked) have many frames. A tool that reads them with
#   decompress() sees the first files of a layer and a wrong diff_id, or hands on a part as the whole.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
python_packages zstandard==0.25.0

python - <<'END'
import io

import zstandard

data = zstandard.compress(b"first ") + zstandard.compress(b"second")
new = zstandard.ZstdDecompressor


def copied():
    out = io.BytesIO()
    new().copy_stream(io.BytesIO(data), out)
    return out.getvalue()


def pushed():
    out = io.BytesIO()
    with new().stream_writer(out, closefd=False) as writer:
        writer.write(data)
    return out.getvalue()


found = {
    "decompress()": zstandard.decompress(data),
    "ZstdDecompressor.decompress()": new().decompress(data),
    "read_to_iter()": b"".join(new().read_to_iter(data)),
    "decompressobj()": new().decompressobj().decompress(data),
    "stream_reader()": new().stream_reader(data).read(),
    "stream_writer()": pushed(),
    "copy_stream()": copied(),
    "open()": zstandard.open(io.BytesIO(data)).read(),
}
for name, read in found.items():
    print(f"{name:30} {read.decode()}")
assert list(found.values()) == [b"first "] * 4 + [b"first second"] * 4
try:
    new().decompress(data, read_across_frames=True)
except zstandard.ZstdError as error:
    print("decompress(read_across_frames=True):", error)
else:
    raise AssertionError("decompress(read_across_frames=True) works")
END
