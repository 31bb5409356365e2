"""Manual pages in groff, which shows them for man."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from nixdive.cli.manual import write
from tests.conformance.conftest import missing

if TYPE_CHECKING:
    from pathlib import Path


def test_groff_has_nothing_to_say(tmp_path: Path) -> None:
    if shutil.which("groff") is None:
        missing("groff is not installed")
    write(tmp_path)
    for page in tmp_path.iterdir():
        words = ["groff", "-ww", "-man", "-Tutf8", "-K", "utf8", str(page)]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        assert (done.stderr, "OPTIONS" in done.stdout) == ("", True), page.name
