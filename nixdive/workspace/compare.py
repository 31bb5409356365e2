"""Two versions against each other: what changed, and what a push of the new one sends after the old one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nixdive.layering.versions import Changes, changes
from nixdive.opening.recognise import Form, Named, image_named
from nixdive.sizes import BytesOf
from nixdive.workspace.open import OpenRequest, open_workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.image.file_changes import FileChanges
    from nixdive.image.platform import Platform
    from nixdive.progress import Progress


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed, and what a push of the new version sends after the old one.

    Attributes:
        push_bytes: bytes of the new layers, as `measured` says.
        layers_reused: how many layers the registry has.
        layers_new: how many it has not.
        exact: whether every client that keeps digests sends exactly these bytes.
        measured: what the bytes are of: blobs, layers of a docker-archive as they are stored, or NARs.
        layers_repacked: how many layers the old version has with the same contents in another blob.
        repacked_bytes: bytes of the blobs of these.
        changes: the store paths, with differences in NAR bytes.
        files: the files outside the store, for two images.
        unread_old: places of layers of the old version that cannot be read, with the cause of each; what
            changed there is not known.
        unread_new: those of the new one.
        complete: whether the bytes of every new layer are known.
    """

    push_bytes: int
    layers_reused: int
    layers_new: int
    exact: bool
    measured: BytesOf
    changes: Changes
    files: FileChanges | None = None
    layers_repacked: int = 0
    repacked_bytes: int = 0
    unread_old: Mapping[int, str] = field(default_factory=dict)
    unread_new: Mapping[int, str] = field(default_factory=dict)
    complete: bool = True


def compare(old: str, new: OpenRequest, progress: Progress) -> Difference:
    """Compare two versions.

    Args:
        old: the earlier version, as the user named it.
        new: the later one, a single input; what it asks of the plan plays no part for two images.
        progress: told of each phase.

    Raises:
        NixdiveError: one cannot be opened, or what is asked cannot be met.
        Cancelled: the user stopped it.
    """
    (text,) = new.inputs
    before, after = image_named(old), image_named(text)
    # one that only skopeo reaches is not fetched to be compared: its config lists its layers
    if before is not None and after is not None and before.form is after.form is Form.IMAGE:
        return _of_images(before, after, new.platform, progress)
    return _of_plans(old, new, progress)


def _of_images(old: Named, new: Named, platform: Platform | None, progress: Progress) -> Difference:
    from nixdive.contents.layer_index import unread
    from nixdive.image.blobs import push_blobs
    from nixdive.image.file_changes import file_changes
    from nixdive.image.history import store_dir
    from nixdive.image.indexed import index_image
    from nixdive.opening.image import shown_paths, stored_image

    before, after = stored_image(old, platform, progress), stored_image(new, platform, progress)
    cost = push_blobs(after.layers, before.layers)
    had, has = index_image(before, progress), index_image(after, progress)
    complete = all(layer.sized for layer in after.layers)
    return Difference(
        cost.push_bytes,
        cost.layers_reused,
        cost.layers_new,
        cost.exact and complete,
        BytesOf.WIRE if cost.packed else BytesOf.TAR,
        changes(shown_paths(before, had), shown_paths(after, has)),
        file_changes(had, has, {store_dir(before.config), store_dir(after.config)}),
        cost.layers_repacked,
        cost.repacked_bytes,
        unread(had),
        unread(has),
        complete,
    )


def _of_plans(old: str, new: OpenRequest, progress: Progress) -> Difference:
    workspace = open_workspace(replace(new, against=(*new.against, old)), progress)
    closure, baseline, cost = workspace.subject.closure, workspace.baseline, workspace.priced.cost
    assert baseline is not None  # noqa: S101  it was named
    assert cost is not None  # noqa: S101  as above
    has = dict(zip(closure.paths, closure.nar_sizes, strict=True))
    return Difference(
        cost.push_bytes,
        cost.layers_reused,
        cost.layers_new,
        exact=False,
        measured=BytesOf.NAR if closure.sized else BytesOf.PATHS,
        changes=changes(baseline.sizes, has),
        unread_old=baseline.plan.unread,
        unread_new=workspace.priced.plan.unread,
        complete=not cost.unsized,
    )
