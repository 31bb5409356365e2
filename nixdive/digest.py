"""Digests as images write them: sha256:<64 hexadecimal digits>."""

from __future__ import annotations

import re
from hashlib import sha256

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def digest_of(data: bytes) -> str:
    """Return the digest of some bytes."""
    return f"sha256:{sha256(data).hexdigest()}"


def is_digest(text: object) -> bool:
    """Whether this is a sha256 digest in canonical form."""
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None


def stated_in(member: str) -> str | None:
    """Return the digest that a file of an image is named by: DIGITS.json, blobs/sha256/DIGITS; else None."""
    digest = f"sha256:{member.rpartition('/')[2].removesuffix('.json').removeprefix('sha256:')}"
    return digest if is_digest(digest) else None


def hex_of(digest: str) -> str:
    """Return the digits of a digest."""
    return digest.partition(":")[2]
