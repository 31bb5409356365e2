"""Bytes as people read and write them: binary units, three significant digits, never 1000 of a unit."""

from __future__ import annotations

import re
from enum import StrEnum


class BytesOf(StrEnum):
    """What bytes are counted of.

    The same files have several sizes: as NARs, as the tars of layers, as the blobs that cross the wire.
    """

    NAR = "nar"
    TAR = "tar"
    WIRE = "wire"
    PATHS = "paths"  # no bytes at all: sizes are unknown, and every store path counts as 1


_KINDS = {
    BytesOf.WIRE: "bytes of the blobs",
    BytesOf.TAR: "bytes of the layers as they are stored",
    BytesOf.NAR: "NAR bytes",
    BytesOf.PATHS: "paths, as their sizes are unknown",
}
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def split(size: int) -> tuple[str, str]:
    """Return (mantissa, unit) of a number of bytes: ("60.9", "MiB"), ("17", "B").

    The mantissa has at most four characters, the unit is one of B, KiB, MiB, GiB, TiB, PiB.
    """
    value = float(abs(size))
    sign = "-" if size < 0 else ""
    unit = 0
    while unit < len(_UNITS) - 1 and value >= 999.5:
        value /= 1024
        unit += 1
    if unit == 0:
        return f"{sign}{value:.0f}", _UNITS[0]
    digits = 0 if value >= 99.95 else 1 if value >= 9.995 else 2
    return f"{sign}{value:.{digits}f}", _UNITS[unit]


def prose(size: int) -> str:
    """Return a number of bytes for a sentence: 60.9 MiB."""
    mantissa, unit = split(size)
    return f"{mantissa} {unit}"


def amount(size: int, kind: BytesOf) -> tuple[str, str]:
    """Return bytes and what they are of, in words: ("60.9 MiB", "NAR bytes"); paths are counted by number."""
    return (str(size) if kind is BytesOf.PATHS else prose(size)), _KINDS[kind]


def signed(size: int) -> str:
    """Return a difference of bytes for a sentence: +60.9 MiB, −841 KiB, ±0."""
    return "±0" if size == 0 else f"{'+' if size > 0 else '−'}{prose(abs(size))}"


_WRITTEN = re.compile(r"([0-9][0-9,]*(?:\.[0-9]*)?|\.[0-9]+)\s*([kmgtpe]?)(i?)(b?)", re.IGNORECASE)
_PREFIXES = "kmgtpe"
_LONGEST = 40  # characters


def size_in(text: str) -> int | None:
    """Return the bytes that a text like 2GB, 1.5 GiB or 800 names, or None if it names none.

    MB, or M alone, is a power of 1000, and MiB one of 1024, as dive reads them.
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None or (found[3] and not found[2]) or len(text) > _LONGEST:
        return None
    power = _PREFIXES.index(found[2].lower()) + 1 if found[2] else 0
    return int(float(found[1].replace(",", "")) * (1024 if found[3] else 1000) ** power)
