"""What kind of thing a word names: told by what is there, by its content, and last by its form."""

from __future__ import annotations

import errno
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from nixdive.contents.tar_header import BLOCK, is_header
from nixdive.errors import MalformedImageError, SourceError
from nixdive.store.path import StorePath
from nixdive.unpack import sniff, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = 1 << 20  # bytes from which everything is recognised; the first block of a bzip2 may need 900 000
_WORDS = "name a store path, ./result, a flake's package like .#app, a closure file or an image"
_MOST_WRAPPED = 3  # there are files that unpack to themselves
_CONF = re.compile(rb"/[^\s'\"]+\.json\b")
_TRANSPORT = re.compile(r"(docker|docker-daemon|docker-archive|containers-storage|oci|oci-archive|dir):")
_OF_FILES = frozenset({"docker-archive", "oci", "oci-archive"})
_FLAKE = re.compile(r"(github|gitlab|sourcehut|git\+\w+|path|flake|nixpkgs|tarball\+\w+)(:|/|$)")


class Form(Enum):
    """The forms that an input can have."""

    FILE = auto()  # a closure file or a conf.json; "-" is standard input
    STORE_PATH = auto()
    INSTALLABLE = auto()
    IMAGE = auto()  # an archive or a layout
    REMOTE = auto()  # an image that only skopeo reaches


@dataclass(frozen=True, slots=True)
class Named:
    """A word and what it names.

    Attributes:
        text: the word as the user wrote it.
        form: what it is.
        place: the file or store path that it leads to; the word itself for an installable or a remote image.
        image: what an image is called in its file, where the word says so: FILE:NAME.
    """

    text: str
    form: Form
    place: str
    image: str | None = None


def recognise(text: str) -> Named:
    """Return what the word names; raise SourceError where it is nothing that can be opened."""
    if not text:
        raise SourceError("an empty word names no input", hint=_WORDS)
    if text == "-":
        return Named(text, Form.FILE, "-")
    if _is_there(text):
        return _existing(text)
    if (named := _in_file(text)) is not None:
        return named
    if "#" in text:
        return Named(text, Form.INSTALLABLE, text)
    try:
        return Named(text, Form.STORE_PATH, StorePath.parse(text.rstrip("/")))
    except ValueError as error:
        raise _nothing(text, str(error)) from None


def is_archive(data: bytes) -> bool:
    """Whether data begin like a tar, or like a compressed one; what is damaged does not."""
    for _ in range(_MOST_WRAPPED):
        kind = sniff(data[:6])
        if kind == "none":
            break
        data = _begun(unpacked([data], kind, MalformedImageError))
    return is_header(data[:BLOCK])


def _begun(pieces: Iterator[bytes]) -> bytes:
    """Return how unpacked data begin, as far as they can be unpacked."""
    found = b""
    with suppress(MalformedImageError):
        while len(found) < HEAD and (piece := next(pieces, b"")):
            found += piece
    return found


def image_named(text: str) -> Named | None:
    """Return what the word names if it is an image, else None; nothing but the head of a file is read."""
    if _is_there(text):
        return Named(text, Form.IMAGE, os.path.realpath(text)) if _is_image(text, text) else None
    return _in_file(text)


def _in_file(text: str) -> Named | None:
    """Return the image of a word with a transport of skopeo, or in the form of FILE:NAME, or None.

    Raises SourceError where a transport says that there is an image, and there is none.
    """
    transport = _TRANSPORT.match(text)
    if transport is not None and transport[1] not in _OF_FILES:
        return Named(text, Form.REMOTE, text)
    rest = text[transport.end() :] if transport is not None else text
    ends = [len(rest), *(at for at in range(len(rest) - 1, 0, -1) if rest[at] == ":")]
    for end in ends:
        place, name = rest[:end], rest[end + 1 :]
        if place and _is_there(place) and _is_image(place, text):
            return Named(text, Form.IMAGE, os.path.realpath(place), name or None)
    if transport is None:
        return None
    raise SourceError(
        f"{text}: there is no image", hint=f"expected {transport[0]}FILE or {transport[0]}FILE:NAME"
    )


def _is_image(place: str, text: str) -> bool:
    if Path(place).is_dir():
        return _is_layout(Path(place))
    return Path(place).is_file() and is_archive(_head(place, text))


def _is_layout(place: Path) -> bool:
    return (place / "oci-layout").exists() or ((place / "index.json").exists() and (place / "blobs").is_dir())


def _is_there(text: str) -> bool:
    try:
        Path(text).stat()
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP}:
            return False
        raise SourceError(f"{text}: {error.strerror}") from error
    return True


def _existing(text: str) -> Named:
    place = os.path.realpath(text)
    path = _store_path(place)
    if Path(place).is_dir():
        if _is_layout(Path(place)):
            return Named(text, Form.IMAGE, place)
        if path is not None:
            return Named(text, Form.STORE_PATH, path)
        flake = Path(place, "flake.nix").exists()
        hint = f"its packages are named like {text.rstrip('/')}#default" if flake else None
        raise SourceError(f"{text}: it is a directory outside the store", hint=hint)
    if not Path(place).is_file():
        return Named(text, Form.FILE, text)  # a pipe, which can be read only once
    head = _head(place, text)
    if is_archive(head):
        return Named(text, Form.IMAGE, place)
    if head.startswith(b"#!") and (conf := _conf_of(head)):
        return Named(text, Form.FILE, conf)
    return (
        Named(text, Form.FILE, place)
        if path is None or _is_graph(head)
        else Named(text, Form.STORE_PATH, path)
    )


def _store_path(place: str) -> StorePath | None:
    parts = place.split("/")
    for end in range(2, len(parts) + 1):
        try:
            return StorePath.parse("/".join(parts[:end]))
        except ValueError:
            continue
    return None


def _conf_of(script: bytes) -> str | None:
    """Return the conf.json that a streamLayeredImage script hands to its program."""
    for name in map(os.fsdecode, _CONF.findall(script)):
        if Path(name).is_file() and b'"store_layers"' in _head(name, name):
            return name
    return None


def _is_graph(head: bytes) -> bool:
    text = head.lstrip()
    if text[:1] in {b"{", b"["}:
        return any(key in text for key in (b'"store_layers"', b'"references"', b'"narSize"'))
    return text.startswith((b"/", b"digraph"))


def _head(place: str, text: str) -> bytes:
    try:
        with Path(place).open("rb") as file:
            return file.read(HEAD)
    except OSError as error:
        raise SourceError(f"{text}: {error.strerror}") from error


def _nothing(text: str, cause: str) -> SourceError:
    if os.path.lexists(text):
        return SourceError(f"{text}: the link leads to nothing", hint="build it again: nix build")
    if _FLAKE.match(text):
        return SourceError(f"{text}: no such file", hint=f"a flake's package is named like {text}#default")
    if text.startswith("/nix/store/"):
        return SourceError(f"{text}: it is not a store path: {cause}")
    return SourceError(f"{text}: no such file", hint=_WORDS)
