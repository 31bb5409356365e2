"""Names in an image, as raw bytes: absolute, in their shortest form, / between the parts."""

from __future__ import annotations

from nixdive.visible import visible

# Linux: PATH_MAX; a longer name can be in a tar, but not in a file system
_MOST = 4096


def shown(name: bytes) -> str:
    """Return a name for a message: printable, and at most 200 characters long."""
    text = visible(name.decode("utf-8", "surrogateescape"))
    return text if len(text) <= 200 else f"{text[:200]}…"


def parent_of(name: bytes) -> bytes:
    """Return the directory that contains a name; the root's is the root itself.

    For a name longer than 4096 bytes it is the deepest one that a file system could have, so that a few
    long names cannot imply gigabytes of directories.
    """
    return name[: name.rfind(b"/", 0, _MOST + 1)] or b"/"


def absolute(name: bytes) -> bytes:
    """Return the absolute name of a member: /a/b for a/b, ./a/b, /a//b/ and a/x/../b.

    Raises ValueError if it leaves the root or contains a NUL.
    """
    if b"\0" in name:
        raise ValueError(f"{shown(name)} has a NUL in its name")
    name = b"/" + name.removeprefix(b"./").strip(b"/")
    if b"//" not in name and b"/." not in name:
        return name
    kept: list[bytes] = []
    for part in name.split(b"/"):
        if part == b"..":
            if not kept:
                raise ValueError(f"{shown(name[1:])} leaves the root")
            kept.pop()
        elif part not in {b"", b"."}:
            kept.append(part)
    return b"/" + b"/".join(kept)


def below_root(name: bytes) -> bytes:
    """Return the absolute name that a hard link refers to; `..` at the root stays at the root."""
    kept: list[bytes] = []
    for part in name.partition(b"\0")[0].split(b"/"):
        if part == b"..":
            del kept[-1:]
        elif part not in {b"", b"."}:
            kept.append(part)
    return b"/" + b"/".join(kept)
