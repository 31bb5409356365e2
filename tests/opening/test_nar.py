"""The size of a NAR, counted from files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.contents.disk import DiskContents
from nixdive.opening.nar import nar_size
from tests.opening.inputs import path

if TYPE_CHECKING:
    from pathlib import Path


def test_nar_size(tmp_path: Path) -> None:
    # an empty file is 112 bytes, see the words of the format
    store = tmp_path / "nix" / "store"
    for name, expected in (("empty", 112), ("nine", 112 + 16), ("tool", 112 + 8 + 32)):
        place = store / f"{'a' * 32}-{name}"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes({"empty": b"", "nine": b"x" * 9, "tool": b"x"}[name])
        place.chmod(0o755 if name == "tool" else 0o644)
        assert nar_size(DiskContents(tmp_path), path("a", name)) == expected
