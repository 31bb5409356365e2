"""What `nix build --json` prints: the outputs of what it has built."""

from __future__ import annotations

from typing import Any

_OF_CLOSURES = frozenset({"narSize", "narHash", "references", "valid"})  # keys of `nix path-info --json`


def may_hold(data: bytes) -> bool:
    """Whether it is worth looking for outputs in JSON: closures, which are much longer, are told at once."""
    return data.lstrip().startswith(b"[") and not (b'"narSize"' in data and b'"references"' in data)


def outputs(document: Any) -> list[str] | None:
    """Return the store paths that `nix build --json` has listed; None for another document."""
    if not isinstance(document, list) or not document:
        return None
    found: list[str] = []
    for built in document:
        if isinstance(built, str):
            found.append(built)
            continue
        if not isinstance(built, dict) or not _OF_CLOSURES.isdisjoint(built):
            return None
        places = built.get("outputs", {"": built.get("path")})
        if not isinstance(places, dict):
            return None
        found += [path for path in places.values() if isinstance(path, str)]
    return found
