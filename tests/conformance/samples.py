"""Images that clients are tried with: one program, one layer above it, and one odd thing each."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import zstandard

from nixdive.image.oci import media
from tests.conformance.programs import run
from tests.image.layouts import AMD64, ARM64, NAME, Layout
from tests.opening.images import PACK, config_of, docker_archive, layer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SAYS = "well"
PROGRAM = ("/bin/busybox", "echo", SAYS)
CONTAINERD_NAME = "io.containerd.image.name"
TAG = "v1"
MOST_LABEL = 4096  # bytes of key and value that containerd takes
MEGABYTE = 1 << 20
_SKIPPABLE = b"\x50\x2a\x4d\x18\x04\x00\x00\x00odd!"


@dataclass(frozen=True)
class Blob:
    """A layer as it is and as it is stored.

    Attributes:
        tar: the layer.
        data: the blob.
        media_type: what its descriptor says.
        stated: the tar whose digest is the diff_id, where it is another.
    """

    tar: bytes
    data: bytes
    media_type: str
    stated: bytes | None = None


@dataclass(frozen=True)
class Sample:
    """An image in a file.

    Attributes:
        kind: the heading under which it stands.
        what: what is odd about it.
        file: an OCI archive, a docker-archive, or both in one; or the directory of an OCI layout.
        name: its name, without a registry.
        oci: whether it has an OCI layout.
        docker: whether it has docker's manifest.json.
        command: the words that make it say SAYS.
    """

    kind: str
    what: str
    file: Path
    name: str
    oci: bool = True
    docker: bool = True
    command: tuple[str, ...] = PROGRAM

    def digest(self) -> str:
        """Return the digest of the file; of a directory, that of the names and digests of its files."""
        if self.file.is_dir():
            files = sorted(one for one in self.file.rglob("*") if one.is_file())
            told = [(one.relative_to(self.file).as_posix(), _digest(one)) for one in files]
            return f"sha256:{hashlib.sha256(json.dumps(told).encode()).hexdigest()}"
        return f"sha256:{_digest(self.file)}"


def _digest(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def stored(tar: bytes, packing: str = "gzip", **more: Any) -> Blob:
    """Return a layer that is compressed in one of the usual ways."""
    return Blob(tar, PACK[packing](tar), media.layer_type(packing), **more)


Change: TypeAlias = "Callable[[Layout, dict[str, Any]], Sequence[dict[str, Any]]]"


def write(
    target: Path,
    name: str,
    layers: Sequence[Blob],
    *,
    config: Mapping[str, Any] | None = None,
    manifest: Mapping[str, Any] | None = None,
    notes: Mapping[str, str] | None = None,
    index: Change | None = None,
    docker: bool = True,
) -> None:
    """Write an image as an OCI archive, which is a docker-archive too unless it shall not be.

    Args:
        target: the file.
        name: the image's name with its tag.
        layers: from the lowest to the highest.
        config: keys of the config that are other ones.
        manifest: keys of the manifest that are other ones.
        notes: annotations of every layer.
        index: makes the entries of index.json out of the entry of the image.
        docker: whether there is a manifest.json.
    """
    with tempfile.TemporaryDirectory() as folder:
        layout = Layout(Path(folder) / "layout")
        said = config_of([one.stated or one.tar for one in layers], **(config or {}))
        if "config" not in (config or {}):
            said["config"] = {"Env": ["PATH=/bin"], "Cmd": list(PROGRAM)}
        more = {"annotations": dict(notes)} if notes else {}
        document: dict[str, Any] = {
            "schemaVersion": 2,
            "mediaType": media.MANIFEST,
            "config": layout.document(said, media.CONFIG),
            "layers": [layout.blob(one.data, one.media_type, **more) for one in layers],
        }
        document |= manifest or {}
        tag = name.rpartition(":")[2]
        entry = layout.document(
            document,
            document["mediaType"],
            platform=AMD64,
            annotations={NAME: tag, CONTAINERD_NAME: f"docker.io/library/{name}"},
        )
        layout.list(*(index(layout, entry) if index else [entry]))
        if docker:
            listed = {
                "Config": _place(document["config"]),
                "RepoTags": [name],
                "Layers": [_place(one) for one in document["layers"]],
            }
            (layout.path / "manifest.json").write_text(json.dumps([listed]))
        with tarfile.open(target, "w") as tar:
            for path in sorted(layout.path.rglob("*")):
                if path.is_file():
                    tar.add(path, str(path.relative_to(layout.path)))


def unpacked(archive: Path, layout: Path) -> Path:
    """Return the layout that an OCI archive has been unpacked to, in place of what was there."""
    shutil.rmtree(layout, ignore_errors=True)
    layout.mkdir()
    run("tar", "-xf", archive, "-C", layout)  # what tarfile extracts depends on the Python
    return layout


def _place(descriptor: Mapping[str, Any]) -> str:
    return f"blobs/sha256/{descriptor['digest'].removeprefix('sha256:')}"


def base() -> Blob:
    """Return a layer with busybox, which is not linked with anything, as /bin/busybox and /bin/sh."""
    program = Path(shutil.which("busybox") or "/bin/busybox").read_bytes()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data, link in (("bin/busybox", program, ""), ("bin/sh", b"", "busybox")):
            info = tarfile.TarInfo(name)
            info.mode, info.size, info.linkname = 0o755, len(data), link
            info.type = tarfile.SYMTYPE if link else tarfile.REGTYPE
            tar.addfile(info, io.BytesIO(data))
    return stored(out.getvalue())


def deep(target: Path, name: str, count: int) -> None:
    """Write an image of so many layers."""
    files = [stored(layer({"d": None, f"d/{number}": b"x"})) for number in range(count - 1)]
    write(target, name, [base(), *files])


def tar_of(*members: tuple[tarfile.TarInfo, bytes], style: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=style) as tar:
        for info, data in members:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def member(name: str, data: bytes = b"", **keys: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    for key, value in keys.items():
        setattr(info, key, value)
    return info, data


def labelled(size: int, count: int = 1) -> Mapping[str, Any]:
    """Return a config with labels of so many bytes each, key and value together."""
    labels = {f"label.{number}": "x" * (size - len(f"label.{number}")) for number in range(count)}
    return {"config": {"Env": ["PATH=/bin"], "Cmd": list(PROGRAM), "Labels": labels}}


def packed(folder: Path) -> list[Sample]:
    """Write archives that are compressed as a whole."""
    made: list[Sample] = []
    for packing, pack in (("gzip", gzip.compress), ("zstd", zstandard.compress)):
        plain, name = folder / "plain.tar", f"whole-{packing}:{TAG}"
        docker_archive(plain, {name: [base().tar]})
        file = folder / f"whole-{packing}"
        file.write_bytes(pack(plain.read_bytes()))
        made.append(Sample("archives", f"docker-archive, the file itself {packing}", file, name, oci=False))
    return made


def odd(folder: Path) -> list[Sample]:
    """Write the images that have something odd about them."""
    made: list[Sample] = []
    low = base()
    above = stored(layer({"d": None, "d/file": b"data"}))

    def add(
        kind: str,
        what: str,
        *layers: Blob,
        name: str = "",
        command: tuple[str, ...] = PROGRAM,
        **keys: Any,
    ) -> None:
        called = name or f"odd{len(made)}:{TAG}"
        file = folder / f"odd{len(made)}.tar"
        write(file, called, [low, *layers], **keys)
        made.append(Sample(kind, what, file, called, docker=keys.get("docker", True), command=command))

    kind = "layers"
    twice = tar_of(member("a", b"1"), member("a", b"2"))
    add(kind, "a path twice in one layer", stored(twice))
    lower = stored(tar_of(member("h", type=tarfile.LNKTYPE, linkname="d/file")))
    add(kind, "a hard link to a file of a lower layer", above, lower)
    add(kind, "a name of 255 bytes", stored(tar_of(member("n" * 255))))
    add(kind, "a name of 256 bytes", stored(tar_of(member("n" * 256))))
    add(kind, "a file with holes (GNU tar's PAX form)", stored(_with_holes("pax")))
    add(kind, "a file with holes (GNU tar's old form)", stored(_with_holes("gnu")))
    add(kind, "an owner of 3 000 000", stored(tar_of(member("o", uid=3_000_000, gid=3_000_000))))
    add(kind, "a time before 1970", stored(tar_of(member("t", mtime=-5))))
    add(
        kind,
        "no blocks of zeros at its end",
        stored(above.tar[: -(-len(above.tar.rstrip(b"\0")) // 512) * 512]),
    )
    add(kind, "empty: two blocks of zeros", stored(bytes(1024)))
    add(kind, "the same layer twice", above, above)
    add(kind, "a diff_id of another tar", stored(above.tar, stated=twice))

    kind = "compression"
    half = len(above.tar) // 2
    gz = gzip.compress(above.tar[:half], mtime=0) + gzip.compress(above.tar[half:], mtime=0)
    zst = zstandard.compress(above.tar[:half]) + zstandard.compress(above.tar[half:])
    plain, gzipped, frames = map(media.layer_type, ("none", "gzip", "zstd"))
    add(kind, "gzip in two members", Blob(above.tar, gz, gzipped))
    add(kind, "zstd", stored(above.tar, "zstd"))
    add(kind, "zstd in two frames", Blob(above.tar, zst, frames))
    skipped = _SKIPPABLE + zstandard.compress(above.tar)
    add(kind, "zstd after a frame to be skipped", Blob(above.tar, skipped, frames))
    add(kind, "zstd that the media type calls gzip", Blob(above.tar, zst, gzipped))
    add(kind, "gzip that the media type calls plain", Blob(above.tar, gz, plain))

    kind = "media types"
    foreign = "application/vnd.example.layer.tar+gzip"
    add(kind, "a layer of an unknown type", Blob(above.tar, above.data, foreign))
    add(
        kind,
        "a layer that may not be distributed",
        Blob(above.tar, gz, gzipped.replace("layer", "layer.nondistributable")),
    )
    add(kind, "docker's type for a zstd layer", Blob(above.tar, zst, media.DOCKER_LAYER + ".zstd"))
    add(
        kind,
        "a manifest of docker's type over layers of OCI's",
        above,
        manifest={"mediaType": media.DOCKER_MANIFEST},
    )

    kind = "config"
    words = list(PROGRAM)
    entry = {"config": {"Entrypoint": "/bin/busybox"}}
    add(kind, "`Entrypoint` a string", above, command=("echo", SAYS), config=entry)
    add(kind, "`Env` an object", above, config={"config": {"Env": {"A": "1"}, "Cmd": words}})
    health = {"Healthcheck": {"Test": ["NONE"], "Interval": "30s"}, "Cmd": words}
    add(kind, "`Healthcheck.Interval` a string", above, config={"config": health})
    add(kind, "a key that nobody knows", above, config={"config": {"WorkDir": "/", "Cmd": words}})
    add(kind, "architecture `aarch64` beside a platform of amd64", above, config={"architecture": "aarch64"})
    add(kind, "`created` without a time of day", above, config={"created": "1970-01-01"})
    steps = [{"created_by": str(number)} for number in range(3)]
    add(kind, "more steps of history than layers", above, config={"history": steps})
    add(kind, "a label of 4 096 bytes", above, config=labelled(MOST_LABEL))
    add(kind, "a label of 4 097 bytes", above, config=labelled(MOST_LABEL + 1))
    add(kind, "250 labels of 4 000 bytes: a config of 1 MB", above, config=labelled(4000, 250))
    add(kind, "1 000 labels of 4 000 bytes: a config of 4.0 MB", above, config=labelled(4000, 1000))
    add(kind, "1 250 labels of 4 000 bytes: a config of 5.0 MB", above, config=labelled(4000, 1250))

    kind = "manifests and indexes"
    big = {"annotations": {"example.large": "x" * (3 * MEGABYTE)}}
    add(kind, "an annotation of 3 MiB", above, manifest=big)
    add(
        kind,
        "an attestation beside the image",
        above,
        index=lambda one, entry: [entry, one.attestation(entry)],
    )
    add(kind, "a signature beside the image", above, index=lambda one, entry: [entry, one.signature(entry)])
    add(kind, "the index of the image within the layout's", above, index=_nested, docker=False)
    add(kind, "another platform whose blobs are not there", above, index=_sparse)
    add(kind, "OCI alone, gzip", above, docker=False)
    add(kind, "a name of capitals", above, name=f"Odd:{TAG}")
    add(kind, "a name of 256 characters with its registry", above, name=f"{'n' * 238}:{TAG}")
    return made


def _nested(layout: Layout, entry: dict[str, Any]) -> Sequence[dict[str, Any]]:
    bare = {key: value for key, value in entry.items() if key != "annotations"}
    return [layout.index(bare, annotations=entry["annotations"])]


def _sparse(layout: Layout, entry: dict[str, Any]) -> Sequence[dict[str, Any]]:
    other = layout.image(hashlib.sha256(b"other").digest(), platform=ARM64, stated=True)
    layout.without(other, documents=True)
    bare = {key: value for key, value in entry.items() if key != "annotations"}
    return [layout.index(bare, other, annotations=entry["annotations"])]


def _with_holes(style: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        with (Path(folder) / "holes").open("wb") as file:
            file.truncate(MEGABYTE)
            file.seek(MEGABYTE)
            file.write(b"data")
        words = ["tar", "--create", "--sparse", f"--format={style}", "-C", folder, "holes"]
        return subprocess.run(words, check=True, capture_output=True).stdout
