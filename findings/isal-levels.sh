#!/usr/bin/env bash
# isal: the numbers of its levels do not mean what they mean to zlib.
#
# Guess: isal_zlib is zlib, faster: level 0 stores, -1 is the default, 6 and 9 exist.
# What happens: level 0 compresses (zlib's level 0 stores, and grows the data by a little), levels go to 3, and -1, 6 and 9 raise
#   IsalError. The default is 2. More is not always smaller: on data with few repeats level 3 gives more bytes than level 2.
# Why it matters: a writer that offers "gzip, level N" and takes isal where there is a wheel has to say whose N it is. zlib's constants
#   cannot be handed on, and level 0, the way to store a layer without compression, compresses.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
python_packages isal==1.9.1

python - <<'END'
import random
import zlib

from isal import isal_zlib

chance = random.Random(5)
words = [chance.randbytes(chance.randint(3, 12)) for _ in range(3000)]
data = b"".join(chance.choice(words) for _ in range(200_000))

print(f"{len(data)} bytes; zlib level 0: {len(zlib.compress(data, 0))}")
assert len(zlib.compress(data, 0)) > len(data)
sizes = [len(isal_zlib.compress(data, level)) for level in range(4)]
print("isal levels 0 to 3:", sizes, "default:", isal_zlib.Z_DEFAULT_COMPRESSION)
assert sizes[0] < len(data)
assert sizes[3] > sizes[2]
assert isal_zlib.Z_DEFAULT_COMPRESSION == 2
for level in (zlib.Z_DEFAULT_COMPRESSION, 6, zlib.Z_BEST_COMPRESSION):
    try:
        isal_zlib.compress(data, level)
    except isal_zlib.error as error:
        print(f"level {level}: {error}")
    else:
        raise AssertionError(f"level {level} is taken")
END
