"""An image for a place that only skopeo reaches: a registry, a daemon, podman's storage."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nixdive.image.skopeo import send

if TYPE_CHECKING:
    from collections.abc import Callable

    from nixdive.image.spec import ImageSpec
    from nixdive.image.written import WrittenImage
    from nixdive.progress import Progress


def write_remote(
    target: str, spec: ImageSpec, write: Callable[[ImageSpec, Path], WrittenImage], progress: Progress
) -> WrittenImage:
    """Write an image into a temporary OCI layout, and let skopeo copy it.

    Args:
        target: the place as skopeo names it: docker://HOST/NAME:TAG.
        spec: name, config and compression; the format is always that of a layout.
        write: writes the image into a directory.
        progress: told of the copying, and asked whether to stop.

    Raises:
        WriteError: skopeo is missing, or says no.
        Cancelled: the user stopped it.
    """
    with tempfile.TemporaryDirectory(prefix="nixdive-") as folder:
        layout = Path(folder, "image")
        written = write(replace(spec, image_format="oci"), layout)
        send(layout, target, progress)
    return replace(written, target=target)
