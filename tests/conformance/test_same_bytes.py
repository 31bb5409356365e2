"""Same input, same bytes, whatever the surroundings are, and whoever says what the closure is."""

from __future__ import annotations

import hashlib
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

SURROUNDINGS = [
    ("1", {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C", "umask": "000"}),
    ("2", {"PYTHONHASHSEED": "2", "TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8", "umask": "077"}),
    ("5", {"PYTHONHASHSEED": "3", "TZ": "America/St_Johns", "LC_ALL": "POSIX", "umask": "027"}),
]


@pytest.mark.parametrize("compression", ["gzip", "zstd", "none"])
@pytest.mark.parametrize("image_format", ["hybrid", "docker-archive", "oci-archive"])
def test_same_bytes(
    image_format: str, compression: str, apps: Mapping[str, Any], nixdive: Callable[..., str], tmp_path: Path
) -> None:
    digests = set()
    for jobs, surroundings in SURROUNDINGS:
        file = tmp_path / f"{jobs}.tar"
        words = ["write", apps["redis"].path, "-o", file, "--max-layers", "25", "--jobs", jobs, "-q"]
        nixdive(*words, "--format", image_format, "--compression", compression, env=surroundings)
        with file.open("rb") as data:
            digests.add(hashlib.file_digest(data, "sha256").hexdigest())
        file.unlink()
    assert len(digests) == 1


def test_a_closure_from_nix_and_one_from_a_file_give_the_same(
    apps: Mapping[str, Any], nixdive: Callable[..., str], tmp_path: Path
) -> None:
    path = apps["redis"].path
    words = [
        "nix",
        "--extra-experimental-features",
        "nix-command",
        "path-info",
        "--json",
        "--recursive",
        path,
    ]
    file = tmp_path / "closure.json"
    file.write_bytes(subprocess.run(words, check=True, capture_output=True).stdout)
    digests = set()
    for number, source in enumerate((path, file)):
        target = tmp_path / f"{number}.tar"
        nixdive("write", source, "-o", target, "--name", "redis:1", "--max-layers", "25", "-q")
        digests.add(hashlib.sha256(target.read_bytes()).hexdigest())
    assert len(digests) == 1
