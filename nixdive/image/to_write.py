"""An image that is still to be written: its plan, and where the bytes of its layers come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nixdive.contents.entry import Contents
    from nixdive.image.base import BaseImage
    from nixdive.image.oci.spec import ImageSpec
    from nixdive.image.packed_layer import PackedLayer
    from nixdive.image.root.customisation import Customisation
    from nixdive.layering.plan import LayerPlan


@dataclass(frozen=True, slots=True)
class ImageToWrite:
    """All that the bytes of an image are made of, whatever it is written into.

    Attributes:
        plan: its layers of kind base and customisation stand for `base` and `customisation`.
        spec: name, config, format and compression.
        contents: the files of the store paths.
        base: the image below, or the one that was opened, or None.
        customisation: the links at the root, or None.
        packed: layers that were packed by themselves, and are used where they fit.
    """

    plan: LayerPlan
    spec: ImageSpec
    contents: Contents
    base: BaseImage | None = None
    customisation: Customisation | None = None
    packed: tuple[PackedLayer, ...] = ()
