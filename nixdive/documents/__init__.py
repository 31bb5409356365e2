"""The JSON documents that commands print, each a file, with its JSON Schema (2020-12) beside it."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from nixdive.errors import UnknownNameError

NAMES: Final = (
    "plan",
    "image",
    "layer",
    "layers",
    "inspect",
    "compare",
    "replay",
    "fleet",
    "verify",
    "graph",
    "cache",
    "ci",
    "report",
    "index",
)


def schema(name: str) -> str:
    """Return the JSON Schema of a document as text, for "plan" that of nixdive.plan/1.

    Keys may be added to a document later, so a schema allows those that it does not list.

    Raises:
        UnknownNameError: no document is called so.
    """
    if name not in NAMES:
        raise UnknownNameError("document", name, NAMES)
    return files(__name__).joinpath(f"{name}.schema.json").read_text("utf-8")
