"""Inputs whose every text is hostile: it holds what a terminal obeys, hides or turns around, and markup."""

from __future__ import annotations

import io
import json
import tarfile
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

# a title, a colour, the clipboard, the 8-bit forms; bidi overrides and isolates; the cursor; markup that
# quits, paints, opens a link, or is an error for whoever takes it for markup
TEXT = (
    "\x1b]0;OWNED\x07\x1b[31m\x1b]52;c;T1dORUQ=\x07\x9b31m\x9d0;OWNED\x9c\u202egnp.exe\u2066\u200f\u2028"
    "\r\x08\x0c\x7f[@click=app.quit()]x[/][b]bold[/b][/nope][link=http://x.invalid]l[/link]${x}"
)
NAME = TEXT.replace("/", "|")
PATH = f"nix/store/{'0' * 32}-lib-1"
OTHER = f"nix/store/{'1' * 32}-app-2"


def tar(*names: str, link: str = TEXT) -> bytes:
    """Return a layer with these files, and a link with a hostile target."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as made:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = 4
            info.uname = TEXT[:20]
            made.addfile(info, io.BytesIO(b"data"))
        info = tarfile.TarInfo(f"{names[0]}-link")
        info.type, info.linkname = tarfile.SYMTYPE, link
        made.addfile(info)
    return out.getvalue()


def config() -> dict[str, Any]:
    """Return the settings of an image, each of them hostile."""
    return {
        "Cmd": [TEXT],
        "Entrypoint": [TEXT],
        "Env": [f"PATH={TEXT}", TEXT],
        "User": TEXT,
        "WorkingDir": TEXT,
        "Labels": {TEXT: TEXT, "nixdive.plan.1-of-1": TEXT},
        "ExposedPorts": {TEXT: {}},
        "Volumes": {TEXT: {}},
        "StopSignal": TEXT,
        TEXT: TEXT,
    }


def layers() -> list[bytes]:
    """Return layers with store paths and with other files, all with hostile names."""
    return [
        tar(f"{PATH}/{NAME}", f"{PATH}/x"),
        tar(f"{OTHER}/{NAME}", f"{OTHER}/{PATH.rpartition('/')[2]}"),
        tar(f"etc/{NAME}", NAME, f"etc/{NAME}-2"),
        tar(f"etc/{NAME}", f"etc/.wh.{NAME}-2"),
    ]


def archive(target: Path, **changes: Any) -> Path:
    """Write a docker-archive with hostile texts wherever there is one.

    Args:
        target: the file.
        changes: of the config.
    """
    blobs = layers()
    names = [f"{number}-{NAME}/layer.tar" for number in range(len(blobs))]
    document = {
        "architecture": "amd64",
        "os": "linux",
        "author": TEXT,
        "created": "2026-01-01T00:00:00Z",
        "config": config(),
        "history": [{"created_by": TEXT, "comment": TEXT, "author": TEXT} for _ in blobs],
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{sha256(blob).hexdigest()}" for blob in blobs]},
        TEXT: TEXT,
        **changes,
    }
    entry = {"Config": f"{NAME}.json", "RepoTags": [TEXT, f"{TEXT}:1", f"a/b:{TEXT}"], "Layers": names}
    members = dict(zip(names, blobs, strict=True))
    members |= {f"{NAME}.json": json.dumps(document).encode(), "manifest.json": json.dumps([entry]).encode()}
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as made:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return target


def layout(folder: Path, *, platform: bool = False, **changes: Any) -> Path:
    """Write an OCI layout with hostile annotations and media types.

    Args:
        folder: where; it is made.
        platform: whether the platforms of the index are hostile.
        changes: of the manifest.
    """
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)

    def put(data: bytes, media: str, **more: Any) -> dict[str, Any]:
        digest = sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"mediaType": media, "digest": f"sha256:{digest}", "size": len(data), **more}

    notes = {TEXT: TEXT, "org.opencontainers.image.ref.name": TEXT, "io.containerd.image.name": TEXT}
    tars = layers()
    document = {
        "architecture": "amd64",
        "os": "linux",
        "author": TEXT,
        "config": config(),
        "history": [{"created_by": TEXT, "comment": TEXT} for _ in tars],
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{sha256(blob).hexdigest()}" for blob in tars]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": put(json.dumps(document).encode(), "application/vnd.oci.image.config.v1+json"),
        "layers": [put(data, "application/vnd.oci.image.layer.v1.tar", annotations=notes) for data in tars],
        "annotations": notes,
        **changes,
    }
    where = {"os": TEXT, "architecture": TEXT} if platform else {"os": "linux", "architecture": "amd64"}
    entry = put(json.dumps(manifest).encode(), manifest["mediaType"], annotations=notes, platform=where)
    entries = [entry, {**entry, "platform": {"os": TEXT, "architecture": "amd64", "variant": TEXT}}]
    index = {"schemaVersion": 2, "manifests": entries if platform else [entry], "annotations": notes}
    (folder / "index.json").write_text(json.dumps(index))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return folder
