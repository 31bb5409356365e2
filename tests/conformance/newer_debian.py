"""Programs of a newer Debian beside this one."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from tests.conformance.programs import daemon, own_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCRIPT = Path(__file__).with_suffix(".sh")


@contextlib.contextmanager
def newer_debian(folder: Path, *places: Path) -> Iterator[tuple[str, ...]]:
    """Give the words that start a program in the Debian that newer_debian.sh made in a folder.

    It sees the places; what it mounts is gone at the end.
    """
    with own_folder("newer") as own:
        wait = "echo ready; exec sleep infinity"
        words = map(str, (_SCRIPT, "run", folder, *places, "--", "sh", "-c", wait))
        log = own / "log"
        with daemon(*words, log=log, ready=lambda: "ready" in log.read_text()) as process:
            yield ("nsenter", "--mount", "--target", str(process), "--")
