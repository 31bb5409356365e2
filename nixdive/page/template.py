"""The HTML files of this package: parts that are put into each other, and a policy that knows the scripts."""

from __future__ import annotations

import base64
import re
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLACE = re.compile(r"@([a-z]+)@")


def part(name: str) -> str:
    """Return the text of a file beside this one."""
    return files("nixdive.page").joinpath(name).read_text("utf-8")


def filled(template: str, parts: Mapping[str, str]) -> str:
    """Return the text of a file with each @name@ in it replaced by the part of that name, as it is."""
    return _PLACE.sub(lambda place: parts[place[1]], part(template))


def allowed(script: str) -> str:
    """Return what a policy names a script by that stands in its page: its hash."""
    return f"'sha256-{base64.b64encode(sha256(script.encode()).digest()).decode()}'"
