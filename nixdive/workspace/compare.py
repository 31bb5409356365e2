"""Two versions against each other: what changed, and what a push of the new one sends after the old one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nixdive.layering.versions import Changes, changes
from nixdive.opening.recognise import Form, Named, image_named
from nixdive.progress import NullProgress
from nixdive.remote.name import is_in_registry
from nixdive.sizes import BytesOf, amount, prose
from nixdive.words import listed
from nixdive.workspace.open import OpenRequest, open_workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.image.base import BaseImage
    from nixdive.image.compare.blobs import LayerBlob
    from nixdive.image.compare.file_changes import FileChanges
    from nixdive.image.oci.platform import Platform
    from nixdive.image.stored.mounts import Mounts
    from nixdive.progress import Progress
    from nixdive.store.path import StorePath
    from nixdive.workspace.wire import Basis


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
        changes: the store paths, with differences in NAR bytes; None where an image in a registry does not
            list its paths, since its layers are not read.
        wire_estimate: wire bytes of the new layers, estimated, where the others are NAR bytes; else None.
        wire_basis: what they are estimated from, most certain first.
        sized: whether the differences are known: of an image whose layers are not read they are not.
        files: the files outside the store, for two images whose layers are here.
        unread_old: places of layers of the old version that cannot be read, with the cause of each; what
            changed there is not known.
        unread_new: those of the new one.
        complete: whether the bytes of every new layer are known.
        assumption: how the old version is taken to be laid out, in words; empty where that is known.
        mounts_old: the store paths that the old image has from a store, in no layer and in no figure; None
            where there are none, or they count as layers.
        mounts_new: those of the new one.
    """

    push_bytes: int
    layers_reused: int
    layers_new: int
    exact: bool
    measured: BytesOf
    changes: Changes | None
    files: FileChanges | None = None
    layers_repacked: int = 0
    repacked_bytes: int = 0
    unread_old: Mapping[int, str] = field(default_factory=dict)
    unread_new: Mapping[int, str] = field(default_factory=dict)
    complete: bool = True
    sized: bool = True
    wire_estimate: int | None = None
    wire_basis: tuple[Basis, ...] = ()
    assumption: str = ""
    mounts_old: Mounts | None = None
    mounts_new: Mounts | None = None

    @property
    def sends(self) -> tuple[str, str]:
        """What a push sends, and what that is of; about how many bytes of blobs, where that is estimated."""
        sent, kind = amount(self.push_bytes, self.measured)
        if self.wire_estimate is None:
            return sent, kind
        basis = f", estimated from {listed(one.words for one in self.wire_basis)}" if self.wire_basis else ""
        return sent, f"{kind}, about {prose(self.wire_estimate)} as blobs{basis}"


def compare(old: str, new: OpenRequest, progress: Progress, read: BaseImage | None = None) -> Difference:
    """Compare two versions.

    Args:
        old: the earlier version, as the user named it.
        new: the later one, a single input; what it asks of the plan plays no part for two images.
        progress: told of each phase.
        read: the later one, where it is an image that has been read already.

    Raises:
        NixdiveError: one cannot be opened, or what is asked cannot be met.
        Cancelled: the user stopped it.
    """
    (text,) = new.inputs
    before, after = image_named(old), image_named(text)
    if before is None or after is None:
        return _of_plans(old, new, progress)
    if before.form is after.form is Form.IMAGE:
        return _of_images(before, after, new.platform, progress, read)
    # one that only skopeo reaches is not fetched to be compared: its config lists its layers
    if any(one.form is Form.REMOTE and not is_in_registry(one.text) for one in (before, after)):
        return _of_plans(old, new, progress)
    return _of_documents(before, after, new.platform, progress)


def _of_images(
    old: Named, new: Named, platform: Platform | None, progress: Progress, read: BaseImage | None
) -> Difference:
    from nixdive.contents.layer_index import unread
    from nixdive.image.compare.blobs import push_blobs
    from nixdive.image.compare.file_changes import file_changes
    from nixdive.image.compare.pair import read_pair
    from nixdive.opening.image import shown_paths
    from nixdive.opening.mounts import mounts_of
    from nixdive.opening.stored import stored_image

    before = stored_image(old, platform, progress)
    after = stored_image(new, platform, progress) if read is None else read.stored
    cost = push_blobs(after.layers, before.layers)
    had, has = read_pair(before, after, progress, None if read is None else read.indexes)
    complete = all(layer.sized for layer in after.layers)
    return Difference(
        cost.push_bytes,
        cost.layers_reused,
        cost.layers_new,
        cost.exact and complete,
        BytesOf.WIRE if cost.packed else BytesOf.TAR,
        changes(shown_paths(had), shown_paths(has)),
        file_changes(had, has, progress),
        cost.layers_repacked,
        cost.repacked_bytes,
        unread(had.indexes),
        unread(has.indexes),
        complete,
        mounts_old=mounts_of(before.layers, old.text),
        mounts_new=mounts_of(after.layers, new.text),
    )


@dataclass(frozen=True, slots=True)
class _Documents:
    """What manifest and config say of an image.

    Attributes:
        blobs: its layers, lowest first.
        paths: the store paths that its history lists.
        mounts: those that it has from a store; None where there are none.
    """

    blobs: tuple[LayerBlob, ...]
    paths: tuple[StorePath, ...]
    mounts: Mounts | None


def _documents(named: Named, platform: Platform | None, progress: Progress) -> _Documents:
    from nixdive.image.compare.blobs import NamedBlob
    from nixdive.opening.mounts import mounts_of
    from nixdive.opening.pushed import pushed_plan
    from nixdive.opening.stored import stored_image

    if named.form is Form.IMAGE:
        stored = stored_image(named, platform, progress)
        blobs: tuple[LayerBlob, ...] = stored.layers
        config, mounts = stored.config, mounts_of(stored.layers, named.text)
    else:
        from nixdive.remote.image import remote_image

        image = remote_image(named.text, platform, progress)
        pairs = zip(image.diff_ids, image.layers, strict=True)
        blobs = tuple(NamedBlob(diff_id, one.digest, one.size or 0) for diff_id, one in pairs)
        config, mounts = image.config, mounts_of(image.layers, named.text)
    return _Documents(blobs, tuple(pushed_plan(named.text, config, NullProgress()).layer_of()), mounts)


def _of_documents(old: Named, new: Named, platform: Platform | None, progress: Progress) -> Difference:
    """Compare two images of which one or both are in a registry, by their documents: no layer is read."""
    from nixdive.image.compare.blobs import push_blobs

    before, after = (_documents(one, platform, progress) for one in (old, new))
    cost = push_blobs(after.blobs, before.blobs, in_registry=old.form is Form.REMOTE)
    # an image that lists none may hold some all the same, unless the other one has none either
    known = bool(before.paths) == bool(after.paths)
    return Difference(
        cost.push_bytes,
        cost.layers_reused,
        cost.layers_new,
        cost.exact,
        BytesOf.WIRE if cost.packed else BytesOf.TAR,
        changes(dict.fromkeys(before.paths, 0), dict.fromkeys(after.paths, 0)) if known else None,
        layers_repacked=cost.layers_repacked,
        repacked_bytes=cost.repacked_bytes,
        complete=all(blob.size for blob in after.blobs),
        sized=False,
        mounts_old=before.mounts,
        mounts_new=after.mounts,
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
        wire_estimate=workspace.priced.wire_push if closure.sized else None,
        wire_basis=workspace.priced.wire_basis if closure.sized else (),
        sized=baseline.sized and closure.sized,
        assumption=workspace.priced.assumption,
        mounts_old=baseline.last.mounts,
    )
