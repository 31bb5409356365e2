"""What the bytes of an input are: an archive, an image of dockerTools, a script that streams one."""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from nixdive import there
from nixdive.contents.tar import Pieces, TarReader
from nixdive.contents.tar_header import BLOCK, is_header
from nixdive.errors import MalformedImageError, SourceError
from nixdive.magic import sniff

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = 1 << 20  # bytes from which everything is recognised; the first block of a bzip2 may need 900 000
_MOST_WRAPPED = 3  # nested compressions; there are files that unpack to themselves
_DIGEST = rb"[0-9a-f]{64}"
# a folder or a list that may come before the first member that is telling
_BEFORE = re.compile(rb"(?:\./)*(?:\.?|blobs(?:/sha256)?|%b|index\.json|repositories)/?" % _DIGEST)
# a layer, a config, a manifest: as docker save, skopeo and stream_layered_image.py of nixpkgs name them
_TELLING = re.compile(
    rb"(?:\./)*(?:%b/(?:VERSION|json|layer\.tar)|(?:sha256:)?%b(?:\.json|\.tar)?|blobs/sha256/%b"
    rb"|manifest\.json|oci-layout)" % (_DIGEST, _DIGEST, _DIGEST)
)
_MOST_BEFORE = 200  # members
_CONF = re.compile(rb"/[^\s'\"]+\.json\b")


def head(place: str, text: str) -> bytes:
    """Return how a file begins; raise SourceError that names `text` where it cannot be read."""
    with there.reading(place, SourceError, text), Path(place).open("rb") as file:
        return file.read(HEAD)


def is_archive(data: bytes) -> bool:
    """Whether data begin like a tar or a compressed tar; damaged data do not."""
    return is_header(_unwrapped(data)[:BLOCK])


def is_image_tar(data: bytes) -> bool:
    """Whether data begin like the tar of an image, compressed or not.

    The tars of images that dockerTools builds, and those of docker save and skopeo, begin with a layer, a
    config or a manifest under names that no tar of sources has.
    """
    try:
        for member in islice(TarReader(Pieces([_unwrapped(data)]), ""), _MOST_BEFORE):
            if member.flag != b"5" and _TELLING.fullmatch(member.name):
                return True
            if not _BEFORE.fullmatch(member.name):
                return False
    except MalformedImageError:  # it is not a tar, or the head has ended
        pass
    return False


def is_layout(place: str, text: str) -> bool:
    """Whether a folder is an OCI layout; raise SourceError that names `text` where it may not be entered."""
    folder = Path(place)
    return there.exists(folder / "oci-layout", SourceError, text) or (
        there.exists(folder / "index.json", SourceError, text)
        and there.is_folder(folder / "blobs", SourceError, text)
    )


def is_image_folder(place: str, text: str) -> bool:
    """Whether a folder is an image: an OCI layout, skopeo's directory form, or an unpacked docker-archive.

    Other programs have a manifest.json too, so that of the last two has to look like a manifest.

    Raises SourceError that names `text` where it may not be entered.
    """
    manifest = Path(place, "manifest.json")
    if is_layout(place, text):
        return True
    if not there.is_file(manifest, SourceError, text):
        return False
    try:
        found = json.loads(head(str(manifest), text))
    except (ValueError, RecursionError):
        return False
    if isinstance(found, dict):
        return found.get("schemaVersion") == 2 and bool({"config", "manifests"} & found.keys())
    return isinstance(found, list) and any(isinstance(one, dict) and "Config" in one for one in found)


def is_conf(data: bytes) -> bool:
    """Whether data begin like the conf.json of a streamLayeredImage."""
    return data.lstrip().startswith(b"{") and b'"store_layers"' in data and b'"repo_tag"' in data


def is_described(data: bytes) -> bool:
    """Whether data begin like the JSON image of nix2container."""
    return data.lstrip().startswith(b"{") and b'"image-config"' in data and b'"layers"' in data


def conf_of_script(data: bytes) -> str | None:
    """Return the conf.json that a script of streamLayeredImage hands to its program; None for all else."""
    if not data.startswith(b"#!"):
        return None
    for line in data.splitlines():
        if line.lstrip().startswith(b"exec "):
            for name in map(os.fsdecode, _CONF.findall(line)):
                if there.is_file(name, SourceError) and b'"store_layers"' in head(name, name):
                    return name
    return None


def _unwrapped(data: bytes) -> bytes:
    """Return how data begin once they are unpacked, as far as they can be."""
    for _ in range(_MOST_WRAPPED):
        kind = sniff(data[:6])
        if kind == "none":
            break
        from nixdive.unpack import unpacked

        data = _begun(unpacked([data], kind, MalformedImageError))
    return data


def _begun(pieces: Iterator[bytes]) -> bytes:
    """Return the beginning of the unpacked data, as far as they can be unpacked."""
    found = b""
    with suppress(MalformedImageError):
        while len(found) < HEAD and (piece := next(pieces, b"")):
            found += piece
    return found
