from __future__ import annotations

import shutil
import subprocess
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from nixdive.contents.disk import DiskContents
from nixdive.contents.nar import nar, nar_hash
from nixdive.progress import NullProgress
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from pathlib import Path

PATH = StorePath.parse(f"/nix/store/{'0' * 32}-lib")


def _made(root: Path) -> Path:
    top = root / str(PATH)[1:]
    for folder in ("a", "a-b", "a/deep", "empty"):
        (top / folder).mkdir(parents=True)
    (top / "a/z").write_bytes(b"12345678")
    (top / "a.c").write_bytes(b"x" * 3_000_000)
    (top / "none").touch()
    (top / "run").write_text("#!")
    (top / "run").chmod(0o755)
    (top / "link").symlink_to("a/z")
    return top


def test_one_file_is_what_the_format_says(tmp_path: Path) -> None:
    top = tmp_path / str(PATH)[1:]
    top.parent.mkdir(parents=True)
    top.write_text("hello")
    words = [b"nix-archive-1", b"(", b"type", b"regular", b"contents", b"hello", b")"]
    expected = b"".join(len(one).to_bytes(8, "little") + one + bytes(-len(one) % 8) for one in words)
    assert b"".join(nar(DiskContents(tmp_path), PATH, NullProgress())) == expected


@pytest.mark.conformance
@pytest.mark.skipif(shutil.which("nix-store") is None, reason="nix-store makes the NAR to compare with")
def test_the_hash_is_that_of_what_nix_makes(tmp_path: Path) -> None:
    top = _made(tmp_path)
    made = subprocess.run(["nix-store", "--dump", top], capture_output=True, check=True).stdout
    assert nar_hash(DiskContents(tmp_path), PATH, NullProgress()) == sha256(made).hexdigest()
