"""Open inputs: recognise each word, load the closure, and add base image, links and settings."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from nixdive import there
from nixdive.closure.closure import Closure
from nixdive.contents.disk import DiskContents
from nixdive.errors import ImageError, SourceError, UnknownPathError
from nixdive.image.name import ImageName, name_of
from nixdive.image.platform import Platform, with_architecture
from nixdive.image.root.request import RootRequest
from nixdive.image.spec import ImageSpec
from nixdive.layering.plan import Frame, Layer, LayerKind
from nixdive.layering.request import DEFAULT_STRATEGY
from nixdive.opening.graph import built_in, conf_of, graph_of_conf, read_input
from nixdive.opening.recognise import (
    Form,
    Named,
    comes_through_pipe,
    in_named_store,
    in_store,
    recognise,
    root_of,
)
from nixdive.opening.subject import Subject, source_of
from nixdive.progress import NullProgress, Progress, check
from nixdive.store.located import Located
from nixdive.store.nix.disk import disk_root, is_local, named_store
from nixdive.store.path import PathGraph, StorePath
from nixdive.store.sources import read_graph
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nixdive.contents.entry import Contents
    from nixdive.contents.layer_index import LayerIndex
    from nixdive.image.base import BaseImage
    from nixdive.image.readers.stored import StoredImage
    from nixdive.image.readers.stream_conf import StreamConf
    from nixdive.image.root.customisation import Customisation


_NO_WISHES = RootRequest()
_DEMO_LAYERS = 12  # where strategies part: with 50 all of them cost the same


def _unmet(_: StoredImage) -> None:
    """Pass over an image whose layers will be read."""


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
    met: Callable[[StoredImage], object] = _unmet,
    digests: bool = False,
    as_shipped: bool = False,
    known: dict[str, LayerIndex] | None = None,
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
        met: receives an image before its layers are read.
        digests: whether files of compressed layers of an image are hashed as they are read, to be compared.
        as_shipped: whether what an image has from a store stays there, instead of becoming layers.
        known: layers of other images by digest; they are not read again, and those of this one are added.

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
            f"{files[0].text}: a file is a whole image and cannot be opened together with other inputs"
        )
    if name is not None:
        name = str(ImageName.parse(name))
    linked_image = partial(
        _linked_image, name=name, progress=progress, digests=digests, as_shipped=as_shipped, known=known
    )
    if files and files[0].form is not Form.FILE:
        from nixdive.opening.image import refuse_additions
        from nixdive.opening.stored import stored_image

        refuse_additions(files[0].text, base, contents, root)
        stored = stored_image(files[0], platform, progress)
        met(stored)
        return linked_image(stored, files[0].text)
    if not any(one.piped for one in files):
        progress.start("reading the closure", None)
    linked = in_named_store([recognise(text) for text in contents], store, place)
    given = _Given(name, _base(base, platform, progress), _linked(linked), root, address)
    if not files:
        roots = (*(StorePath(one.place) for one in named), *given.linked)
        origin = " ".join((*inputs, *contents)) or "the image"
        subject = _of_store(roots, origin, root_of([*named, *linked]), given, progress)
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
    elif built := built_in(data, files[0].text):
        subject = _of_store((*built, *given.linked), files[0].text, "", given, progress)
    else:
        disk = DiskContents(disk_root((), ask=False))
        conf = conf_of(files[0], data)
        if conf is None:
            subject = _of_graph(read_graph(data, files[0].text), disk, given)
        else:
            subject = _of_conf(conf, files[0].text, disk, given)
    check(progress)
    return subject


def _linked_image(
    stored: StoredImage,
    origin: str,
    *,
    name: str | None,
    progress: Progress,
    digests: bool,
    as_shipped: bool,
    known: dict[str, LayerIndex] | None,
) -> Subject:
    """Open an image, and look for its references now, while somebody is told how far that is."""
    from nixdive.image.readers.nix_snapshotter import mounted_paths
    from nixdive.opening.image import open_image

    if not as_shipped and mounted_paths(stored.layers, origin):
        return _of_mounts(stored, origin, name, progress)
    subject = open_image(stored, origin, name, progress, digests=digests, known=known)
    subject.closure.link(progress)
    return subject


def _base(text: str | None, platform: Platform | None, progress: Progress) -> BaseImage | None:
    if text is None:
        return None
    from nixdive.opening.image import open_base

    return open_base(text, platform, progress)


def _recognised(inputs: Sequence[str], progress: Progress) -> list[Named]:
    if any(map(comes_through_pipe, inputs)):
        progress.start("reading the closure", None)  # it is read to learn what it is
    words = [recognise(text) for text in inputs]
    for note in filter(None, (one.note for one in words)):
        progress.note(note)
    return words


def open_demo() -> Subject:
    """Return the small real image that is shipped inside the package."""
    from nixdive.contents.layer_index import index_layer
    from nixdive.demo import load
    from nixdive.image.contents import ImageContents
    from nixdive.image.readers.stored import StoredLayer

    demo = load()
    layer = StoredLayer.in_file(demo.archive, "demo")
    index = index_layer(layer.tar(), layer.where)
    contents = ImageContents([layer], [index])
    subject = _of_graph(demo.graph, contents, _Given(demo.name, None, demo.contents, _NO_WISHES))
    known = all(path in {info.path for info in demo.before.infos} for path in demo.contents)
    before = replace(
        _of_graph(demo.before, contents, _Given(None, None, (), _NO_WISHES)),
        # the same links at the root, if they lead to the same paths
        frame=subject.frame if known else Frame(),
    )
    config = {"Cmd": list(demo.command), "Env": list(demo.environment)}
    spec = ImageSpec(demo.name, config, Platform("linux", demo.architecture))
    return replace(subject, spec=spec, before=before, budget=_DEMO_LAYERS)


@dataclass(frozen=True, slots=True)
class _Given:
    """What the user gave in addition to the inputs: a name, a base image, links, other wishes, a store."""

    name: str | None
    base: BaseImage | None
    linked: tuple[StorePath, ...]
    root: RootRequest
    address: str = ""  # of a store elsewhere


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


def _of_store(
    roots: Sequence[StorePath], origin: str, root: str, given: _Given, progress: Progress
) -> Subject:
    if given.address:
        return _of_address(roots, origin, given, progress)
    from nixdive.store.nix.query import query

    # what the config names and is not here may be in the base image
    here = DiskContents(root or disk_root(roots))
    roots = (*roots, *filter(here.has, given.root.mentioned))
    graph = query(roots, origin, root, progress)
    place = root or disk_root([info.path for info in graph.infos])
    # what Nix says of a store elsewhere may not be true of the files here
    known = {info.path: info.nar_hash for info in graph.infos if info.nar_hash} if root or is_local() else {}
    return _of_graph(graph, DiskContents(place, known), given)


def _of_address(roots: Sequence[StorePath], origin: str, given: _Given, progress: Progress) -> Subject:
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
    found = _of_graph(graph, DiskContents(disk_root([info.path for info in graph.infos])), given)
    return replace(found, roots=kept)


def _of_graph(graph: PathGraph, contents: Contents, given: _Given) -> Subject:
    if not graph.infos and given.root.mentioned:
        where = f"in {given.address}" if given.address else "on this machine"
        raise SourceError(f"{given.root.mentioned[0]}: the config names it, and it is not {where}")
    closure = _closure(graph) if graph.infos or not given.root.asks else Closure.of(graph)
    for path in given.linked:
        closure.find(path)
    customisation = _customisation(given, closure, contents, given.base)
    added = {*given.linked, *given.root.mentioned}
    roots = [path for path in graph.roots if path not in added] or [closure.paths[i] for i in closure.roots]
    # of several roots, the one that needs the most
    main = max(roots, key=lambda path: _weight(closure, path), default=None)
    name = given.name or ("image:latest" if main is None else name_of(main))
    if not given.root.store_paths:
        closure = Closure.of(PathGraph(graph.origin, ()))
    return Subject(
        name=name,
        closure=closure,
        contents=contents,
        missing=_missing(closure, contents),
        frame=Frame(given.base.layers if given.base else (), customisation.layers if customisation else ()),
        spec=ImageSpec(name),
        base=given.base,
        customisation=customisation,
        strategy=DEFAULT_STRATEGY,
        source=source_of(closure, given.address),
    )


def _customisation(
    given: _Given, closure: Closure, contents: Contents, base: BaseImage | None
) -> Customisation | None:
    if not given.linked and given.root == _NO_WISHES:
        return None
    from nixdive.image.root.customisation import Customisation

    return Customisation.asked(given.root, given.linked, closure, contents, base)


def _of_mounts(stored: StoredImage, origin: str, name: str | None, progress: Progress) -> Subject:
    """Open an image whose store paths come from a store: they become layers above its own."""
    from nixdive.image.base import BaseImage
    from nixdive.image.readers.nix_snapshotter import as_conf, without_mounts
    from nixdive.opening.image import image_name

    conf = as_conf(stored, name or image_name(stored.name, origin))
    paths = [path for layer in conf.store_layers for path in layer]
    progress.note(f"{origin}: it has {counted(len(paths), 'store path')} from a store, not from its layers")
    given = _Given(name, BaseImage.of(without_mounts(stored), origin), (), _NO_WISHES)
    return _of_conf(conf, origin, DiskContents(disk_root(paths)), given)


def _of_conf(conf: StreamConf, origin: str, contents: Contents, given: _Given) -> Subject:
    from nixdive.image.base import BaseImage
    from nixdive.image.checks.config import spelled
    from nixdive.image.root.customisation import Customisation, TopLayer

    # without a store path it is an image of its customisation layer alone
    closure = Closure.of(graph_of_conf(conf.store_layers, origin, contents))
    base = given.base
    if base is None and conf.from_image is not None:
        base = BaseImage.open(conf.from_image)
    if given.linked and conf.customisation_layer is not None:
        raise ImageError(f"{origin}: it already has a layer of links, so --contents cannot be added")
    customisation = _customisation(given, closure, contents, base)
    tops = customisation.tops if customisation else ()
    above = customisation.layers if customisation else ()
    missing = _missing(closure, contents)
    if conf.customisation_layer is not None:
        if there.exists(conf.customisation_layer, ImageError):
            customisation = Customisation((TopLayer.ready(conf.customisation_layer), *tops))
            above = customisation.layers
        else:
            lost = Layer(LayerKind.CUSTOMISATION, (), 0, "customisation layer, not on this machine")
            above = (lost, *above)
            missing += 1
    name = given.name or str(ImageName.parse(conf.repo_tag))
    return Subject(
        name=name,
        closure=closure,
        contents=contents,
        missing=missing,
        frame=Frame(base.layers if base else (), above, conf.store_layers),
        spec=ImageSpec(
            name,
            spelled(conf.config),
            with_architecture(Platform.here(), conf.architecture),
            conf.created,
            conf.stamp,
        ),
        base=base,
        customisation=customisation,
        strategy="keep",
    )


def _closure(graph: PathGraph) -> Closure:
    if not graph.infos:
        raise SourceError(f"{graph.origin}: it contains no store path")
    return Closure.of(graph)


def _weight(closure: Closure, path: StorePath) -> tuple[int, int]:
    # of outputs that need as much, like app-1 and app-1-dev, the one that is not named
    return closure.needs[closure.index[path]], -len(path.name)


def _missing(closure: Closure, contents: Contents) -> int:
    return sum(not contents.has(path) for path in closure.paths)
