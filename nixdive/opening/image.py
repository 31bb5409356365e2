"""An image as something to show, plan and write: its layers, and the closure of the store paths in them."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from nixdive.closure.closure import Closure
from nixdive.contents.layer_index import Facts, unread
from nixdive.errors import ImageError, MalformedImageError, PlanFileError
from nixdive.image.base import BaseImage, FoundBlob
from nixdive.image.checks.config import spelled
from nixdive.image.oci.history import command, store_dir
from nixdive.image.oci.name import ImageName
from nixdive.image.oci.plan_label import is_plan_label, plan_in
from nixdive.image.oci.platform import Platform
from nixdive.image.oci.spec import ImageSpec, Stamp
from nixdive.image.readers.nix2container import DescribedFiles
from nixdive.image.readers.nix_snapshotter import mounted_paths
from nixdive.image.readers.stored import StoredLayer
from nixdive.image.stored.contents import ImageContents
from nixdive.image.stored.indexed import by_digest, if_packed, index_image
from nixdive.image.stored.kept_indexes import KeptIndexes
from nixdive.image.stored.store_names import FoundLayer, StoreNames, found_layers
from nixdive.layering.pins import as_found
from nixdive.layering.plan import Frame, Layer, LayerKind
from nixdive.opening.graph import nar_size, scanned
from nixdive.opening.pushed import planned_request
from nixdive.opening.recognise import bare
from nixdive.opening.stored import image_files
from nixdive.opening.subject import Subject
from nixdive.store.path import STORE_DIR
from nixdive.visible import visible
from nixdive.words import listed, unread_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nixdive.contents.layer_index import LayerIndex
    from nixdive.image.compare.pair import ReadImage
    from nixdive.image.readers.stored import StoredImage
    from nixdive.image.root.request import RootRequest
    from nixdive.layering.request import PlanRequest
    from nixdive.progress import Progress
    from nixdive.store.path import StorePath

_NAMED = 3  # pins in a note
_LONGEST = 200  # characters of a command that is shown as the reason for a layer


def open_base(text: str, platform: Platform | None, progress: Progress, *, cache: bool = True) -> BaseImage:
    """Open the image that a word names as one to build on.

    Whether its layers have the digests that its documents state is checked when they are written.

    Args:
        text: the word.
        platform: which image of several; None means this machine's.
        progress: notified of the layer bytes that are read.
        cache: as for `open_image`.

    Raises:
        SourceError, ImageError, Cancelled: as `image_files` and `BaseImage.of`.
    """
    stored = image_files(text, platform, progress).stored
    indexes: tuple[LayerIndex, ...] = ()
    with suppress(MalformedImageError):  # what engines can read all the same is no error here
        indexes = index_image(stored, progress, kept=KeptIndexes.of_user(stored.layers) if cache else None)
    return BaseImage.of(stored, text, indexes)


def open_image(
    stored: StoredImage,
    origin: str,
    name: str | None,
    progress: Progress,
    *,
    digests: bool = False,
    known: dict[str, LayerIndex] | None = None,
    cache: bool = True,
) -> Subject:
    """Read the layers of an image, and return it with the closure of its store paths.

    References are hashes of store paths in the files of other store paths. Of layers that are not compressed
    only the headers are read; the closure reads the files when something asks for its references. Whether
    layers have the digests that the image's documents state is checked when they are written.

    Layers that contain only store paths can be rearranged; all others stay as they are, and so do the places
    at which a store is mounted. Where a layer cannot
    be read, all of them stay: its files may belong to the same store paths, or hide others.

    Args:
        stored: the image.
        origin: what the user named.
        name: NAME:TAG of the new image; None keeps its name.
        progress: notified of the layer bytes that are read.
        digests: whether the files of compressed layers are hashed as they are read, to be compared later.
        known: indexes of layers of other images by the digests of their blobs: these are not read again, and
            those of this image are added.
        cache: whether the user's cache says what is in compressed layers, and is told of those that are read.

    Raises:
        MalformedImageError: none of its layers can be read.
        Cancelled: the user stopped it.
    """
    wanted = Facts.REFERENCES | Facts.DIGESTS if digests else Facts.REFERENCES
    if known is None or store_dir(stored.config) != STORE_DIR:  # references are those into one store
        known = {}
    kept = KeptIndexes.of_user(stored.layers) if cache else None
    indexes = index_image(stored, progress, facts=if_packed(wanted), known=known, kept=kept)
    known |= by_digest(stored, indexes)
    sizes = tuple(index.size for index in indexes)
    store = store_dir(stored.config)
    mounted = frozenset(path for paths in mounted_paths(stored.layers, origin) for path in paths)
    contents = ImageContents(stored.layers, indexes, store, mounted)
    closure = Closure.later(origin, _nar_sizes(contents), partial(scanned, contents, origin))
    names = [StoreNames.of(index, store) for index in indexes]
    found = found_layers([layer.diff_id for layer in stored.layers], names, contents.paths)
    base = BaseImage(
        origin,
        stored,
        sizes,
        opened=True,
        stamp=_stamp_of(stored, found, names),
        plan_label=_plan_label(stored),
        indexes=indexes,
    )
    rests = _rests(stored)
    base = replace(base, rests=tuple(rests.values()))
    frame = _frame(found, base, rests)
    asked = planned_request(origin, stored.config, progress, "its layers stay, but not what it asks for")
    if asked is not None:
        base = replace(base, asked=_as_found(origin, asked, closure, frame, progress))
    name = name or image_name(stored.name, origin)
    return Subject(
        name=name,
        closure=closure,
        contents=contents,
        missing=0,
        frame=frame,
        spec=_spec(stored, name, base.stamp or Stamp()),
        base=base,
        customisation=None,
        strategy="keep",
    )


def refuse_additions(origin: str, base: str | None, contents: Sequence[str], root: RootRequest) -> None:
    """Raise ImageError where something is asked of an image that cannot be added to one that is finished."""
    for option, value in (("--from", base), ("--contents", contents), *root.words.items()):
        if value:
            raise ImageError(
                f"{origin}: it is a finished image: {option} cannot be added to it",
                hint="use it with store paths, a flake's package or a closure file",
            )


def shown_paths(image: ReadImage) -> dict[StorePath, int]:
    """Return the store paths that are visible in an image, with their NAR sizes in bytes."""
    return _nar_sizes(ImageContents(image.layers, image.indexes, image.store))


def _nar_sizes(contents: ImageContents) -> dict[StorePath, int]:
    return {path: nar_size(contents, path) for path in contents.paths}


def _as_found(
    origin: str, asked: PlanRequest, closure: Closure, frame: Frame, progress: Progress
) -> PlanRequest:
    """Return what the plan in an image's label asks for, and say which pins its layers do not meet."""
    kept = as_found(asked, closure, frame.found)
    gone = [pin for pin in asked.pins if pin not in kept.pins]
    if gone:
        names = listed((visible(str(pin)) for pin in gone), _NAMED)
        progress.note(f"{origin}: pins of its plan that its layers do not meet are dropped: {names}")
    return replace(kept.anew(), exclude=())


