"""The result of opening inputs: everything a front end needs to show, plan and write."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from nixdive.errors import ImageError, UnreadablePathError
from nixdive.image.oci.name import ImageName
from nixdive.layering.fleet.image import FleetImage
from nixdive.layering.request import DEFAULT_MAX_LAYERS, PlanRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from nixdive.closure.closure import Closure
    from nixdive.contents.entry import Contents
    from nixdive.image.base import BaseImage
    from nixdive.image.oci.spec import ImageSpec
    from nixdive.image.packed_layer import PackedLayer
    from nixdive.image.root.customisation import Customisation
    from nixdive.image.to_write import ImageToWrite
    from nixdive.layering.plan import Frame, LayerPlan
    from nixdive.progress import Progress
    from nixdive.store.nix.roots import Roots


class LayerSizes(NamedTuple):
    """How large a layer is that was found.

    Attributes:
        wire: bytes of its compressed blob.
        tar: bytes of its tar.
        entries: how many files, directories and links it has; None if it has not been read.
    """

    wire: int
    tar: int
    entries: int | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """An opened input: everything a front end needs to show, plan and write it.

    Attributes:
        name: NAME:TAG, what the title shows and the default name of the image ("redis:v1").
        closure: the store paths.
        contents: their files.
        missing: how many paths of the closure have no files here; if any do, the image cannot be written.
        frame: base and customisation layers, and the existing layers of an image.
        spec: name, config and so on of the new image.
        base: the base image, or None.
        customisation: the links at the root, or None.
        strategy: the default strategy: "keep" if there are existing layers, else the usual default.
        before: the earlier version, if the input comes with one; its files need not be here.
        budget: the default layer budget.
        roots: keeps what was built for it from the garbage collector, or None.
        packed: layers that were packed by themselves, and are used where they fit.
        source: has Nix bring what is not here from another store, and returns the files and what keeps them;
            None where that is not known.
    """

    name: str
    closure: Closure
    contents: Contents
    missing: int
    frame: Frame
    spec: ImageSpec
    base: BaseImage | None
    customisation: Customisation | None
    strategy: str
    before: Subject | None = None
    budget: int = DEFAULT_MAX_LAYERS
    roots: Roots | None = None
    packed: tuple[PackedLayer, ...] = ()
    source: Callable[[Progress], tuple[Contents, Roots]] | None = None

    @property
    def asked(self) -> PlanRequest:
        """What is asked of it where nobody says anything: of an image what the plan in its label asked."""
        found = self.base.asked if self.base is not None and self.base.opened else None
        return (
            PlanRequest(self.strategy, self.budget)
            if found is None
            else replace(found, strategy=self.strategy)
        )

    @property
    def layer_sizes(self) -> dict[str, LayerSizes]:
        """What is known of each layer that was found, by diff_id.

        Plain ones are left out: they are compressed before they are sent.
        """
        if self.base is None:
            return {}
        indexes = self.base.indexes or (None,) * len(self.base.tar_sizes)
        layers = zip(self.base.stored.layers, self.base.tar_sizes, indexes, strict=False)
        return {
            one.diff_id: LayerSizes(one.size, tar, None if index is None else len(index.entries))
            for one, tar, index in layers
            if one.compression != "none"
        }

    @property
    def lacking(self) -> tuple[str, ...]:
        """What is needed to write the image and is not here: store paths, or a layer."""
        if not self.missing:
            return ()
        absent = [path for path in self.closure.paths if not self.contents.has(path)]
        ready = {path for one in self.packed for path in one.paths}
        needed = [path for path in absent if path not in ready]
        return (*needed, *("a layer" for _ in range(self.missing - len(absent))))

    def to_write(self, plan: LayerPlan, spec: ImageSpec) -> ImageToWrite:
        """Return the image of a plan of this closure; the spec may be another than the subject's."""
        from nixdive.image.to_write import ImageToWrite

        return ImageToWrite(plan, spec, self.contents, self.base, self.customisation, self.packed)

    def fetched(self, progress: Progress) -> Subject:
        """Return the subject with its files here: Nix brings them, where it is known from where.

        Raises:
            MalformedImageError: a layer that would be copied cannot be read.
            NixCommandError: Nix cannot bring them.
            UnreadablePathError: files of store paths are not on this machine.
            Cancelled: the user stopped it.
        """
        if self.source is None or not self.lacking:
            self.refuse_missing()
            return self
        contents, roots = self.source(progress)
        missing = sum(not contents.has(path) for path in self.closure.paths)
        found = replace(self, contents=contents, missing=missing, roots=roots, source=None)
        found.refuse_missing()
        return found

    def refuse_missing(self) -> None:
        """Raise an error if what is needed to write the image is not here; it names the first thing.

        Raises:
            MalformedImageError: a layer that would be copied cannot be read.
            UnreadablePathError: files of store paths are not on this machine.
        """
        if self.base is not None:
            self.base.refuse_unread()
        absent = self.lacking
        if absent:
            others = f" and {len(absent) - 1} more are" if len(absent) > 1 else " is"
            raise UnreadablePathError(
                f"{self.closure.origin}: {absent[0]}{others} not on this machine",
                hint="nixdive plan needs no files; to write, build the paths, or name the store that has "
                "them: --store URL",
            )


def source_of(closure: Closure, address: str) -> Callable[[Progress], tuple[Contents, Roots]] | None:
    """Return what has Nix bring the files of a closure from a store elsewhere; None without an address."""
    if not address:
        return None
    from nixdive.contents.disk import DiskContents
    from nixdive.store.nix.disk import disk_root
    from nixdive.store.nix.elsewhere import fetch

    def bring(progress: Progress) -> tuple[Contents, Roots]:
        wanted = [closure.paths[root] for root in closure.roots]
        roots = fetch(wanted, address, closure.origin, progress)
        return DiskContents(disk_root(closure.paths)), roots

    return bring


def fleet_image(text: str, subject: Subject) -> FleetImage:
    """Return an image of a fleet.

    Args:
        text: what the user named, for messages.
        subject: what was opened.

    Raises:
        ImageError: a layer that stays as it is contains store paths together with other files, or cannot be
            read.
    """
    if subject.frame.fixed is not None:
        raise ImageError(f"{text}: {subject.frame.fixed}; such an image cannot be part of a fleet")
    fixed = next(iter(subject.frame.fixed_paths(keep=False)), None)
    if fixed is not None:
        raise ImageError(
            f"{text}: {fixed} is in a layer together with other files, which stays as it is;"
            " such an image cannot be part of a fleet"
        )
    # a conf.json says nothing about references, and so has no root; its name is the image's own
    stem = ImageName.parse(subject.name).repository if subject.strategy == "keep" else None
    return FleetImage(text, subject.closure, subject.frame, stem)
