"""Every reader of what comes from outside, with inputs that it takes: what fuzzing starts from."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import shutil
import tarfile
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from unittest import mock

import zstandard

from nixdive.bounds import most
from nixdive.cache.facts import LayerFacts
from nixdive.cli.image_options import read_config
from nixdive.contents.layer_index import Facts, index_layer
from nixdive.digest import digest_of, hex_of
from nixdive.documents.replay import read_replay
from nixdive.errors import MalformedImageError
from nixdive.image.gate_file import read_rules
from nixdive.image.oci.config import canonical
from nixdive.image.oci.plan_label import plan_in
from nixdive.image.oci.spec import Stamp
from nixdive.image.packed_layer import BLOBS, DOCUMENT, document, read_packed
from nixdive.image.readers.archive import files_of
from nixdive.image.readers.found import image_in
from nixdive.image.readers.nix2container import DescribedFiles
from nixdive.image.readers.stream_conf import stream_conf
from nixdive.image.stored.inspection import inspect_stored
from nixdive.image.stored.verify import verify
from nixdive.image.writers.parts import Blob
from nixdive.layering.pipeline.parse import pipeline_of
from nixdive.layering.planfile import parse_plan
from nixdive.magic import sniff
from nixdive.progress import NullProgress
from nixdive.remote.credentials import credentials
from nixdive.remote.files import RegistryFiles
from nixdive.remote.name import RemoteName
from nixdive.remote.refusal import Answer, refused
from nixdive.remote.registries_conf import Source, pulled_from
from nixdive.remote.registry import Registry
from nixdive.remote.repository import ManifestBytes, Repository
from nixdive.remote.tokens import Authorization, challenges
from nixdive.store.nix.log import BuildLog
from nixdive.store.path import StorePath
from nixdive.store.sources import read_graph
from nixdive.ui.config.config import parse_config
from nixdive.ui.config.session import read_session
from nixdive.unpack import unpacked
from tests.image.described import OPENED, A, B, C, store
from tests.image.described import image as image_of
from tests.image.made import archive, layer
from tests.opening.inputs import closure_file, conf_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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
    described = image_of(store(folder / "described"), [A, B], [C, OPENED])
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
        "nix2container": Reader(
            lambda data, _: DescribedFiles(data, "x"),
            (described,),
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
        **{
            f"{part} of a layout": Reader(partial(_layout, part), (json.dumps(documents()[part]).encode(),))
            for part in documents()
        },
        **{
            f"{part} from a registry": Reader(
                partial(_remote, part), (json.dumps(documents()[part]).encode(),)
            )
            for part in ("manifest", "config")
        },
        "history": Reader(
            lambda data, place: read_replay(_file(data, place)), (json.dumps(_HISTORY).encode(),)
        ),
        "registries.conf": Reader(
            _registries,
            (_REGISTRIES,),
        ),
        "logins": Reader(
            _logins,
            (
                b'{"auths": {"registry.example": {"auth": "bWU6c2U="}}, "credHelpers": {"x.example": "x"}}',
                b'{"auths": {"registry.example/app": {"username": "me", "registrytoken": "t"}}}',
            ),
        ),
        "settings of an image": Reader(
            lambda data, place: read_config(_file(data, place)),
            (json.dumps(documents()["config"]).encode(), b'{"Cmd": ["a"], "Env": ["A=b"], "User": "0"}'),
        ),
        "skopeo's folder": Reader(_of_skopeo, (json.dumps(documents()["manifest"]).encode(),)),
        "build log": Reader(_build_log, (_LOG,)),
        "token": Reader(_token, (b'{"token": "abc", "expires_in": 60}', b'{"access_token": "abc"}')),
        "refusal": Reader(
            lambda data, _: refused(_NAME, Answer(data[0] * 3 if data else 500, data[1:])),
            (b'\x85{"errors": [{"code": "DENIED", "message": "no", "detail": {"a": [1]}}]}',),
        ),
    }


_REGISTRIES = b"""unqualified-search-registries = ["docker.io"]
[[registry]]
prefix = "*.example"
location = "other.example/a"
insecure = true
[[registry.mirror]]
location = "mirror.example"
pull-from-mirror = "all"
"""
_HISTORY = {
    "format": "nixdive.replay/1",
    "versions": ["v1", "v2"],
    "unavoidable": [5],
    "rows": [
        {
            "strategy": "churn",
            "max_layers": 9,
            "carried": True,
            "first": "churn",
            "push_bytes": [7],
            "total": 7,
        }
    ],
}
_LOG = "\n".join(
    f"@nix {json.dumps(event)}"
    for event in (
        {
            "action": "start",
            "id": 1,
            "level": 3,
            "type": 105,
            "text": "building",
            "fields": [f"{_A}.drv", "", 1],
        },
        {"action": "result", "id": 1, "type": 101, "fields": ["a line"]},
        {"action": "start", "id": 2, "level": 3, "type": 103, "text": "", "fields": []},
        {"action": "result", "id": 2, "type": 105, "fields": [1, 3, 1, 0]},
        {"action": "msg", "level": 0, "msg": f"error: builder for '{_A}.drv' failed with exit code 1"},
        {"action": "stop", "id": 1},
    )
).encode()
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
    _looked_at(_file(data, folder))


def _looked_at(place: Path) -> None:
    verify(place)
    files = files_of(place)
    inspect_stored(image_in(files), files)


_NAME = RemoteName.parse("docker://registry.example/app:1")
_MANIFEST, _CONFIG = "application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.config.v1+json"
_LAYER = layer("a/", "a/b=data")


def _descriptor(data: bytes, media: str) -> dict[str, Any]:
    return {"mediaType": media, "digest": f"sha256:{sha256(data).hexdigest()}", "size": len(data)}


def documents(**changed: bytes) -> dict[str, Any]:
    """Return the documents of a layout, each of which refers to those before it.

    Args:
        changed: the bytes of those that are not as they should be.
    """
    config: dict[str, Any] = {
        "os": "linux",
        "architecture": "amd64",
        "created": "2026-01-01T00:00:00Z",
        "config": {"Env": ["A=b"], "Cmd": ["x"], "Labels": {"a": "b"}},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{sha256(_LAYER).hexdigest()}"]},
        "history": [{"created_by": "x", "empty_layer": False}],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": _descriptor(changed.get("config", json.dumps(config).encode()), _CONFIG),
        "layers": [_descriptor(_LAYER, "application/vnd.oci.image.layer.v1.tar")],
        "annotations": {"a": "b"},
    }
    entry = _descriptor(changed.get("manifest", json.dumps(manifest).encode()), _MANIFEST)
    platform = {"os": "linux", "architecture": "amd64", "variant": "v2"}
    index = {"schemaVersion": 2, "manifests": [{**entry, "platform": platform}], "annotations": {}}
    return {
        "config": config,
        "manifest": manifest,
        "index": index,
        "oci-layout": {"imageLayoutVersion": "1.0.0"},
    }


def _layout(part: str, data: bytes, folder: Path) -> None:
    """Read a layout, one document of which is given; what refers to it has its digest and its size."""
    place = folder / "layout"
    shutil.rmtree(place, ignore_errors=True)
    (place / "blobs/sha256").mkdir(parents=True)
    found = {name: json.dumps(value).encode() for name, value in documents(**{part: data}).items()} | {
        part: data
    }
    (place / "index.json").write_bytes(found["index"])
    (place / "oci-layout").write_bytes(found["oci-layout"])
    for blob in (found["config"], found["manifest"], _LAYER):
        (place / "blobs/sha256" / sha256(blob).hexdigest()).write_bytes(blob)
    _looked_at(place)


class _Answers(Repository):
    """A repository that answers with one document as it is given, and with what belongs to it."""

    def __init__(self, config: bytes) -> None:
        super().__init__(Registry(Source(_NAME), "pull", NullProgress()))
        self._config = config

    def small_blob(self, digest: str, bound: str) -> bytes:
        return self._config[: most(bound)]

    def blob(self, digest: str, size: int | None) -> Iterator[bytes]:
        yield _LAYER

    def beginning(self, digest: str, count: int) -> bytes:
        return _LAYER[:count]


def _remote(part: str, data: bytes, _folder: Path) -> None:
    found = {name: json.dumps(value).encode() for name, value in documents(**{part: data}).items()} | {
        part: data
    }
    manifest = found["manifest"]
    answer = ManifestBytes(f"sha256:{sha256(manifest).hexdigest()}", _MANIFEST, manifest)
    files = RegistryFiles(_Answers(found["config"]), answer, _NAME)
    inspect_stored(image_in(files), files)


def _registries(data: bytes, folder: Path) -> None:
    with mock.patch.dict(os.environ, CONTAINERS_REGISTRIES_CONF=str(_file(data, folder))):
        pulled_from(_NAME)


def _logins(data: bytes, folder: Path) -> None:
    with mock.patch.dict(os.environ, REGISTRY_AUTH_FILE=str(_file(data, folder)), PATH=""):
        found = credentials(_NAME.host, _NAME.repository)
    if found is not None and found.user:
        assert found.basic.isascii()


def _of_skopeo(data: bytes, folder: Path) -> None:
    place = folder / "skopeo"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    (place / "version").write_text("Directory Transport Version: 1.1\n")
    (place / "manifest.json").write_bytes(data)
    for blob in (json.dumps(documents()["config"]).encode(), _LAYER):
        (place / sha256(blob).hexdigest()).write_bytes(blob)
    _looked_at(place)


def _build_log(data: bytes, _folder: Path) -> None:
    log = BuildLog()
    for line in data.splitlines():
        log.hear(line)
    log.failure()


def _token(data: bytes, _folder: Path) -> None:
    asked = Authorization("x", ["repository:a:pull"], lambda: None, lambda *_: data)
    asked.answer(['Bearer realm="https://r/token",service="r"'], None, secure=True)
