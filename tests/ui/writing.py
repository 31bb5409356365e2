"""What is in an image that was written."""

from __future__ import annotations

import json
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def config_of(image: Path) -> dict[str, Any]:
    with tarfile.open(image) as tar:
        manifest = json.load(tar.extractfile("manifest.json") or pytest.fail("no manifest"))
        config: dict[str, Any] = json.load(tar.extractfile(manifest[0]["Config"]) or pytest.fail("no config"))
    return config