def _stamp_of(stored: StoredImage, found: Sequence[FoundLayer], names: Sequence[StoreNames]) -> Stamp | None:
    """Return time and owner of the lowest store layer that can be rearranged, or None."""
    for layer, kept, what in zip(stored.layers, found, names, strict=True):
        if kept.free and what.owner is not None:
            uid, gid, mtime = what.owner
            first = layer.first()
            owners = (first.uname, first.gname) if first is not None else (b"", b"")
            return Stamp(mtime, uid, gid, *(name.decode("utf-8", "surrogateescape") for name in owners))
    return None


def _rests(stored: StoredImage) -> dict[int, FoundBlob]:
    """Return what is left of layers whose store paths leave them, by the places of the layers."""
    found = {}
    for at, layer in enumerate(stored.layers):
        if layer.fault or not isinstance(layer.files, DescribedFiles):
            continue
        rest = layer.files.rest(layer.member)
        if rest is not None:
            blob = StoredLayer.of(layer.files, rest, layer.files.digest(rest))
            (index,) = index_image(replace(stored, layers=(blob,)))
            found[at] = FoundBlob(blob, blob.size, index)
    return found


def _frame(found: Sequence[FoundLayer], base: BaseImage, rests: Mapping[int, FoundBlob]) -> Frame:
    """Return the layers that were found as plans count them."""
    lowest = next((i for i, layer in enumerate(found) if layer.free or i in rests), len(found))
    left: dict[int, Layer] = {}
    below: list[Layer] = []
    between: list[tuple[int, Layer]] = []
    repeats: set[int] = set()
    free: list[FoundLayer] = []
    for i, layer in enumerate(found):
        if layer.free:
            free.append(layer)
            continue
        made_by = command(base.histories[i])[:_LONGEST]
        kind = LayerKind.BASE if i < lowest else LayerKind.CUSTOMISATION
        reason = made_by or ("layer of the image" if i < lowest else "files")
        fault = base.indexes[i].fault or None
        kept = Layer(kind, layer.paths, base.tar_sizes[i], reason, diff_id=layer.diff_id, fault=fault)
        if i < lowest:
            below.append(kept)
            continue
        if layer.repeats:
            repeats.add(len(between))
        if i in rests:
            left[len(between)] = _left(kept, rests[i], store_dir(base.stored.config))
        between.append((len(free), kept))
    return Frame(
        base=tuple(below),
        found=tuple(layer.paths for layer in free),
        diff_ids=tuple(layer.diff_id for layer in free),
        foreign=frozenset(layer.paths for layer in free if layer.foreign),
        between=tuple(between),
        repeats=frozenset(repeats),
        rests=left,
        fixed="; ".join(unread_lines(unread(base.indexes))) or None,
    )


