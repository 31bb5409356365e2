"""Makes the manual pages for the wheel, from the help of the commands."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManualPages(BuildHookInterface):  # type: ignore[type-arg]
    """Adds share/man/man1, where `man` looks beside the program."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  hatchling's signature
        """Write the pages into a temporary folder, and name them as data of the wheel."""
        sys.path.insert(0, self.root)
        try:
            from nixdive.cli.manual import write  # noqa: PLC0415  it is not there before
        finally:
            sys.path.remove(self.root)
        self._folder = tempfile.TemporaryDirectory(prefix="nixdive-man-")
        write(Path(self._folder.name))
        pages = sorted(Path(self._folder.name).iterdir())
        build_data["shared_data"] = {str(page): f"share/man/man1/{page.name}" for page in pages}

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002  as above
        """Remove the folder."""
        self._folder.cleanup()
