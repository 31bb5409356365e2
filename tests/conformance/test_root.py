"""What is at the root of an image, in real engines, and a store that a real Nix finds in order."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from tests.conformance.conftest import need
from tests.conformance.programs import run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


def unpacked(image: Path, folder: Path, skopeo: Callable[..., str]) -> Path:
    """Unpack all layers of an image over each other; return the root."""
    skopeo("copy", f"oci-archive:{image}", f"dir:{folder / 'dir'}")
    root = folder / "root"
    root.mkdir()
    for layer in json.loads((folder / "dir/manifest.json").read_bytes())["layers"]:
        run("tar", "-xf", folder / "dir" / layer["digest"][7:], "-C", root)
    return root


def test_a_nix_finds_the_store_inside_in_order(
    apps: Mapping[str, Any], nixdive: Callable[..., str], skopeo: Callable[..., str], tmp_path: Path
) -> None:
    need("nix-store", root=True)
    app = str(apps["redis"].path)
    target = tmp_path / "image.tar"
    # neither the root nor what it needs is named as an input
    nixdive("write", "--name", "r:1", "--cmd", f"{app}/bin/redis", "--nix-db", "-o", target)
    root = unpacked(target, tmp_path, skopeo)
    here = run("nix-store", "--query", "--requisites", app).split()
    inside = run("nix-store", "--store", root, "--query", "--requisites", app).split()
    assert inside == here
    run("nix-store", "--store", root, "--verify", "--check-contents")
    assert run("nix-store", "--store", root, "--gc", "--print-dead").split() == []


def test_a_user_of_its_own_writes_into_its_home(
    podman: Any, nixdive: Callable[..., str], tmp_path: Path
) -> None:
    need("busybox")
    tree = tmp_path / "tree/bin"
    tree.mkdir(parents=True)
    shutil.copy(shutil.which("busybox") or "", tree / "busybox")
    for program in ("sh", "touch", "stat", "id"):
        (tree / program).symlink_to("busybox")
    target = tmp_path / "image.tar"
    words = (
        "--name",
        "user:1",
        "--layer",
        tree.parent,
        "--add-user",
        "app:1000:1000:/home/app",
        "--user",
        "app",
    )
    nixdive("write", *words, "--mkdir", "/tmp:1777", "-o", target)
    podman.load(target)
    script = "touch ~/a /tmp/b && stat -c %u:%a /home/app/a /tmp && id -un"
    assert podman.run("user:1", "sh", "-c", script).split() == ["1000:644", "0:1777", "app"]
