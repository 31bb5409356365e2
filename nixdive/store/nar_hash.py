"""The hash of a NAR, in the spellings of Nix."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error

_BASE32 = "0123456789abcdfghijklmnpqrsvwxyz"  # Nix's own: without e, o, t and u
_BYTES = 32


def sha256_hex(text: str) -> str | None:
    """Return the 64 hexadecimal digits of a SHA-256, or None if the text is something else.

    Nix spells it `sha256-<base64>=` (SRI), `sha256:<base32>`, `sha256:<hexadecimal>`, and the last two also
    without a prefix (libutil/hash.cc: in base 32 the last digit comes first).
    """
    if text.startswith("sha256-"):
        try:
            data = b64decode(text[7:], validate=True)
        except (Error, ValueError):
            return None
        return data.hex() if len(data) == _BYTES else None
    digits = text.removeprefix("sha256:")
    if len(digits) == 2 * _BYTES:
        return digits.lower() if set(digits.lower()) <= set("0123456789abcdef") else None
    if len(digits) != (8 * _BYTES + 4) // 5 or not set(digits) <= set(_BASE32):
        return None
    number = 0
    for digit in digits:
        number = number * 32 + _BASE32.index(digit)
    return number.to_bytes(_BYTES, "little").hex() if number < 1 << 8 * _BYTES else None
