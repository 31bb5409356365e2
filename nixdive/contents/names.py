"""Names in an image, as raw bytes: absolute, in their shortest form, / between the parts."""

from __future__ import annotations

from nixdive.visible import visible

# Linux: PATH_MAX; what is longer can be in a tar, but in no file system
_MOST = 4096


def shown(name: bytes) -> str:
    """Return a name for a message: visible, and of 200 characters at most."""
    text = visible(name.decode("utf-8", "surrogateescape"))
    return text if len(text) <= 200 else f"{text[:200]}…"


def parent_of(name: bytes) -> bytes:
    """Return the directory that a name lies in; the root lies in itself.

    That of a name beyond 4096 bytes is the deepest one that a file system could hold, so that a few long
    names cannot stand for gigabytes of directories.
    """
    return name[: name.rfind(b"/", 0, _MOST + 1)] or b"/"


def absolute(name: bytes) -> bytes:
    """Return the absolute name of a member: /a/b for a/b, ./a/b, /a//b/ and a/x/../b.

    Raises ValueError where it leaves the root, or holds a NUL.
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
    """Return the absolute name where a hard link leads; one that climbs further stays at the root."""
    kept: list[bytes] = []
    for part in name.partition(b"\0")[0].split(b"/"):
        if part == b"..":
            del kept[-1:]
        elif part not in {b"", b"."}:
            kept.append(part)
    return b"/" + b"/".join(kept)
