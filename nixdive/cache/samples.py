"""What samples of store paths and layers have said, kept for the next time: a file for each way to sample.

A store path does not change, so that what was found of it once need not be found again. Its name does not
prove what its files are; these are estimates, and no bytes of an image depend on them.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.cache.folder import Folder

SAMPLES = ".samples"
"""How the names of the files end."""

_FORMAT = "nixdive.samples/1"
_MOST = 1 << 13  # what one file says something of
_LONGEST = 1 << 21  # bytes of one


class Sampled(NamedTuple):
    """What a sample says of a store path, or of a layer.

    Attributes:
        wire: bytes that its tar takes in a blob.
        entries: how many files, directories and links it has; None where nobody has listed them.
    """

    wire: int
    entries: int | None


def known_samples(folder: Folder, made_by: str) -> dict[str, Sampled]:
    """Return what is kept; nothing where it is damaged.

    Args:
        folder: the files of the cache.
        made_by: everything that the figures depend on beside the files.

    Returns:
        By a key, those that were kept longest ago first.
    """
    data = folder.read(_name(made_by), _LONGEST)
    try:
        body = {} if data is None else json.loads(data)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(body, dict) or body.pop("sum", None) != _sum(body) or body.get("made_by") != made_by:
        return {}
    return {key: Sampled(wire, entries) for key, (wire, entries) in body["samples"].items()}


def keep_samples(folder: Folder, made_by: str, found: Mapping[str, Sampled]) -> None:
    """Keep more of them; what was kept longest ago goes where they are too many.

    Programs that do so at the same time may lose what another one keeps; it is found again.

    Raises:
        OSError: the file cannot be written.
    """
    kept = known_samples(folder, made_by)
    for key in found:
        kept.pop(key, None)
    newest = list((kept | dict(found)).items())[-_MOST:]
    body = {"format": _FORMAT, "made_by": made_by, "samples": dict(newest)}
    folder.save(_name(made_by), json.dumps(body | {"sum": _sum(body)}).encode())


def _name(made_by: str) -> str:
    return sha256(f"{_FORMAT} {made_by}".encode()).hexdigest() + SAMPLES


def _sum(body: dict[str, Any]) -> str:
    return sha256(json.dumps(body).encode()).hexdigest()
