"""What is known of a layer that was made before, as a small file that notices when it is damaged."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Self

from nixdive.digest import hex_of, is_digest

FACTS, BLOB = ".json", ".blob"
"""How the names of the files end."""

_FORMAT = "nixdive.layer/1"


@dataclass(frozen=True, slots=True)
class LayerFacts:
    """The result of making a layer.

    Attributes:
        diff_id: sha256 of the uncompressed tar, "sha256:<hex>".
        digest: sha256 of the blob, "sha256:<hex>".
        size: bytes of the blob.
        uncompressed_size: bytes of the tar.
        compression: none, gzip or zstd.
    """

    diff_id: str
    digest: str
    size: int
    uncompressed_size: int
    compression: str

    def data(self, key: str) -> bytes:
        """Return the file that says so of the layer with a key."""
        body = {"format": _FORMAT, "key": key} | asdict(self)
        return json.dumps(body | {"sum": _sum(body)}).encode()

    @classmethod
    def of(cls, data: bytes, key: str) -> Self | None:
        """Return what a file says, or None if it is damaged, or the file of another layer."""
        try:
            body = json.loads(data)
        except (ValueError, RecursionError):
            return None
        if not isinstance(body, dict) or body.pop("sum", None) != _sum(body):
            return None
        if body.pop("format", None) != _FORMAT or body.pop("key", None) != key:
            return None
        try:
            facts = cls(**body)
        except TypeError:
            return None
        return facts if _sound(facts) else None


def _sound(facts: LayerFacts) -> bool:
    """Whether the values are of their kinds."""
    sizes: list[Any] = [facts.size, facts.uncompressed_size]
    return (
        is_digest(facts.diff_id)
        and is_digest(facts.digest)
        and all(type(one) is int and one >= 0 for one in sizes)
        and str(facts.compression) == facts.compression
    )


def _sum(body: dict[str, Any]) -> str:
    return sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def blob_name(digest: str) -> str:
    """Return the name of the file of a blob."""
    return hex_of(digest) + BLOB
