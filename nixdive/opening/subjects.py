"""What is planned, made of a graph of paths, a conf.json, an image with mounted paths, or the demo.

What the user gave in addition becomes part of it: a name, a base image, links, other wishes for the root.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nixdive import there
from nixdive.closure.closure import Closure
from nixdive.collector import uncollected
from nixdive.contents.disk import DiskContents
from nixdive.errors import ImageError, SourceError
from nixdive.image.oci.name import ImageName, name_of
from nixdive.image.oci.platform import Platform, with_architecture
from nixdive.image.oci.spec import ImageSpec
from nixdive.image.root.request import RootRequest
from nixdive.layering.plan import Frame, Layer, LayerKind
from nixdive.layering.request import DEFAULT_STRATEGY
from nixdive.opening.graph import graph_of_conf
from nixdive.opening.subject import Subject, source_of
from nixdive.store.nix.disk import disk_root
from nixdive.store.path import PathGraph, StorePath
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nixdive.contents.entry import Contents
    from nixdive.image.base import BaseImage
    from nixdive.image.readers.stored import StoredImage
    from nixdive.image.readers.stream_conf import StreamConf
    from nixdive.image.root.customisation import Customisation
    from nixdive.progress import Progress


_NO_WISHES = RootRequest()
_DEMO_LAYERS = 12  # where strategies part: with 50 all of them cost the same


@dataclass(frozen=True, slots=True)
class Given:
    """What the user gave in addition to the inputs: a name, a base image, links, other wishes, a store."""

    name: str | None
    base: BaseImage | None
    linked: tuple[StorePath, ...]
    root: RootRequest
    address: str = ""  # of a store elsewhere


def _unmet(_: Closure) -> None:
    """Pass over a closure that nobody waits for."""


def of_demo(given: Given) -> Subject:
    """Return the small real image that is shipped inside the package, with the version before it."""
    from nixdive.contents.layer_index import index_layer
    from nixdive.demo import load
    from nixdive.image.readers.stored import StoredLayer
    from nixdive.image.stored.contents import ImageContents

    demo = load()
    layer = StoredLayer.in_file(demo.archive, "demo")
    index = index_layer(layer.tar(), layer.where)
    contents = ImageContents([layer], [index])
    linked = tuple(dict.fromkeys((*demo.contents, *given.linked)))
    subject = of_graph(demo.graph, contents, replace(given, name=given.name or demo.name, linked=linked))
    known = all(path in {info.path for info in demo.before.infos} for path in linked)
    before = of_graph(demo.before, contents, Given(None, given.base, (), _NO_WISHES))
    if known:  # the same links at the root
        before = replace(before, frame=subject.frame)
    config = {"Cmd": list(demo.command), "Env": list(demo.environment)}
    spec = ImageSpec(subject.name, config, Platform("linux", demo.architecture))
    return replace(subject, spec=spec, before=before, budget=_DEMO_LAYERS)


@uncollected()
def of_graph(
    graph: PathGraph, contents: Contents, given: Given, met: Callable[[Closure], object] = _unmet
) -> Subject:
    """Return what is planned of a graph.

    Args:
        graph: the store paths and what they refer to.
        contents: their files.
        given: what the user gave in addition.
        met: receives the closure before the image is named and files are looked for, which takes a while.

    Raises:
        SourceError: there is no store path, or one that is linked or named in the config is not among them.
    """
    if not graph.infos and given.root.mentioned:
        where = f"in {given.address}" if given.address else "on this machine"
        raise SourceError(f"{given.root.mentioned[0]}: the config names it, and it is not {where}")
    closure = _closure(graph) if graph.infos or not given.root.asks else Closure.of(graph)
    for path in given.linked:
        closure.find(path)
    customisation = _customisation(given, closure, contents, given.base)
    added = {*given.linked, *given.root.mentioned}
    roots = [path for path in graph.roots if path not in added] or [closure.paths[i] for i in closure.roots]
    if given.root.store_paths:
        met(closure)
    name = given.name or _name(closure, roots)
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
    given: Given, closure: Closure, contents: Contents, base: BaseImage | None
) -> Customisation | None:
    if not given.linked and given.root == _NO_WISHES:
        return None
    from nixdive.image.root.customisation import Customisation

    return Customisation.asked(given.root, given.linked, closure, contents, base)


def of_mounts(stored: StoredImage, origin: str, name: str | None, progress: Progress) -> Subject:
    """Open an image whose store paths come from a store: they become layers above its own."""
    from nixdive.image.base import BaseImage
    from nixdive.image.readers.nix_snapshotter import as_conf, without_mounts
    from nixdive.opening.image import image_name

    conf = as_conf(stored, name or image_name(stored.name, origin))
    paths = [path for layer in conf.store_layers for path in layer]
    progress.note(f"{origin}: it has {counted(len(paths), 'store path')} from a store, not from its layers")
    given = Given(name, BaseImage.of(without_mounts(stored), origin), (), _NO_WISHES)
    return of_conf(conf, origin, DiskContents(disk_root(paths)), given)


def of_conf(conf: StreamConf, origin: str, contents: Contents, given: Given) -> Subject:
    """Return the image that a conf.json describes, with its layers as they are.

    Raises ImageError if its base image cannot be read, or links are asked for and it has its own.
    """
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
            customisation = Customisation((TopLayer.ready(conf.customisation_layer).hashed(), *tops))
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


def _name(closure: Closure, roots: Sequence[StorePath]) -> str:
    """Return the name of an image of some roots: that of the one that needs the most."""
    if len(roots) < 2:  # to count what each needs takes a while
        return name_of(roots[0]) if roots else "image:latest"

    def weight(path: StorePath) -> tuple[int, int]:
        # of outputs that need as much, like app-1 and app-1-dev, the one that is not named
        return closure.needs[closure.index[path]], -len(path.name)

    return name_of(max(roots, key=weight))


def _missing(closure: Closure, contents: Contents) -> int:
    return sum(not contents.has(path) for path in closure.paths)
