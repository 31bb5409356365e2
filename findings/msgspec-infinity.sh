#!/usr/bin/env bash
# msgspec: infinity and not-a-number are written as null in JSON, and cannot be read back into the same type.
#
# Guess: what encode() makes of a value, decode() with the value's type takes; json.dumps() writes Infinity, or an encoder raises.
# What happens: a float field that is infinite is encoded as null, without a word, and decoding the text into the same Struct is a
#   ValidationError: float expected, null found. json.dumps() writes Infinity, which is no JSON; msgpack keeps the value.
# Why it matters: a price is a quotient: what is never pushed, or a link without speed, makes it infinite. In the document that is a
#   null that the schema does not allow, and the reader of the document finds out, not the writer.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
python_packages msgspec==0.22.0

python - <<'END'
import json
import math

import msgspec


class Price(msgspec.Struct):
    seconds: float


for value in (math.inf, -math.inf, math.nan):
    text = msgspec.json.encode(Price(value))
    print(f"{value}: msgspec {text.decode()}, json {json.dumps({'seconds': value})}")
    assert text == b'{"seconds":null}'
    try:
        msgspec.json.decode(text, type=Price)
    except msgspec.ValidationError as error:
        print("  read back:", error)
    else:
        raise AssertionError("null is taken for a float")
assert msgspec.msgpack.decode(msgspec.msgpack.encode(math.inf)) == math.inf
END
