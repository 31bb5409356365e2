"""Inputs made up: a closure file, a conf.json, a docker-archive."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from pathlib import Path


def path(letter: str, name: str) -> StorePath:
    return StorePath.parse(f"/nix/store/{letter * 32}-{name}")


APP, LIB, LIBC = path("a", "Redis_App-v1"), path("b", "lib-2.0"), path("c", "libc-3.0")


def closure_file(folder: Path, name: str = "closure.json", app: str = APP) -> Path:
    file = folder / name
    infos = [
        {"path": app, "narSize": 1000, "references": [LIB, LIBC]},
        {"path": LIB, "narSize": 20000, "references": [LIBC]},
        {"path": LIBC, "narSize": 300000, "references": []},
    ]
    file.write_text(json.dumps(infos))
    return file


def conf_file(folder: Path, **changes: Any) -> Path:
    file = folder / "conf.json"
    conf = {
        "architecture": "arm64",
        "config": {"Cmd": ["/bin/x"]},
        "created": "2026-01-31T00:00:00+00:00",
        "customisation_layer": None,
        "from_image": None,
        "gid": "100",
        "gname": "us",
        "mtime": "1970-01-01T00:00:01+00:00",
        "os": "linux",
        "repo_tag": "team/app:1.0",
        "store_dir": "/nix/store",
        "store_layers": [[LIBC], [LIB, APP]],
        "uid": "1000",
        "uname": "me",
    }
    file.write_text(json.dumps(conf | changes))
    return file


def archive(folder: Path, name: str = "image.tar") -> Path:
    """A docker-archive with one empty layer."""
    layer = b"\0" * 1024
    digest = hashlib.sha256(layer).hexdigest()
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        }
    ).encode()
    manifest = [{"Config": "config.json", "RepoTags": None, "Layers": ["layer.tar"]}]
    with tarfile.open(folder / name, "w") as tar:
        members = (
            ("layer.tar", layer),
            ("config.json", config),
            ("manifest.json", json.dumps(manifest).encode()),
        )
        for member_name, data in members:
            member = tarfile.TarInfo(member_name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return folder / name
