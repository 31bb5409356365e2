"""The name of an image out of the root of a closure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nixdive.store.path import StorePath


def name_of(root: StorePath) -> str:
    """Return NAME:TAG for the image of this root: its package and version, "redis:v1".

    What docker does not take in a name becomes a dash, and a missing version "latest".
    """
    package = re.sub(r"[^a-z0-9]+", "-", root.package.lower()).strip("-")
    version = re.sub(r"[^\w.-]+", "-", root.version, flags=re.ASCII).lstrip(".-")
    return f"{package or 'image'}:{version[:128] or 'latest'}"