def _left(whole: Layer, rest: FoundBlob, store: str) -> Layer:
    """Return what is left of a layer as plans count it."""
    there = StoreNames.of(rest.listing, store).paths if rest.listing is not None else ()
    return replace(
        whole,
        paths=tuple(path for path in there if path in whole.paths),
        nar_size=rest.tar_size,
        reason=f"{whole.reason}, without store paths",
        diff_id=rest.blob.diff_id,
    )


def _spec(stored: StoredImage, name: str, stamp: Stamp) -> ImageSpec:
    config = spelled(_object(stored.config, "config"))
    labels = config.get("Labels")
    if isinstance(labels, dict):
        config["Labels"] = {key: value for key, value in labels.items() if not is_plan_label(key)} or None
    told = {key: value for key, value in stored.config.items() if value}
    platform = Platform.of({"os": "linux"} | told) or Platform.here()
    created = stored.config.get("created")
    packings = {layer.compression for layer in stored.layers}
    return ImageSpec(
        name,
        {key: value for key, value in config.items() if value is not None},
        platform.spelled,
        created if isinstance(created, str) and created else ImageSpec(name).created,
        stamp,
        compression="zstd" if packings == {"zstd"} else "gzip",
    )


def _object(value: Any, key: str) -> dict[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _plan_label(stored: StoredImage) -> str | None:
    try:
        return plan_in(_object(_object(stored.config, "config"), "Labels"))
    except PlanFileError:
        return None  # its parts cannot be put together


def image_name(own: str | None, origin: str) -> str:
    """Return NAME:TAG: the image's own, as docker shows it, else one made from its file name.

    A name that engines refuse is kept: writing the image reports it.
    """
    if own is not None and (":" in own or "/" in own):
        try:
            return str(ImageName.parse(own.removeprefix("docker.io/").removeprefix("library/")))
        except ImageError:
            return own
    stem = bare(origin).rstrip("/").rpartition("/")[2].partition(":")[0].partition(".")[0].lower()
    stem = "-".join(re.findall("[a-z0-9]+", stem)) or "image"
    tag = own if own is not None and re.fullmatch(r"\w[\w.-]{0,127}", own, re.ASCII) else "latest"
    return f"{stem}:{tag}"
