"""Write a plan as an image: the one entrance for both front ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.progress import NullProgress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import BinaryIO

    from nixdive.contents.entry import Contents
    from nixdive.image.base import BaseImage
    from nixdive.image.customisation import Customisation
    from nixdive.image.spec import ImageSpec
    from nixdive.image.written import WrittenImage
    from nixdive.layering.plan import LayerPlan
    from nixdive.progress import Progress


def write_image(
    plan: LayerPlan,
    spec: ImageSpec,
    contents: Contents,
    target: Path | BinaryIO,
    *,
    base: BaseImage | None = None,
    customisation: Customisation | None = None,
    jobs: int | None = None,
    progress: Progress = NullProgress(),  # noqa: B008  it has no state
) -> WrittenImage:
    """Write the image.

    `progress.start("writing", total)` is called once with the bytes of all uncompressed layer tars, then
    `progress.advance(amount, part)` with part = the index of the layer in plan.layers.

    Args:
        plan: its layers of kind base and customisation stand for `base` and `customisation`.
        target: a path, replaced at the end by a rename, or a binary stream that need not be seekable.
        jobs: threads; None means one for each processor. The bytes never depend on it.

    Raises:
        UnreadablePathError: a store path is missing or cannot be read.
        WriteError: the target cannot be written.
        Cancelled: the user stopped it; the target is as it was.
    """
    raise NotImplementedError
