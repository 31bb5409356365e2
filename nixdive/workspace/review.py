"""An image as a pull request would ship it: what it wastes, what its push sends and how long that takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nixdive.image.gate import Figures, Result, Status, evaluate
from nixdive.workspace.compare import Difference, compare
from nixdive.workspace.open import OpenRequest, open_workspace
from nixdive.workspace.options import PlanOptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nixdive.clients.delivery import Delivery
    from nixdive.image.base import BaseImage
    from nixdive.image.gate import Rule
    from nixdive.image.oci.platform import Platform
    from nixdive.image.stored.inspection import Inspection
    from nixdive.progress import Progress
    from nixdive.store.path import StorePath
    from nixdive.workspace.seconds import Seconds, Trip


@dataclass(frozen=True, slots=True)
class Review:
    """An image, its figures, and the rules on them.

    Attributes:
        image: what it holds and wastes.
        earlier: the image that was there before, as the user named it; or None.
        difference: what changed since then, and what a push sends; None without an earlier image.
        seconds: how long pushes and pulls take, estimated; None where the sizes of layers are not known.
        results: of all rules, by name.
        sizes: NAR bytes of its store paths; empty where they are not known.
    """

    image: Inspection
    earlier: str | None
    difference: Difference | None
    seconds: Seconds | None
    results: tuple[Result, ...]
    sizes: Mapping[StorePath, int]

    @property
    def failed(self) -> tuple[Result, ...]:
        """The rules that the image breaks."""
        return tuple(one for one in self.results if one.status is Status.FAIL)

    @property
    def name(self) -> str:
        """What the image is called, for a heading."""
        return self.image.stored.name or "an image without a name"


def review(
    image: str,
    earlier: str | None,
    rules: Mapping[str, Rule],
    *,
    delivery: Delivery,
    platform: Platform | None,
    progress: Progress,
) -> Review:
    """Read an image, once, and judge it.

    Args:
        image: as the user named it: an archive, an OCI layout, docker://HOST/NAME:TAG.
        earlier: what the registry has; of an image in a registry only manifest and config are read.
        rules: by name; dive's three hold beside them.
        delivery: who pushes and pulls the image.
        platform: which one of images for several; None means this machine's.
        progress: told of each phase.

    Raises:
        NixdiveError: one cannot be opened, or a rule needs an earlier image and none is named.
        Cancelled: the user stopped it.
    """
    from nixdive.image.stored.inspection import inspect_stored
    from nixdive.opening.mounts import mounts_of
    from nixdive.opening.recognise import image_named
    from nixdive.opening.stored import image_files

    if image_named(image) is None:
        image_files(image, platform, progress)  # says what it is instead
    kept = OpenRequest(
        (image,),
        PlanOptions(strategy="keep"),
        platform=platform,
        delivery=delivery,
        digests=earlier is not None,
        as_shipped=True,
    )
    workspace = open_workspace(kept if earlier is None else replace(kept, against=(earlier,)), progress)
    base = workspace.subject.base
    if base is not None and base.opened and base.stored.layers:
        read: BaseImage | None = base
        files, mounts = base.stored.layers[0].files, mounts_of(base.stored.layers, image)
        found = inspect_stored(base.stored, files, progress, base.indexes, mounts)
    else:  # its layers are elsewhere
        read, opened = None, image_files(image, platform, progress)
        mounts = mounts_of(opened.stored.layers, image)
        found = inspect_stored(opened.stored, opened.files, progress, mounts=mounts)
    difference = None if earlier is None else compare(earlier, kept, progress, read)
    seconds = workspace.priced.seconds
    figures = Figures(
        found,
        None if difference is None else difference.push_bytes,
        _slowest(() if seconds is None else seconds.pushes),
        _slowest(() if seconds is None else seconds.pulls),
    )
    closure = workspace.subject.closure
    sizes = dict(zip(closure.paths, closure.nar_sizes, strict=True)) if closure.sized else {}
    return Review(found, earlier, difference, seconds, evaluate(rules, figures), sizes)


def _slowest(trips: Iterable[Trip]) -> float | None:
    """Return the seconds of the slowest client with the earlier image on the other side, if there is one."""
    return max((one.after for one in trips if one.after is not None), default=None)
