"""Docker-archives made of words, for tests."""

from __future__ import annotations

import io
import json
import tarfile
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from nixdive.image.readers.archive import files_of
from nixdive.image.readers.choice import ANY
from nixdive.image.readers.found import image_in
from nixdive.image.stored.inspection import inspect_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from nixdive.image.readers.choice import Wanted
    from nixdive.image.stored.inspection import Inspection


def layer(*texts: str) -> bytes:
    """Return a tar of `a/b=data`, `a/`, `l->target` and `h=>a/b`."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT, errors="surrogateescape") as tar:
        for text in texts:
            info, data = tarfile.TarInfo(text.rstrip("/")), b""
            if "->" in text:
                info.name, info.linkname = text.split("->")
                info.type = tarfile.SYMTYPE
            elif "=>" in text:
                info.name, info.linkname = text.split("=>")
                info.type = tarfile.LNKTYPE
            elif text.endswith("/"):
                info.type, info.mode = tarfile.DIRTYPE, 0o755
            else:
                info.name, _, body = text.partition("=")
                data = body.encode()
                info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def archive(
    target: Path,
    layers: Sequence[bytes],
    *,
    pack: Callable[[bytes], bytes] = bytes,
    tag: str = "made:1",
    **config: Any,
) -> Path:
    """Write a docker-archive of these layers, each packed so, and return its path."""
    blobs = list(map(pack, layers))
    ids = [f"sha256:{sha256(data).hexdigest()}" for data in layers]
    members = {f"{i}/layer.tar": blob for i, blob in enumerate(blobs)}
    made = {"rootfs": {"type": "layers", "diff_ids": ids}, **config}
    entry = {"Config": "config.json", "RepoTags": [tag], "Layers": list(members)}
    members |= {"config.json": json.dumps(made).encode(), "manifest.json": json.dumps([entry]).encode()}
    with tarfile.open(target, "w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return target


def inspected(path: Path, wanted: Wanted = ANY) -> Inspection:
    """Read the image that is meant of an archive or a layout."""
    files = files_of(path)
    return inspect_stored(image_in(files, wanted), files)
