"""From what was opened to an image that is planned together with others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.errors import ImageError
from nixdive.image.name import ImageName
from nixdive.layering.fleet.image import FleetImage

if TYPE_CHECKING:
    from nixdive.opening.subject import Subject


def fleet_image(text: str, subject: Subject) -> FleetImage:
    """Return an image of a fleet.

    Args:
        text: what the user named, for messages.
        subject: what was opened.

    Raises:
        ImageError: a layer that stays as it is holds store paths together with other files.
    """
    staying = (*subject.frame.base, *(layer for _, layer in subject.frame.above))
    fixed = next((path for layer in staying for path in layer.paths), None)
    if fixed is not None:
        raise ImageError(
            f"{text}: {fixed} lies in a layer together with other files, which stays as it is;"
            " such an image cannot be part of a fleet"
        )
    # the layers of a conf.json tell nothing of references, and so of no root; its name is the image's own
    stem = ImageName.parse(subject.name).repository if subject.strategy == "keep" else None
    return FleetImage(text, subject.closure, subject.frame, stem)
