"""The sources of a plan's layers: files of store paths, links at the root, existing layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nixdive.errors import UnreadablePathError, WriteError
from nixdive.image.compression import compression
from nixdive.image.formats import FORMATS
from nixdive.image.packed_layer import fitting
from nixdive.image.readers.nix2container import DescribedFiles
from nixdive.image.sources import Raw, Repacked
from nixdive.image.tars.tar import TarLayer
from nixdive.layering.plan import Layer, LayerKind, LayerPlan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nixdive.image.base import BaseImage
    from nixdive.image.oci.spec import ImageSpec
    from nixdive.image.readers.stored import StoredLayer
    from nixdive.image.root.customisation import Customisation
    from nixdive.image.to_write import ImageToWrite


def materials(image: ImageToWrite) -> Iterator[Raw | StoredLayer]:
    """Yield where the bytes of each layer of an image come from.

    A store layer that was packed by itself is that blob, if it has the bytes of this image. A layer that
    stays as it was found is the same blob if the target supports its compression; an existing store layer is
    reused if it is compressed like the new ones and has the same owner and time. One that is nowhere yet,
    because its blob is made as it is read, is compressed like the new ones.

    Raises:
        WriteError: the plan, the base image and the customisation layer do not belong together.
        UnreadablePathError: a store path is missing or cannot be read.
    """
    spec, customisation = image.spec, image.customisation
    _check(image.plan, image.base, customisation)
    ready = fitting(image.packed, spec)
    tops = iter(customisation.tops if customisation is not None else ())
    for layer in image.plan.layers:
        if (found := _as_found(layer, spec, image.base)) is not None:
            yield found
        elif layer.kind is LayerKind.STORE:
            yield ready.get(layer.paths) or TarLayer.of_paths(layer.paths, image.contents, spec.stamp)
        else:
            yield next(tops).raw(spec.stamp)


def raw_layer(image: ImageToWrite, layer: Layer) -> Raw:
    """Return the uncompressed tar of one layer of the plan, whatever the image is compressed with.

    Raises:
        UnreadablePathError: its files are not here.
    """
    base, stamp = image.base, image.spec.stamp
    if base is not None and stays(layer, image.spec, base):
        there = base.found(layer)
        if there is not None:
            return Repacked(there.blob, there.tar_size)
    if layer.kind is LayerKind.STORE:
        return TarLayer.of_paths(layer.paths, image.contents, stamp)
    top = image.customisation.top_of(layer) if image.customisation is not None else None
    if top is not None:
        return top.raw(stamp)
    raise UnreadablePathError(f"{layer.reason}: its files are not on this machine")


def _check(plan: LayerPlan, base: BaseImage | None, customisation: Customisation | None) -> None:
    count = sum(layer.kind is LayerKind.BASE for layer in plan.layers)
    below = len(base.blobs) if base is not None and not base.opened else 0
    others = [layer for layer in plan.layers if layer.kind is not LayerKind.STORE]
    made = [layer for layer in others if base is None or base.found(layer) is None]
    if (below and count != below) or any(layer.kind is LayerKind.BASE for layer in made):
        raise WriteError(f"the plan has {count} base layers, but the base image has {below}")
    tops = len(customisation.tops) if customisation is not None else 0
    if len(made) != tops:
        raise WriteError(f"the plan has {len(made)} customisation layers, but the image has {tops}")


def stays(layer: Layer, spec: ImageSpec, base: BaseImage | None) -> bool:
    """Return whether a layer of a plan is one that exists, and not made of the files of its store paths."""
    store = layer.kind is LayerKind.STORE
    return base is not None and layer.diff_id is not None and not (store and spec.stamp != base.stamp)


def _as_found(layer: Layer, spec: ImageSpec, base: BaseImage | None) -> Raw | StoredLayer | None:
    store = layer.kind is LayerKind.STORE
    if base is None or not stays(layer, spec, base):
        return None
    there = base.found(layer)
    if there is None:
        return None
    blob = there.blob
    method = compression(spec.compression)
    allowed = FORMATS.get(spec.image_format).compressions
    if store or isinstance(blob.files, DescribedFiles):
        allowed &= {"none" if method is None else method.name}
    return blob if blob.compression in allowed else Repacked(blob, there.tar_size)


def histories(plan: LayerPlan, base: BaseImage | None) -> list[tuple[dict[str, Any], ...]]:
    """Return the existing history entries of each layer of a plan; a new layer has none."""
    if base is None:
        return []
    waiting: dict[str, list[tuple[dict[str, Any], ...]]] = {}
    for blob, steps in zip(base.blobs, base.histories, strict=True):
        waiting.setdefault(blob.diff_id, []).append(steps)
    found = []
    for layer in plan.layers:
        kept = waiting.get(layer.diff_id or "")
        found.append(kept.pop(0) if kept else ())
    return found


def plan_text(plan: LayerPlan, base: BaseImage | None) -> str | None:
    """Return the plan file for the image's labels: that of the plan, or the one it had if nothing changes.

    Layers that are kept need no plan, unless something is asked of them.
    """
    request, asked = plan.request, base.asked if base is not None else None
    said = request.pins, request.rates, request.frozen
    before = (asked.pins, asked.rates, asked.frozen) if asked is not None else ((), (), ())
    if request.strategy == "keep" and said == before:
        stays = base is not None and all(layer.diff_id is not None for layer in plan.layers)
        if base is not None and stays:
            return base.plan_label
    if request.strategy == "keep" and not any(said) and asked is None:
        return None
    from nixdive.layering.planwriter import plan_toml  # noqa: PLC0415  what keeps its layers needs no plan

    return plan_toml(plan)
