"""Write a small valid image of two layers, for the findings that hand one image to several tools.

    make_image.py layout DIRECTORY COMPRESSION [REF_NAME...]    an OCI layout
    make_image.py archive FILE COMPRESSION                      a docker-archive, RepoTags app:1
    make_image.py waste FILE CASE                               a docker-archive: the second layer takes away
    make_image.py links FILE CASE                               a docker-archive: a hard link to `file`

COMPRESSION is none, gzip or zstd (which needs the package zstandard), CASE one of those in _WASTE or
_LINKS.
"""

import gzip
import hashlib
import io
import json
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path

_CREATED = "1970-01-01T00:00:01Z"
_OCI = "application/vnd.oci.image"
_SUFFIXES = {"none": "", "gzip": "+gzip", "zstd": "+zstd"}
_BELOW = (("kept", 1000), ("file", 1000), ("directory/", 0), ("directory/file", 1000))
_WASTE = {
    "replaced-file": ("file", 1000),
    "deleted-file": (".wh.file", 0),
    "deleted-directory": (".wh.directory", 0),
}


_LINKS = {"kept": "other", "replaced": "file", "deleted": ".wh.file"}


def _tar(members: Iterable[tuple[str, bytes]], links: Iterable[tuple[str, str]] = ()) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members:
            member = tarfile.TarInfo(name.rstrip("/"))
            member.mtime = 1
            member.size = len(data)
            if name.endswith("/"):
                member.type, member.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(member, io.BytesIO(data))
        for name, target in links:
            member = tarfile.TarInfo(name)
            member.mtime, member.type, member.linkname = 1, tarfile.LNKTYPE, target
            archive.addfile(member)
    return out.getvalue()


def _packed(layer: bytes, compression: str) -> bytes:
    if compression == "gzip":
        return gzip.compress(layer, mtime=0)
    if compression == "zstd":
        import zstandard  # noqa: PLC0415  # the other forms need no package

        return zstandard.compress(layer)
    return layer


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _config(layers: Iterable[bytes]) -> bytes:
    diff_ids = [_digest(layer) for layer in layers]
    history = [{"created": _CREATED, "created_by": f"layer {number}"} for number in range(len(diff_ids))]
    config = {
        "created": _CREATED,
        "architecture": "amd64",
        "os": "linux",
        "config": {"Cmd": ["/file0"]},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
        "history": history,
    }
    return json.dumps(config).encode()


def _two_layers() -> list[bytes]:
    return [_tar([(f"file{number}", b"data%d" % number * 1000)]) for number in range(2)]


def _write_layout(directory: Path, compression: str, ref_names: list[str]) -> None:
    blobs = directory / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def descriptor(kind: str, data: bytes) -> dict[str, object]:
        digest = _digest(data)
        (blobs / digest.removeprefix("sha256:")).write_bytes(data)
        return {"mediaType": f"{_OCI}.{kind}", "digest": digest, "size": len(data)}

    layers = _two_layers()
    kind = f"layer.v1.tar{_SUFFIXES[compression]}"
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{_OCI}.manifest.v1+json",
        "config": descriptor("config.v1+json", _config(layers)),
        "layers": [descriptor(kind, _packed(layer, compression)) for layer in layers],
    }
    found = descriptor("manifest.v1+json", json.dumps(manifest).encode())
    named = [{**found, "annotations": {"org.opencontainers.image.ref.name": name}} for name in ref_names]
    index = {"schemaVersion": 2, "mediaType": f"{_OCI}.index.v1+json", "manifests": named or [found]}
    (directory / "index.json").write_text(json.dumps(index))
    (directory / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')


def _write_archive(file: Path, layers: list[bytes], compression: str) -> None:
    packed = [_packed(layer, compression) for layer in layers]
    blobs = {f"{hashlib.sha256(data).hexdigest()}/layer.tar": data for data in packed}
    config = _config(layers)
    name = f"{hashlib.sha256(config).hexdigest()}.json"
    manifest = json.dumps([{"Config": name, "RepoTags": ["app:1"], "Layers": list(blobs)}]).encode()
    file.write_bytes(_tar([*blobs.items(), (name, config), ("manifest.json", manifest)]))


def main(form: str, target: str, choice: str, *names: str) -> None:
    """Write what the module's text says."""
    if form == "layout":
        _write_layout(Path(target), choice, list(names))
    elif form == "archive":
        _write_archive(Path(target), _two_layers(), choice)
    elif form == "links":
        layers = [_tar([("file", b"below")], [("link", "file")]), _tar([(_LINKS[choice], b"above")])]
        _write_archive(Path(target), layers, "none")
    else:
        layers = [
            _tar((name, str(number).encode() * size) for name, size in files)
            for number, files in enumerate((_BELOW, (_WASTE[choice],)))
        ]
        _write_archive(Path(target), layers, "none")


if __name__ == "__main__":
    main(*sys.argv[1:])
