"""What kind of input a word names: decided by what exists on disk, its content, and last its form.

Anything in a store is a store path, as for Nix, whatever its bytes look like; only what dockerTools builds is
opened as an image.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from nixdive import there
from nixdive.errors import SourceError
from nixdive.opening.content import (
    conf_of_script,
    head,
    is_archive,
    is_conf,
    is_described,
    is_image_folder,
    is_image_tar,
    is_layout,
)
from nixdive.opening.piped import STANDARD_INPUT, Piped, is_piped, piped
from nixdive.store.located import Located
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.store.nix.roots import Roots

_WORDS = "name a store path, ./result, a flake's package like .#app, a closure file or an image"
_DEMO = "demo"  # where nothing is called so
_MOST_PATH, _MOST_NAME = 4096, 255  # bytes, as Linux has it
_TRANSPORT = re.compile(r"(docker|docker-daemon|docker-archive|containers-storage|oci|oci-archive|dir):")
_OF_FILES = frozenset({"docker-archive", "oci", "oci-archive", "dir"})
_MEANING = re.compile(r"(path|image|closure):(.+)", re.DOTALL)
# references to flakes that cannot be taken for anything else
_FLAKE_URL = re.compile(r"(github|gitlab|sourcehut|flake|(git|hg|file|tarball|path)\+\w+):")
_FLAKE = re.compile(r"nixpkgs(/|$)")
_DERIVATION = re.compile(r"(?P<place>.+\.drv)(?:\^(?P<outputs>\*|[^^/#]+))?")


class Form(Enum):
    """The forms that an input can have."""

    FILE = auto()  # a closure file or a conf.json; "-" is standard input
    STORE_PATH = auto()
    INSTALLABLE = auto()  # what Nix has to build: a flake's package, the outputs of a derivation
    IMAGE = auto()  # an archive or a layout
    REMOTE = auto()  # an image in a registry, a daemon or podman's storage
    DEMO = auto()  # the image that is shipped inside the package


@dataclass(frozen=True, slots=True)
class Named:
    """A word and what it names.

    Attributes:
        text: the word as the user wrote it.
        form: what it is.
        place: the file or store path that it leads to, or what Nix is asked to build; the word itself for a
            remote image.
        image: the name of an image in its file, if the word gives one: FILE:NAME.
        root: the root directory of the store with the store path; empty for the machine's own.
        note: what the user should know of how the word was understood, or empty.
        roots: keeps what was built from the garbage collector.
        piped: what came through it, if the place is a pipe.
    """

    text: str
    form: Form
    place: str
    image: str | None = None
    root: str = ""
    note: str = field(default="", compare=False)
    roots: Roots | None = field(default=None, compare=False, repr=False)
    piped: Piped | None = field(default=None, compare=False, repr=False)


def recognise(text: str) -> Named:
    """Return what the word names; raise SourceError if it cannot be opened."""
    if not text:
        raise SourceError(there.EMPTY_WORD, hint=_WORDS)
    if text == STANDARD_INPUT:
        return _through_pipe(text, text)
    is_there = _is_there(text)
    if not is_there and (meant := _MEANING.fullmatch(text)) is not None:
        return _meant(text, meant[1], meant[2])
    named = _derivation(text)
    if named is None and (found := _located(text)) is not None:
        named = in_store(text, found)
    if named is None:
        named = _outside(text) if is_there else _in_file(text)
    return named or _by_form(text)


def comes_through_pipe(text: str) -> bool:
    """Whether a word names standard input or a pipe; to learn what comes through it, it is read."""
    return text == STANDARD_INPUT or (bool(text) and _is_there(text) and is_piped(text))


def _by_form(text: str) -> Named:
    if text == _DEMO:
        return Named(text, Form.DEMO, text)
    if "#" in text or _FLAKE_URL.match(text):
        return Named(text, Form.INSTALLABLE, text)
    try:
        return Named(text, Form.STORE_PATH, StorePath.parse(text.rstrip("/")))
    except ValueError as error:
        raise _nothing(text, str(error)) from None


def image_named(text: str) -> Named | None:
    """Return what the word names if it is an image, else None; only the head of a file is read."""
    if text == STANDARD_INPUT:
        return _if_image(_through_pipe(text, text))
    meant = None if _is_there(text) else _MEANING.fullmatch(text)
    if meant is not None:
        return _if_image(_image(text, meant[2])) if meant[1] == "image" else None
    if (found := _located(text)) is not None:
        return _if_image(in_store(text, found))
    if _is_there(text):
        if is_piped(text):
            return _if_image(_through_pipe(text, text))
        return Named(text, Form.IMAGE, os.path.realpath(text)) if _is_image(text, text) else None
    named = _in_file(text)
    return named and _if_image(named)


def _if_image(named: Named) -> Named | None:
    return named if named.form in {Form.IMAGE, Form.REMOTE} else None


def _through_pipe(text: str, place: str, name: str | None = None) -> Named:
    found = piped(place, text)
    is_image = found.is_archive or is_described(found.data)
    return Named(text, Form.IMAGE if is_image else Form.FILE, place, name, piped=found)


def _meant(text: str, meaning: str, rest: str) -> Named:
    """Return what a word names that says which meaning is meant."""
    if meaning == "image":
        return _image(text, rest)
    if meaning == "closure" and is_piped(rest):
        return _through_pipe(text, rest)
    if meaning == "closure":
        if not there.exists(rest, SourceError, text):
            raise SourceError(f"{text}: no such file", hint="expected closure:FILE")
        return Named(text, Form.FILE, rest)
    if "#" not in rest and (found := Located.of(rest)) is not None:
        return _store_path(text, found)
    if there.is_file(rest, SourceError, text):
        raise SourceError(f"{text}: it is not in a store", hint=f"{rest} alone names the file")
    return Named(text, Form.INSTALLABLE, text)  # a reference to a flake


def _image(text: str, rest: str) -> Named:
    """Return the image that a word names, whatever else it could be."""
    if is_piped(rest):
        return _through_pipe(text, rest)
    if there.is_file(rest, SourceError, text):
        data = head(rest, text)
        if not (is_archive(data) or is_described(data)):
            return Named(text, Form.FILE, conf_of_script(data) or rest)
    if there.exists(rest, SourceError, text):
        return Named(text, Form.IMAGE, os.path.realpath(rest))
    named = _in_file(rest)
    if named is None:
        raise SourceError(f"{text}: no such file", hint="expected image:FILE or image:FILE:NAME")
    return replace(named, text=text)


def _derivation(text: str) -> Named | None:
    """Return what a derivation builds, for a word that names one, with or without its outputs; else None."""
    words = _DERIVATION.fullmatch(text)
    if words is None or (words["outputs"] and _is_there(text)):
        return None
    found = Located.of(words["place"])
    if found is None or found.below or not found.path.endswith(".drv"):
        return None
    note = f"{text} is a derivation; what it builds is opened, and path:{text} is what it is built from"
    wanted = f"{found.path}^{words['outputs'] or '*'}"
    return Named(text, Form.INSTALLABLE, wanted, root=found.root, note="" if words["outputs"] else note)


def in_store(text: str, found: Located) -> Named:
    """Return the store path that a word leads to, or the image that dockerTools has built there."""
    from nixdive.store.nix.disk import disk_root

    if found.path.endswith(".drv") and not found.below:
        return replace(_derivation(found.path) or _store_path(text, found), text=text, root=found.root)
    place = f"{found.root or disk_root([found.path])}{found.path}{found.below}"
    if there.is_folder(place, SourceError, text):
        if not found.below and is_layout(place, text):
            return _told_image(text, Form.IMAGE, place)
    elif there.is_file(place, SourceError, text):
        data = head(place, text)
        if is_image_tar(data) or (place.endswith(".json") and is_described(data)):
            return _told_image(text, Form.IMAGE, place)
        if (conf := conf_of_script(data)) is not None:
            return _told_image(text, Form.FILE, conf)
        if place.endswith("-conf.json") and is_conf(data):
            return _told_image(text, Form.FILE, place)
    return _store_path(text, found)


def _told_image(text: str, form: Form, place: str) -> Named:
    note = f"{text}: it is an image, and opens as one; path:{text} names the store path"
    return Named(text, form, os.path.realpath(place), note=note)


def _located(text: str) -> Located | None:
    # what a shell has opened is read as it is, wherever it is
    return None if text.startswith(("/dev/", "/proc/")) or _is_too_long(text) else Located.of(text)


def _store_path(text: str, found: Located) -> Named:
    return Named(text, Form.STORE_PATH, found.path, root=found.root)


def bare(text: str) -> str:
    """Return a word without the transport or the meaning that it begins with."""
    found = _TRANSPORT.match(text) or _MEANING.match(text)
    if found is None or _is_there(text):
        return text
    return text[found.end() :] if found.re is _TRANSPORT else found[2]


def _in_file(text: str) -> Named | None:
    """Return the image of a word with a skopeo transport, or of the form FILE:NAME, or None.

    Raises SourceError if a word has a transport, but there is no image.
    """
    transport = _TRANSPORT.match(text)
    if transport is not None and transport[1] not in _OF_FILES:
        return Named(text, Form.REMOTE, text)
    rest = text[transport.end() :] if transport is not None else text
    ends = [len(rest), *(at for at in range(len(rest) - 1, 0, -1) if rest[at] == ":")]
    for end in ends:
        place, name = rest[:end], rest[end + 1 :]
        if place and (place == STANDARD_INPUT or (_is_there(place) and is_piped(place))):
            return _through_pipe(text, place, name or None)
        if place and _is_there(place) and _is_image(place, text):
            return Named(text, Form.IMAGE, os.path.realpath(place), name or None)
    if transport is None:
        return None
    cause = "it is not an image" if there.exists(rest, SourceError, text) else "no such file"
    raise SourceError(f"{text}: {cause}", hint=f"expected {transport[0]}FILE or {transport[0]}FILE:NAME")


def root_of(named: Sequence[Named]) -> str:
    """Return the root of the store that store paths lie in; raise SourceError where there are several."""
    roots = {one.root: one.text for one in named if one.form in {Form.STORE_PATH, Form.INSTALLABLE}}
    if len(roots) > 1:
        raise SourceError(f"{' and '.join(roots.values())}: they lie in different stores")
    return next(iter(roots), "")


def _is_image(place: str, text: str) -> bool:
    if there.is_folder(place, SourceError, text):
        return is_image_folder(place, text)
    if not there.is_file(place, SourceError, text):
        return False
    data = head(place, text)
    return is_archive(data) or is_described(data)


def _is_there(text: str) -> bool:
    """Return whether there is something; a word that is too long for a name may still be something else."""
    return not _is_too_long(text) and there.exists(text, SourceError)


def _is_too_long(text: str) -> bool:
    data = os.fsencode(text)
    return len(data) > _MOST_PATH or max(map(len, data.split(b"/"))) > _MOST_NAME


def _outside(text: str) -> Named:
    """Return what a word names that leads to something outside of any store."""
    place = there.resolved(text, SourceError)
    if there.is_folder(place, SourceError, text):
        return _folder(text, place)
    if not there.is_file(place, SourceError, text):
        return _through_pipe(text, text)
    data = head(place, text)
    if is_archive(data) or is_described(data):
        return Named(text, Form.IMAGE, place)
    return Named(text, Form.FILE, conf_of_script(data) or place)


def _folder(text: str, place: str) -> Named:
    has_flake = _has_flake(Path(place))
    if is_layout(place, text) or (not has_flake and is_image_folder(place, text)):
        return Named(text, Form.IMAGE, place)
    if has_flake:
        return Named(text, Form.INSTALLABLE, place)
    with suppress(ValueError):  # of a Nix with another store
        return Named(text, Form.STORE_PATH, StorePath.parse(place))
    raise SourceError(
        f"{text}: it is a folder without an image or a flake.nix, outside the store", hint=_WORDS
    )


def in_named_store(named: Sequence[Named], store: str, root: str) -> list[Named]:
    """Return what words name where a store is named that has their store paths.

    Raises:
        SourceError: Nix would build one, which it does in the store that it uses by itself.
    """
    if store:
        for one in named:
            if one.form is Form.INSTALLABLE:
                raise SourceError(f"{one.text}: it is built here, and --store names store paths elsewhere")
    return [replace(one, root=root) if store and one.form is Form.STORE_PATH else one for one in named]


def _has_flake(folder: Path) -> bool:
    """Return whether Nix finds a flake there: it looks upwards to the top of the repository."""
    for one in (folder, *folder.parents):
        if os.path.lexists(one / "flake.nix"):
            return True
        if os.path.lexists(one / ".git"):
            return False
    return False


def _nothing(text: str, cause: str) -> SourceError:
    if there.exists(text, SourceError, follow=False):
        return SourceError(f"{text}: the link leads to nothing", hint="build it again: nix build")
    if _FLAKE.match(text):
        return SourceError(f"{text}: no such file", hint=f"a flake's package is named like {text}#default")
    if text.startswith("/nix/store/"):
        return SourceError(f"{text}: it is not a store path: {cause}")
    return SourceError(f"{text}: no such file", hint=_WORDS)
