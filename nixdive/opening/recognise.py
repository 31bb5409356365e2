"""What kind of thing a word names: told by what is there, by its content, and last by its form."""

from __future__ import annotations

import errno
import os
import re
from dataclasses import dataclass
from enum import Enum, auto
from itertools import islice
from pathlib import Path

from nixdive.errors import MalformedImageError, SourceError
from nixdive.image.compression import sniff, unpacked
from nixdive.store.path import StorePath

HEAD = 1 << 20  # bytes from which everything is recognised; the first block of a bzip2 may need 900 000
_WORDS = "name a store path, ./result, a flake's package like .#app, or a closure file"
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


@dataclass(frozen=True, slots=True)
class Named:
    """A word and what it names.

    Attributes:
        text: the word as the user wrote it.
        form: what it is.
        place: the file or store path that it leads to; the word itself for an installable.
    """

    text: str
    form: Form
    place: str


def recognise(text: str) -> Named:
    """Return what the word names; raise SourceError where it is nothing that can be opened."""
    if not text:
        raise SourceError("an empty word names no input", hint=_WORDS)
    if text == "-":
        return Named(text, Form.FILE, "-")
    if _is_there(text):
        return _existing(text)
    if "#" in text:
        return Named(text, Form.INSTALLABLE, text)
    try:
        return Named(text, Form.STORE_PATH, StorePath.parse(text.rstrip("/")))
    except ValueError as error:
        raise _nothing(text, str(error)) from None


def is_archive(data: bytes, where: str) -> bool:
    """Whether data begin like a tar, or like a compressed one; `where` is for messages.

    Damaged data do not: who reads them tells.
    """
    for _ in range(_MOST_WRAPPED):
        kind = sniff(data[:6])
        if kind == "none":
            break
        try:
            data = b"".join(islice(unpacked(iter([data]), kind, where), 1))
        except MalformedImageError:
            return False
    return data[257:262] == b"ustar"


def image_named(text: str) -> bool | None:
    """Tell whether the word names an image: None for no, True for one that only skopeo reaches."""
    if _is_there(text):
        place = Path(text)
        if place.is_dir():
            return False if (place / "oci-layout").exists() else None
        return False if place.is_file() and is_archive(_head(text, text), text) else None
    return True if _TRANSPORT.match(text) else None


def image_refused(text: str) -> SourceError:
    """Return the error for an image as an input."""
    cause = "it is an image; this version opens closures and the conf.json of streamLayeredImage"
    transport = _TRANSPORT.match(text)
    reads = "nixdive verify reads it, and nixdive write --from takes it as a base"
    if transport is None:
        return SourceError(f"{text}: {cause}", hint=reads)
    if transport[1] in _OF_FILES:
        return SourceError(f"{text}: {cause}", hint=f"without {transport[0]} {reads}")
    return SourceError(f"{text}: {cause}", hint=f"skopeo copy {text} docker-archive:image.tar; {reads}")


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
        if Path(place, "oci-layout").exists():
            raise image_refused(text)
        if path is not None:
            return Named(text, Form.STORE_PATH, path)
        flake = Path(place, "flake.nix").exists()
        hint = f"its packages are named like {text.rstrip('/')}#default" if flake else None
        raise SourceError(f"{text}: it is a directory outside the store", hint=hint)
    if not Path(place).is_file():
        return Named(text, Form.FILE, text)  # a pipe, which can be read only once
    head = _head(place, text)
    if is_archive(head, text):
        raise image_refused(text)
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
    if _TRANSPORT.match(text):
        return image_refused(text)
    if _FLAKE.match(text):
        return SourceError(f"{text}: no such file", hint=f"a flake's package is named like {text}#default")
    if text.startswith("/nix/store/"):
        return SourceError(f"{text}: it is no store path: {cause}")
    return SourceError(f"{text}: no such file", hint=_WORDS)
