"""What `import nixdive` offers: the commands as functions, which return values and print nothing."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from nixdive.progress import NullProgress, Progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.image.stored.inspection import Inspection
    from nixdive.image.stored.verify import Problem
    from nixdive.image.written import WrittenImage
    from nixdive.layering.plan import LayerPlan
    from nixdive.layering.request import PlanRequest
    from nixdive.workspace.workspace import Workspace

Text = str | os.PathLike[str]
_QUIET = NullProgress()


def open(  # noqa: A001  nixdive.open, as gzip.open
    *inputs: Text,
    demo: bool = False,
    request: PlanRequest | None = None,
    against: Sequence[Text] = (),
    platform: str | None = None,
    name: str | None = None,
    base: Text | None = None,
    contents: Sequence[Text] = (),
    clients: Sequence[str] = (),
    link: str | None = None,
    progress: Progress = _QUIET,
) -> Workspace:
    """Open whatever the command line opens: store paths, installables, closure files, images.

    Args:
        inputs: what to open; several store paths are the roots of one image.
        demo: open the small image that is shipped inside the package instead.
        request: what the plan should be like; None chooses what suits the subject.
        against: earlier versions, oldest first: what the registry already has. A `churn` plan is carried on
            from the last one, unless the request itself carries a plan.
        platform: OS/ARCH[/VARIANT] to choose from a multi-platform image; None means this machine's.
        name: NAME[:TAG] of the new image; None makes one up.
        base: a base image.
        contents: store paths to link into the root of the image.
        clients: who pushes and pulls the image, for `priced.seconds`, as --client names them.
        link: between them and the registry: RATE/RTT, like 100mbit/20ms.
        progress: notified of each phase, and asked whether to continue.

    Returns:
        The workspace; `workspace.priced` is its plan with prices, `workspace.plan(request)` the plan for
        another request.

    Raises:
        NixdiveError: an input cannot be opened, or the request cannot be met. The message is one line with
            the input and the cause; `hint` says what to do about it.
    """
    from nixdive.clients.delivery import Delivery
    from nixdive.clients.link import DEFAULT_LINK, Link
    from nixdive.image.oci.platform import Platform
    from nixdive.workspace.open import OpenRequest, open_workspace

    what = OpenRequest(
        _texts(inputs),
        against=_texts(against),
        demo=demo,
        platform=Platform.parse(platform) if platform else None,
        name=name,
        base=os.fspath(base) if base is not None else None,
        contents=_texts(contents),
        delivery=Delivery.of(clients, Link.parse(link) if link else DEFAULT_LINK),
    )
    return open_workspace(what if request is None else replace(what, asked=request), progress)


def write(
    workspace: Workspace,
    target: Text | BinaryIO,
    *,
    plan: LayerPlan | None = None,
    image_format: str | None = None,
    compression: str | None = None,
    name: str | None = None,
    cache: bool = True,
    jobs: int | None = None,
    progress: Progress = _QUIET,
) -> WrittenImage:
    """Write the image of a workspace.

    Args:
        workspace: what was opened.
        target: a file or directory, a binary stream, docker://HOST/NAME:TAG, or a place that skopeo reaches.
        plan: the layers; None means the current plan of the workspace.
        image_format: hybrid, docker-archive, oci-archive or oci; None means hybrid.
        compression: none, gzip, zstd or zstd:LEVEL; None means none for docker-archive, else gzip.
        name: NAME:TAG; None means the subject's name.
        cache: whether layers are taken from the user's cache, and kept there once they are made. The bytes
            never depend on it.
        jobs: threads; None means one for each processor. The bytes never depend on it.
        progress: notified of the layer bytes written, and asked whether to continue.

    Raises:
        NixdiveError: files are missing, or the target cannot be written; it is then unchanged.
    """
    from nixdive.cache.user import user_cache

    spec = workspace.subject.spec
    image_format = image_format or spec.image_format
    usual = "none" if image_format == "docker-archive" else spec.compression
    spec = replace(spec, image_format=image_format, compression=compression or usual, name=name or spec.name)
    place = os.fspath(target) if isinstance(target, str | os.PathLike) else target
    layers = user_cache(progress.note) if cache else None
    return workspace.write(plan or workspace.laid_out(), spec, place, progress, cache=layers, jobs=jobs)


def verify(image: Text, *, platform: str | None = None, progress: Progress = _QUIET) -> Sequence[Problem]:
    """Check images against their own digests and sizes; return the problems found.

    Args:
        image: an archive or a directory: all of its images; FILE:NAME for one.
        platform: OS/ARCH[/VARIANT] to choose from a multi-platform image.
        progress: notified of the bytes that are read.

    Raises:
        NixdiveError: it cannot be read.
    """
    from nixdive.image.oci.platform import Platform
    from nixdive.image.stored.verify import verify_files
    from nixdive.opening.stored import image_files

    wanted = Platform.parse(platform) if platform else None
    opened = image_files(os.fspath(image), wanted, progress, damaged=True)
    return verify_files(opened.files, opened.wanted, progress).problems


def inspect(
    image: Text, *, platform: str | None = None, cache: bool = True, progress: Progress = _QUIET
) -> Inspection:
    """Read all layers of an image; return what it contains and how many bytes it wastes.

    Args:
        image: an archive or layout, FILE:NAME, or an image that skopeo can reach.
        platform: OS/ARCH[/VARIANT] to choose from a multi-platform image.
        cache: whether the user's cache says what is in compressed layers that were read before, once they are
            hashed, and is told of those that are read. What is returned never depends on it.
        progress: notified of the bytes that are read.

    Raises:
        NixdiveError: it cannot be read.
    """
    from nixdive.image.oci.platform import Platform
    from nixdive.image.stored.inspection import inspect_stored
    from nixdive.image.stored.kept_indexes import KeptIndexes
    from nixdive.opening.mounts import mounts_of
    from nixdive.opening.stored import image_files

    opened = image_files(os.fspath(image), Platform.parse(platform) if platform else None, progress)
    mounts = mounts_of(opened.stored.layers, str(image))
    kept = KeptIndexes.of_user(opened.stored.layers) if cache else None
    return inspect_stored(opened.stored, opened.files, progress, mounts=mounts, kept=kept)


def _texts(names: Sequence[Text]) -> tuple[str, ...]:
    return tuple(os.fspath(name) for name in names)
