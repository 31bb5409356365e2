"""Small images, made by hand: layers out of names and data, archives and layouts out of layers."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import zstandard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

STORE = "nix/store"
PACK: dict[str, Callable[[bytes], bytes]] = {
    "none": bytes,
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "zstd": zstandard.compress,
}


def store_name(letter: str, name: str) -> str:
    return f"{letter * 32}-{name}"


def layer(files: Mapping[str, bytes | str | None], *, uid: int = 0) -> bytes:
    """Return a tar: None is a directory, a text the target of a link, bytes are a file's data."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, what in files.items():
            info = tarfile.TarInfo(name)
            info.mtime, info.uid, info.gid, info.uname, info.gname = 1, uid, 0, "root", "root"
            if what is None:
                info.type, info.mode = tarfile.DIRTYPE, 0o555
            elif isinstance(what, str):
                info.type, info.linkname, info.mode = tarfile.SYMTYPE, what, 0o777
            else:
                info.size, info.mode = len(what), 0o444
            tar.addfile(info, io.BytesIO(what) if isinstance(what, bytes) else None)
    return made.getvalue()


def store_layer(*paths: tuple[str, Mapping[str, bytes | str | None]]) -> bytes:
    """Return the layer of some store paths, each with the files in it."""
    files: dict[str, bytes | str | None] = {"nix/": None, "nix/store/": None}
    for name, inside in paths:
        files[f"{STORE}/{name}"] = None
        files |= {f"{STORE}/{name}/{file}": what for file, what in inside.items()}
    return layer(files)


def digest(data: bytes) -> str:
    return f"sha256:{sha256(data).hexdigest()}"


def config_of(layers: Sequence[bytes], **more: Any) -> dict[str, Any]:
    return {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Cmd": ["/bin/app"]},
        "rootfs": {"type": "layers", "diff_ids": [digest(one) for one in layers]},
    } | more


def tar_of(target: Path, members: Mapping[str, bytes]) -> Path:
    with tarfile.open(target, "w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return target


def docker_archive(target: Path, images: Mapping[str, Sequence[bytes]], **more: Any) -> Path:
    """Write a docker-archive of some images by their names."""
    members: dict[str, bytes] = {}
    manifest = []
    for name, layers in images.items():
        config = json.dumps(config_of(layers, **more)).encode()
        config_name = f"{digest(config)[7:]}.json"
        names = [f"{digest(one)[7:]}/layer.tar" for one in layers]
        members |= {config_name: config, **dict(zip(names, layers, strict=True))}
        manifest.append({"Config": config_name, "RepoTags": [name] if name else None, "Layers": names})
    return tar_of(target, members | {"manifest.json": json.dumps(manifest).encode()})


def oci_layout(
    target: Path,
    images: Sequence[tuple[str | None, Mapping[str, Any], Sequence[bytes]]],
    packing: str = "gzip",
) -> Path:
    """Write an OCI layout: a name, a platform and the layers of each image."""
    blobs = target / "blobs/sha256"
    blobs.mkdir(parents=True)

    def put(data: bytes, media: str) -> dict[str, Any]:
        (blobs / digest(data)[7:]).write_bytes(data)
        return {"mediaType": f"application/vnd.oci.image.{media}", "digest": digest(data), "size": len(data)}

    entries = []
    suffix = "" if packing == "none" else f"+{packing}"
    for name, platform, layers in images:
        config = json.dumps(config_of(layers, **platform)).encode()
        manifest = {
            "schemaVersion": 2,
            "config": put(config, "config.v1+json"),
            "layers": [put(PACK[packing](one), f"layer.v1.tar{suffix}") for one in layers],
        }
        entry = put(json.dumps(manifest).encode(), "manifest.v1+json")
        notes = {"annotations": {"org.opencontainers.image.ref.name": name}} if name else {}
        entries.append(entry | ({"platform": dict(platform)} if platform else {}) | notes)
    (target / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (target / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": entries}))
    return target
