"""What an image says of one of its layers: digests, the command that made it, when, and how many files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nixdive.image.oci.history import command

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.layering.plan import Layer
    from nixdive.opening.subject import Subject


@dataclass(frozen=True, slots=True)
class FoundLayer:
    """A layer that stays as it was found.

    Attributes:
        diff_id: the digest of its tar.
        digest: the digest of its blob; None where no manifest states one.
        compression: how the blob is compressed: none, gzip, zstd and so on.
        wire: bytes of the blob.
        tar: bytes of its tar.
        entries: how many files, directories and links it has; None where it has not been read.
        command: what made it, as the history has it, in one line; empty where that does not say.
        created: when, as the history has it; empty where that does not say.
        image: the name of the image that it was found in; empty where it has none.
        wrong: what is wrong with its digests, nothing where they are right; None where that is not known.
    """

    diff_id: str
    digest: str | None
    compression: str
    wire: int
    tar: int
    entries: int | None
    command: str
    created: str
    image: str
    wrong: str | None = None


def found_layer(subject: Subject, layer: Layer, checked: Mapping[str, str]) -> FoundLayer | None:
    """Return what the opened image, or the one to build on, says of a layer of a plan.

    None for a layer that is made anew.

    Args:
        subject: the image.
        layer: of a plan of it.
        checked: by diff_id what is wrong with the digests of layers that were read for that.
    """
    base = subject.base
    if base is None or layer.diff_id is None:
        return None
    there = base.found(layer)
    if there is None:
        return None
    blob, tar_size, index, steps = there
    made: dict[str, Any] = next((step for step in reversed(steps) if not step.get("empty_layer")), {})
    created = made.get("created")
    return FoundLayer(
        layer.diff_id,
        blob.digest,
        blob.compression,
        blob.size,
        tar_size,
        None if index is None or index.fault else len(index.entries),
        command(steps),
        created if isinstance(created, str) else "",
        base.stored.name or "",
        checked.get(layer.diff_id),
    )
