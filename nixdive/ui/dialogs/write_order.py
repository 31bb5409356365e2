"""What the user asks to be written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nixdive.workspace.forms import IMAGES

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.image.spec import ImageSpec


@dataclass(frozen=True, slots=True)
class WriteOrder:
    """What is to be written, and where to.

    Attributes:
        target: the file or directory.
        form: one of IMAGES or PLANS.
        spec: name, config, format and compression of an image.
        plan_file: where the plan of an image is written too, or None.
        sizes: bytes that are read of each layer of an image, where they were foreseen.
    """

    target: Path
    form: str
    spec: ImageSpec
    plan_file: Path | None = None
    sizes: tuple[int, ...] = ()

    @property
    def image(self) -> bool:
        """Whether it is an image; else it is the plan of one."""
        return self.form in IMAGES
