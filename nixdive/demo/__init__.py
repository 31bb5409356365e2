"""The demo: a small store of real programs, built by Nix and shipped with its metadata and its licences.

The files of the second version of a little shop are here, and the metadata of both versions, so that the cost
of the push from one to the other can be told. See recipe/README.md for how it is made.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from nixdive.store.path import PathGraph, PathInfo, StorePath

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Demo:
    """A closure with its files, the closure of the version before, and how to run it.

    Attributes:
        name: NAME:TAG of the image.
        graph: the closure whose files the archive holds; its root is the shop.
        before: the closure of the version before, which has no files here.
        command: the Cmd of the image: greets, asks its database, ends.
        environment: the Env of the image.
        contents: the store paths to link into the root of the image, so that /bin/sh is there.
        architecture: GOARCH name of the machine that the programs are for.
    """

    name: str
    graph: PathGraph
    before: PathGraph
    command: tuple[str, ...]
    environment: tuple[str, ...]
    contents: tuple[StorePath, ...]
    architecture: str = "amd64"

    @property
    def archive(self) -> Path:
        """The tar of the store paths, compressed (5 MB without); names begin with nix/store/."""
        return _HERE / "store.tar.zst"


def load() -> Demo:
    """Return the demo; its metadata is read, its archive is left alone until it is asked for."""
    graph = _graph("closure.json")
    (root,) = graph.roots
    environment = next(info.path for info in graph.infos if info.path.name == "app-env")
    return Demo(
        name=f"{root.package}:{root.version}",
        graph=graph,
        before=_graph("before.json"),
        command=(f"{root}/bin/shop",),
        environment=("PATH=/bin", "TERM=xterm"),
        contents=(environment,),
    )


def _graph(file: str) -> PathGraph:
    infos = tuple(
        PathInfo(
            StorePath.parse(one["path"]),
            one["narSize"],
            tuple(StorePath.parse(reference) for reference in one["references"]),
        )
        for one in json.loads((_HERE / file).read_text("utf-8"))
    )
    roots = tuple(info.path for info in infos if info.path.package == "shop")
    return PathGraph("demo", infos, roots)
