"""Every reader of what comes from outside, with inputs that it takes: what fuzzing starts from."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import zstandard

from nixdive.cache.facts import LayerFacts
from nixdive.contents.layer_index import Facts, index_layer
from nixdive.digest import digest_of, hex_of
from nixdive.errors import MalformedImageError
from nixdive.image.config import canonical
from nixdive.image.gate_file import read_rules
from nixdive.image.inspection import inspect_stored
from nixdive.image.packed_layer import BLOBS, DOCUMENT, document, read_packed
from nixdive.image.plan_label import plan_in
from nixdive.image.readers.archive import files_of
from nixdive.image.readers.found import image_in
from nixdive.image.readers.stream_conf import stream_conf
from nixdive.image.spec import Stamp
from nixdive.image.verify import verify
from nixdive.image.writers.parts import Blob
from nixdive.layering.pipeline.parse import pipeline_of
from nixdive.layering.planfile import parse_plan
from nixdive.remote.tokens import challenges
from nixdive.store.path import StorePath
from nixdive.store.sources import read_graph
from nixdive.ui.config.config import parse_config
from nixdive.ui.config.session import read_session
from nixdive.unpack import sniff, unpacked
from tests.image.made import archive, layer
from tests.opening.inputs import closure_file, conf_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_A, _B = (f"/nix/store/{letter * 32}-lib-1" for letter in "01")
_KEY = "0" * 64
_NONE = digest_of(b"")


@dataclass(frozen=True)
class Reader:
    """A reader and inputs that it takes.

    Attributes:
        read: reads bytes, with a folder for files.
        seeds: inputs.
    """

    read: Callable[[bytes, Path], object]
    seeds: tuple[bytes, ...]


def readers(folder: Path) -> dict[str, Reader]:
    """Return all readers; the folder is for what the inputs are made of."""
    graph = closure_file(folder).read_bytes()
    infos = {_A: {"narSize": 5, "references": [_B], "narHash": "x"}, _B: {"narSize": 9, "references": []}}
    facts = LayerFacts(f"sha256:{_KEY}", f"sha256:{_KEY}", 5, 9, "gzip")
    tar = layer("a/", "a/b=data", "l->a/b", "h=>a/b", f"{'deep/' * 40}f=x", f"{_A[1:]}/", f"{_A[1:]}/f={_B}")
    image = archive(folder / "seed.tar", [tar], os="linux", architecture="amd64").read_bytes()
    plan = (
        b'format = "nixdive.plan/1"\nstrategy = "churn"\nmax_layers = 60\n[[pin]]\nlayer = "a"\n'
        b'paths = ["b-*"]\n'
        b'[rates]\nx = 0.5\n[[layer]]\npackages = ["lib"]\nfrozen = ["' + _A.encode() + b'"]\n'
    )
    one, other = (f'"{path[11:]}"' for path in (_A, _B))
    dot = f"digraph G {{\n{one} [];\n{other} [];\n{one} -> {other} [];\n}}\n"
    session = {"format": "nixdive.session/1", "views": {"a": {"tab": "x", "layer": 1}}, "panes": {"a": True}}
    pipeline = (
        b'[["subcomponent_in", ["'
        + _A.encode()
        + b'"]], ["over", "rest", ["pipe", [["popularity_contest"]]]]]'
    )
    packed = document([StorePath(_A), StorePath(_B)], Stamp(), "none", Blob(_NONE, _NONE, 0, 0, "none"))
    words = b'Bearer realm="https://r/token",service="r",scope="repository:a:pull"'
    return {
        "closure": Reader(
            lambda data, _: read_graph(data, "x"),
            (
                graph,
                json.dumps(infos).encode(),
                f"{_A}\n\n1\n{_B}\n{_B}\n\n0\n".encode(),
                f"{_A}\n{'0' * 64}\n5\n\n1\n{_B}\n".encode(),
                dot.encode(),
                gzip.compress(graph, mtime=0),
            ),
        ),
        "conf": Reader(lambda data, place: stream_conf(data, "x", place), (conf_file(folder).read_bytes(),)),
        "layer": Reader(
            lambda data, _: index_layer([data], "x", facts=Facts.ALL),
            (tar, *map(_tar, (_PAX, _GNU, _SPARSE))),
        ),
        "image": Reader(_image, (image, zstandard.compress(image))),
        "packed": Reader(
            lambda data, _: sum(map(len, unpacked([data], sniff(data), MalformedImageError))),
            tuple(pack(tar) for pack in (gzip.compress, zstandard.compress, lzma.compress, bz2.compress)),
        ),
        "packed layer": Reader(_packed_layer, (canonical(packed),)),
        "plan file": Reader(lambda data, _: parse_plan(data.decode(), "x"), (plan,)),
        "plan label": Reader(
            lambda data, _: plan_in(json.loads(data)), (json.dumps({"nixdive.plan.1-of-1": "x"}).encode(),)
        ),
        "pipeline": Reader(lambda data, _: pipeline_of(data.decode()), (pipeline,)),
        "config": Reader(
            lambda data, _: parse_config(data.decode(), "x", ("dark",)),
            (b'theme = "dark"\ncache-size = "2 GB"\n[keys]\nquit = "q"\n[bounds]\nratio = 5\n',),
        ),
        "rules": Reader(
            lambda data, place: read_rules(_file(data, place)),
            (b"rules:\n  lowestEfficiency: 0.95\n  highestWastedBytes: &a 20MB\n  highestLayerSize: *a\n",),
        ),
        "session": Reader(
            lambda data, place: read_session(_file(data, place)),
            (json.dumps(session).encode(),),
        ),
        "cache": Reader(lambda data, _: LayerFacts.of(data, _KEY), (facts.data(_KEY),)),
        "challenge": Reader(lambda data, _: list(challenges([data.decode("latin-1")])), (words,)),
    }


_PAX, _GNU, _SPARSE = (
    {"format": tarfile.PAX_FORMAT, "headers": {"comment": "é", "SCHILY.xattr.user.a": "b"}},
    {"format": tarfile.GNU_FORMAT, "headers": {}},
    {"format": tarfile.PAX_FORMAT, "headers": {"GNU.sparse.map": "0,1,9,1", "GNU.sparse.size": "20"}},
)


def _tar(form: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form["format"]) as tar:
        info = tarfile.TarInfo("long/" * 60 + "name")
        info.pax_headers = form["headers"]
        info.size = 2
        tar.addfile(info, io.BytesIO(b"ab"))
    return out.getvalue()


def _file(data: bytes, folder: Path) -> Path:
    file = folder / "input"
    file.write_bytes(data)
    return file


def _packed_layer(data: bytes, folder: Path) -> None:
    (folder / BLOBS).mkdir(parents=True, exist_ok=True)
    (folder / BLOBS / hex_of(_NONE)).touch()
    (folder / DOCUMENT).write_bytes(data)
    read_packed(str(folder))


def _image(data: bytes, folder: Path) -> None:
    file = _file(data, folder)
    verify(file)
    files = files_of(file)
    inspect_stored(image_in(files), files)
