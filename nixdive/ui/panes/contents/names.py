"""Names of files as the screen writes and sorts them: store paths without their hashes."""

from __future__ import annotations

STORE = b"/nix/store"
HASH = 33  # letters of a store path's hash, and the dash


def plain_name(name: str) -> str:
    """Return an absolute name without the hash of its store path."""
    start = len(STORE) + 1
    if name.startswith("/nix/store/") and name[start + HASH - 1 : start + HASH] == "-":
        return name[:start] + name[start + HASH :]
    return name


def sort_key(name: bytes) -> bytes:
    """Return the last part of a name, without the hash of a store path."""
    folder, _, last = name.rpartition(b"/")
    return last[HASH:] + last if folder == STORE and last[HASH - 1 : HASH] == b"-" else last
