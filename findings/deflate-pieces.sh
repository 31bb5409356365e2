#!/usr/bin/env bash
# isal and zlib-ng: the compressed bytes depend on how the input was cut into pieces; with zlib they do not.
#
# Guess: compressobj() of isal_zlib and zlib_ng has the interface of zlib's, so the output depends on the data and the level alone, and
#   the size of the read buffer does not matter.
# What happens: feeding the same data in pieces of 1000 bytes, 4 KiB, 64 KiB or at once gives up to four different outputs with isal's
#   levels 1 to 3 and with zlib-ng's levels 1, 5 and 6 (6 is the default). zlib gives one, at every level.
# Why it matters: a gzip layer has to have the same digest when it is written again, or it is pushed again. A writer that uses these
#   libraries has to feed them in pieces of one fixed size, whatever the reads return.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
python_packages isal==1.9.1 zlib-ng==1.1.0

python - <<'END'
import random
import zlib

from isal import isal_zlib
from zlib_ng import zlib_ng

chance = random.Random(5)
words = [chance.randbytes(chance.randint(3, 12)) for _ in range(3000)]
data = b"".join(chance.choice(words) for _ in range(200_000))


def outputs(library, level):
    found = set()
    for piece in (1000, 4 << 10, 64 << 10, len(data)):
        compressor = library.compressobj(level)
        pieces = [compressor.compress(data[start : start + piece]) for start in range(0, len(data), piece)]
        found.add(b"".join(pieces) + compressor.flush())
    assert {zlib.decompress(one) for one in found} == {data}
    return len(found)


print("outputs for four sizes of pieces:")
one, several = [(zlib, 1), (zlib, 6), (zlib, 9)], [(isal_zlib, 1), (isal_zlib, 2), (isal_zlib, 3)]
several += [(zlib_ng, 1), (zlib_ng, 5), (zlib_ng, 6)]
for library, level in one + several:
    count = outputs(library, level)
    print(f"  {library.__name__} {level}: {count}")
    assert (count == 1) == ((library, level) in one), "the number of outputs is another one"
END
