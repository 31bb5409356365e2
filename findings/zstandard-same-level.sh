#!/usr/bin/env bash
# zstandard: one level, one input, three different outputs.
#
# Guess: the bytes depend on the data, the level and the version; whether they are compressed at once or in pieces, and with how
#   many threads, is a matter of speed, as it is for zlib.
# What happens: at level 3, 1 MiB compressed at once, the same as a stream (its size declared), and the same with threads=1 are three
#   different frames. How the stream is cut into pieces changes nothing, and neither does the number of
#   threads above none: 1 and 4 give the same. With 64 KiB all are the same.
# Why it matters: a layer's digest is made from these bytes. A writer that compresses small layers at once and large ones as a stream,
#   or that uses threads where there are several processors, pushes the same layer again under another digest.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
python_packages zstandard==0.25.0

python - <<'END'
import random

import zstandard

chance = random.Random(5)
words = [chance.randbytes(chance.randint(3, 12)) for _ in range(3000)]
text = b"".join(chance.choice(words) for _ in range(200_000))


def at_once(data, threads=0):
    return zstandard.ZstdCompressor(level=3, threads=threads).compress(data)


def stream(data, piece):
    compressor = zstandard.ZstdCompressor(level=3).compressobj(size=len(data))
    pieces = [compressor.compress(data[start : start + piece]) for start in range(0, len(data), piece)]
    return b"".join(pieces) + compressor.flush()


for size in (64 << 10, 1 << 20):
    data = text[:size]
    frames = {
        "at once": at_once(data),
        "at once, threads=1": at_once(data, 1),
        "at once, threads=4": at_once(data, 4),
        "stream of 4 KiB": stream(data, 4 << 10),
        "stream of 256 KiB": stream(data, 256 << 10),
    }
    print(f"{size} bytes at level 3:")
    known = {}
    for name, frame in frames.items():
        number = known.setdefault(frame, len(known) + 1)
        print(f"  {name:20} {len(frame)} bytes, output {number}")
        assert zstandard.decompress(frame) == data
    order = [known[frame] for frame in frames.values()]
    assert order == ([1, 1, 1, 1, 1] if size == 64 << 10 else [1, 2, 2, 3, 3]), order
END
