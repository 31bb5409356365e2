"""Open inputs: recognise each word, load the closure, and add base image, links and settings."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from nixdive.collector import uncollected
from nixdive.contents.disk import DiskContents
from nixdive.errors import SourceError, UnknownPathError
from nixdive.image.oci.name import ImageName
from nixdive.image.root.request import RootRequest
from nixdive.opening.graph import built_in, conf_of, read_input
from nixdive.opening.recognise import (
    Form,
    Named,
    comes_through_pipe,
    in_named_store,
    in_store,
    recognise,
    root_of,
)
from nixdive.opening.subjects import Given, of_conf, of_demo, of_graph, of_mounts
from nixdive.progress import NullProgress, Progress, check
from nixdive.store.located import Located
from nixdive.store.nix.disk import disk_root, is_local, named_store
from nixdive.store.path import StorePath
from nixdive.store.sources import read_graph

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.contents.layer_index import LayerIndex
    from nixdive.image.base import BaseImage
    from nixdive.image.oci.platform import Platform
    from nixdive.image.readers.stored import StoredImage
    from nixdive.opening.subject import Subject


_NO_WISHES = RootRequest()


def _unmet(_: StoredImage | Closure) -> None:
    """Pass over what is known before the end."""


def open_subject(
    inputs: Sequence[str],
    progress: Progress | None = None,
    *,
    name: str | None = None,
    base: str | None = None,
    contents: Sequence[str] = (),
    platform: Platform | None = None,
    root: RootRequest = _NO_WISHES,
    store: str = "",
    met: Callable[[StoredImage | Closure], object] = _unmet,
    digests: bool = False,
    as_shipped: bool = False,
    known: dict[str, LayerIndex] | None = None,
    cache: bool = True,
) -> Subject:
    """Open the inputs of a command; several store paths and installables are the roots of one image.

    Args:
        inputs: the words of the command line.
        progress: notified of each phase.
        name: NAME[:TAG] of the image; None makes one from the first root.
        base: the file or directory of a base image, or FILE:NAME; None takes that of a conf.json, if any.
        contents: store paths to link into the root of the image; they and what they need become part of it.
        platform: which image of a multi-platform image; None means this machine's.
        root: what else is asked of the root of the image.
        store: the address of the store that has the store paths; empty for the one that Nix uses by itself.
        met: receives an image before its layers are read; of anything else but a conf.json and the demo the
            closure, before files are looked for.
        digests: whether files of compressed layers of an image are hashed as they are read, to be compared.
        as_shipped: whether what an image has from a store stays there, instead of becoming layers.
        known: layers of other images by digest; they are not read again, and those of this one are added.
        cache: whether the user's cache says what is in compressed layers, and is told of those that are read.

    Raises:
        SourceError: the inputs give no closure.
        ImageError: an image cannot be read, or the base image, the name or the contents cannot be used.
        Cancelled: the user stopped it.
    """
    progress = progress or NullProgress()
    place, address = named_store(store)
    named = _built(in_named_store(_recognised(inputs, progress), store, place), progress)
    if not named and not (contents or root.mentioned or root.asks):
        raise SourceError(
            "no input was given", hint="name a store path, a flake's package, or a closure file"
        )
    files = [one for one in named if one.form is not Form.STORE_PATH]
    if files and len(named) > 1:
        raise SourceError(
            f"{files[0].text}: it is a whole image and cannot be opened together with other inputs"
        )
    if name is not None:
        name = str(ImageName.parse(name))
    linked_image = partial(
        _linked_image,
        name=name,
        progress=progress,
        digests=digests,
        as_shipped=as_shipped,
        known=known,
        cache=cache,
    )
    if files and files[0].form in {Form.IMAGE, Form.REMOTE}:
        from nixdive.opening.image import refuse_additions
        from nixdive.opening.stored import stored_image

        refuse_additions(files[0].text, base, contents, root)
        stored = stored_image(files[0], platform, progress)
        met(stored)
        return linked_image(stored, files[0].text)
    linked = in_named_store([recognise(text) for text in contents], store, place)
    below = _base(base, platform, progress, cache=cache)
    if not any(one.piped for one in files):
        progress.start("reading the closure", None)
    given = Given(name, below, _linked(linked), root, address)
    if files and files[0].form is Form.DEMO:
        subject = of_demo(given)
    elif not files:
        roots = (*(StorePath(one.place) for one in named), *given.linked)
        origin = " ".join((*inputs, *contents)) or "the image"
        subject = _of_store(roots, origin, root_of([*named, *linked]), given, progress, met=met)
        subject = replace(subject, roots=next((one.roots for one in named if one.roots), subject.roots))
    elif isinstance(data := read_input(files[0]), int):
        from nixdive.image.readers.archive import TarFiles
        from nixdive.image.readers.choice import Wanted
        from nixdive.image.readers.found import image_in
        from nixdive.opening.image import refuse_additions

        refuse_additions(files[0].text, base, contents, root)
        image = image_in(TarFiles(data, progress, files[0].text), Wanted(None, platform))
        met(image)
        subject = linked_image(image, files[0].text)
    else:
        subject = _of_file(files[0], data, given, met, progress)
    check(progress)
    return subject


def open_demo() -> Subject:
    """Return the demo, whatever is called so in the folder where one is."""
    return of_demo(Given(None, None, (), _NO_WISHES))


def _linked_image(
    stored: StoredImage,
    origin: str,
    *,
    name: str | None,
    progress: Progress,
    digests: bool,
    as_shipped: bool,
    known: dict[str, LayerIndex] | None,
    cache: bool,
) -> Subject:
    """Open an image, and look for its references now, while somebody is told how far that is."""
    from nixdive.image.readers.nix_snapshotter import mounted_paths
    from nixdive.opening.image import open_image

    if not as_shipped and mounted_paths(stored.layers, origin):
        return of_mounts(stored, origin, name, progress)
    subject = open_image(stored, origin, name, progress, digests=digests, known=known, cache=cache)
    subject.closure.link(progress)
    return subject


def _base(
    text: str | None, platform: Platform | None, progress: Progress, *, cache: bool
) -> BaseImage | None:
    if text is None:
        return None
    from nixdive.opening.image import open_base

    return open_base(text, platform, progress, cache=cache)


def _recognised(inputs: Sequence[str], progress: Progress) -> list[Named]:
    if any(map(comes_through_pipe, inputs)):
        progress.start("reading the closure", None)  # it is read to learn what it is
    words = [recognise(text) for text in inputs]
    for note in filter(None, (one.note for one in words)):
        progress.note(note)
    return words


def _built(named: Sequence[Named], progress: Progress) -> list[Named]:
    """Build all installables at once, and append their outputs to the other roots."""
    wanted = [one.place for one in named if one.form is Form.INSTALLABLE]
    if not wanted:
        return list(named)
    from nixdive.store.nix.build import build

    text = " ".join(one.text for one in named if one.form is Form.INSTALLABLE)
    root = root_of(named)
    built = build(wanted, progress, root)
    found = [
        replace(
            in_store(path, replace(Located.of(path) or Located(path), root=root)),
            text=text,
            roots=built.roots,
        )
        for path in built.paths
    ]
    for note in filter(None, (one.note for one in found)):
        progress.note(note)
    return [*(one for one in named if one.form is not Form.INSTALLABLE), *found]


def _linked(named: Sequence[Named]) -> tuple[StorePath, ...]:
    for one in named:
        if one.form is not Form.STORE_PATH:
            raise SourceError(f"{one.text}: only store paths can be linked into the root")
    return tuple(StorePath(one.place) for one in named)


def _of_file(
    named: Named, data: bytes, given: Given, met: Callable[[Closure], object], progress: Progress
) -> Subject:
    if built := built_in(data, named.text):
        return _of_store((*built, *given.linked), named.text, "", given, progress, met=met)
    disk = DiskContents(disk_root((), ask=False))
    conf = conf_of(named, data)
    if conf:
        return of_conf(conf, named.text, disk, given)
    with uncollected():
        return of_graph(read_graph(data, named.text), disk, given, met)


def _of_store(
    roots: Sequence[StorePath],
    origin: str,
    root: str,
    given: Given,
    progress: Progress,
    *,
    met: Callable[[Closure], object],
) -> Subject:
    if given.address:
        return _of_address(roots, origin, given, met, progress)
    from nixdive.store.nix.query import query

    # what the config names and is not here may be in the base image
    here = DiskContents(root or disk_root(roots))
    roots = (*roots, *filter(here.has, given.root.mentioned))
    graph = query(roots, origin, root, progress)
    place = root or disk_root([info.path for info in graph.infos])
    # what Nix says of a store elsewhere may not be true of the files here
    known = {info.path: info.nar_hash for info in graph.infos if info.nar_hash} if root or is_local() else {}
    return of_graph(graph, DiskContents(place, known), given, met)


def _of_address(
    roots: Sequence[StorePath],
    origin: str,
    given: Given,
    met: Callable[[Closure], object],
    progress: Progress,
) -> Subject:
    """Return the subject of store paths in a store elsewhere; its files are fetched when they are needed."""
    from nixdive.store.nix.elsewhere import fetch
    from nixdive.store.nix.query import query

    address = given.address
    graph = query(roots, origin, address, progress)
    for path in given.root.mentioned:
        if path not in {info.path for info in graph.infos}:
            with suppress(UnknownPathError):  # it may be in the base image
                graph = query((*graph.roots, path), origin, address, progress)
    kept = None
    if given.linked:  # their files are listed now, to be linked
        kept = fetch(given.linked, address, origin, progress)
    found = of_graph(graph, DiskContents(disk_root([info.path for info in graph.infos])), given, met)
    return replace(found, roots=kept)
