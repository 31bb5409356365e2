"""JSON images as nix2container builds them, of a small store made up on the disk."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from nixdive.contents.disk import DiskContents
from nixdive.image.tars.go_pattern import go_pattern
from nixdive.image.tars.moved_tar import MovedPath, MovedTar, Permission
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from pathlib import Path

A, B, C, ROOT = (StorePath(f"/nix/store/{letter * 32}-{letter}") for letter in "abcd")


def store(folder: Path) -> Path:
    """Make a store below a folder: A refers to B, C to A, and ROOT has links to C; return its root."""
    for path, files in {
        A: {"lib/a": f"a {B}"},
        B: {"lib/b": "b"},
        C: {"bin/c": f"c {A}"},
        ROOT: {"etc/motd": "hello", "tmp/x": ""},
    }.items():
        for name, text in files.items():
            file = folder / path[1:] / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            file.chmod(0o444)
    (folder / ROOT[1:] / "bin").symlink_to(f"{C}/bin")
    return folder


MOVED = {"path": ROOT, "options": {"rewrite": {"regex": f"^{ROOT}", "repl": ""}}}
OPEN = {"perms": [{"regex": "/tmp$", "mode": "1777", "uid": 7, "gid": 8, "uname": "", "gname": ""}]}
OPENED = {"path": ROOT, "options": MOVED["options"] | OPEN}  # type: ignore[operator]


def image(root: Path, *layers: list[Any], **more: Any) -> bytes:
    """Return the document of an image; a layer is a list of store paths, or of objects with options."""
    return json.dumps(
        {
            "version": 1,
            "image-config": {"Cmd": [f"{C}/bin/c"], "User": "7"},
            "layers": [layer(root, paths) for paths in layers],
            "arch": "arm64",
            "created": "0001-01-01T00:00:00Z",
            **more,
        }
    ).encode()


def layer(root: Path, paths: list[Any]) -> dict[str, Any]:
    """Return a layer with the digest that its tar has."""
    listed = [path if isinstance(path, dict) else {"path": path} for path in paths]
    data = b"".join(MovedTar([_path(one) for one in listed], DiskContents(root)).chunks())
    digest = f"sha256:{sha256(data).hexdigest()}"
    kind = "application/vnd.oci.image.layer.v1.tar"
    stated = {"digest": digest, "size": len(data), "diff_ids": digest, "paths": listed, "mediatype": kind}
    return stated | {"History": {"created_by": "nix2container"}}


def _path(one: dict[str, Any]) -> MovedPath:
    options = one.get("options", {})
    rewrite = options.get("rewrite")
    permissions = (
        Permission(go_pattern(said["regex"]), int(said["mode"], 8), said["uid"], said["gid"], "", "")
        for said in options.get("perms", ())
    )
    return MovedPath(
        StorePath(one["path"]),
        go_pattern(rewrite["regex"]) if rewrite else None,
        rewrite["repl"] if rewrite else "",
        tuple(permissions),
    )
