"""An image that was pushed earlier: the store paths in its layers, and the plan it was written from."""

from __future__ import annotations

from contextlib import suppress
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from nixdive import there
from nixdive.digest import is_digest
from nixdive.errors import ImageError, MalformedImageError, NixdiveError, PlanFileError, SourceError
from nixdive.image.oci.history import is_foreign, layer_steps, listed_paths
from nixdive.image.oci.media import compression_of
from nixdive.image.oci.plan_label import PLAN_LABEL, plan_in
from nixdive.image.skopeo import inspected
from nixdive.json_text import parsed
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.planfile import parse_plan
from nixdive.layering.request import PlanRequest
from nixdive.magic import sniff
from nixdive.opening.content import head
from nixdive.opening.recognise import Form, image_named
from nixdive.progress import NullProgress
from nixdive.remote.name import is_in_registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.image.oci.platform import Platform
    from nixdive.image.readers.stored import Descriptor
    from nixdive.progress import Progress

_MOST_LAYERS = 10_000


class Listed(NamedTuple):
    """What a registry says of an image.

    Attributes:
        config: its config.
        wire: bytes of each compressed layer as it is stored, by diff_id; empty where nobody says.
        layers: the descriptors of its layers, lowest first; empty where nobody says.
    """

    config: dict[str, Any]
    wire: Mapping[str, int]
    layers: tuple[Descriptor, ...] = ()


def pushed_plan(text: str, config: dict[str, Any], progress: Progress) -> LayerPlan:
    """Return the layers of an image that was written earlier, from its config alone: no layer is read.

    The plan has the request of the plan file in the image's labels, or else one for `keep`. Layers for
    which the history lists no store paths are base layers. NAR sizes are not known; they are 0.

    Args:
        text: the image as the user named it, for messages.
        config: its config.
        progress: notified if the plan file in the image's labels cannot be read and is ignored.

    Raises:
        MalformedImageError: it has more layers than any image.
    """
    rootfs = config.get("rootfs")
    found = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
    diff_ids = found if isinstance(found, list) else []
    if len(diff_ids) > _MOST_LAYERS:
        raise MalformedImageError(f"{text}: it has {len(diff_ids)} layers")
    layers = (
        Layer(
            LayerKind.STORE if paths else LayerKind.BASE,
            paths,
            0,
            "as it was pushed",
            diff_id=diff_id if is_digest(diff_id) else None,
            foreign=bool(paths) and is_foreign(step),
        )
        for paths, step, diff_id in zip(
            listed_paths(config, len(diff_ids)),
            chain(layer_steps(config), repeat({})),
            diff_ids,
            strict=False,
        )
    )
    request = planned_request(text, config, progress, "its layers are used, but not the plan in its label")
    return LayerPlan(request or PlanRequest("keep"), tuple(layers))


def listed_plan(text: str, platform: Platform | None, progress: Progress) -> LayerPlan | None:
    """Return the layers of an image in a registry from manifest and config, as `pushed_plan` does.

    None for any other word, and for an image with layers whose history lists no store path: those are to be
    read. Raises as `remote_listing` and `pushed_plan`.
    """
    named = image_named(text)
    if named is None or named.form is not Form.REMOTE:
        return None
    plan = pushed_plan(named.text, remote_listing(named.text, platform, progress).config, progress)
    return plan if plan.stored or not plan.layers else None


def pushed_layers(text: str, platform: Platform | None) -> frozenset[str] | None:
    """Return the diff_ids of an image that was pushed earlier, as far as its documents tell them at once.

    None for what is no image, for one that would have to be copied or unpacked first, and for one that cannot
    be read, of which those who open it say why.

    Args:
        text: the image as the user named it.
        platform: which one of several; None for this machine's.
    """
    progress = NullProgress()
    with suppress(NixdiveError):
        named = image_named(text)
        if named is None or named.piped is not None:
            return None
        if named.form is Form.REMOTE:
            plan = listed_plan(text, platform, progress) if is_in_registry(named.text) else None
            return None if plan is None else frozenset(layer.diff_id or "" for layer in plan.layers)
        if not there.is_folder(named.place, SourceError) and sniff(head(named.place, text)) != "none":
            return None
        from nixdive.opening.stored import stored_image

        return frozenset(layer.diff_id for layer in stored_image(named, platform, progress).layers)
    return None


def planned_request(text: str, config: Any, progress: Progress, remedy: str) -> PlanRequest | None:
    """Return the request of the plan file in an image's labels; None if there is none that can be read.

    Args:
        text: the image as the user named it, for messages.
        config: its config.
        progress: notified where the plan file cannot be read.
        remedy: what is done then.
    """
    if not isinstance(config, dict):
        return None
    inner = config.get("config")
    labels = inner.get("Labels") if isinstance(inner, dict) else None
    try:
        label = plan_in(labels)
        return None if label is None else parse_plan(label, f"label {PLAN_LABEL}")
    except PlanFileError as error:  # from another version of nixdive, or not from nixdive
        progress.note(f"{text}: {error}; {remedy}")
        return None


def remote_listing(text: str, platform: Platform | None, progress: Progress) -> Listed:
    """Return what is said of an image in a registry, or of one that skopeo reaches; no layer is fetched.

    Args:
        text: the image, with its transport.
        platform: which one of several; None for this machine's.
        progress: notified of the phase, and asked whether to stop.

    Raises:
        RegistryError: the registry cannot be reached, or refuses.
        SourceError: skopeo is missing, or fails.
        ImageError: it is not a config, or there is no image for the platform.
        Cancelled: the user stopped it.
    """
    if is_in_registry(text):
        from nixdive.remote.image import remote_image

        image = remote_image(text, platform, progress)
        packed = zip(image.diff_ids, image.layers, strict=True)
        return Listed(
            image.config,
            {
                diff_id: blob.size
                for diff_id, blob in packed
                if blob.size is not None and compression_of(blob.media_type or "") not in {None, "none"}
            },
            image.layers,
        )
    config = parsed(inspected(text), lambda cause: ImageError(f"{text}: its config: {cause}"))
    if not isinstance(config, dict):
        raise ImageError(f"{text}: its config is not a JSON object")
    return Listed(config, {})
