"""Choosing an image of a file: by the name the user gave, and by platform."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nixdive.errors import ImageError, MalformedImageError
from nixdive.image.oci.name import ImageName
from nixdive.image.oci.platform import Platform
from nixdive.words import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN = 8  # names in a message
_SHORT = 19  # characters of a digest that people read: "sha256:" and twelve more


class Candidate(NamedTuple):
    """One image that a file offers.

    Attributes:
        names: its names; without any it is identified by its digest.
        digest: of its manifest, or whatever else distinguishes it.
        platform: its platform, if the file states it.
        place: which one it is, for the reader.
    """

    names: tuple[str, ...]
    digest: str
    platform: Platform | None
    place: int


class Wanted(NamedTuple):
    """Which image of a file is wanted.

    Attributes:
        name: its name there, or None for the only one.
        platform: its platform, or None for this machine's.
    """

    name: str | None = None
    platform: Platform | None = None


ANY = Wanted()


def choose(found: Sequence[Candidate], wanted: Wanted, where: str) -> Candidate:
    """Return the image that is wanted.

    Args:
        found: the images in the file, at least one.
        wanted: which one is wanted.
        where: the file, for messages.

    Raises:
        ImageError: none has the name or the platform, or several match; the message lists the images that
            there are.
    """
    fitting = _of_platform(named(found, wanted.name, where), wanted.platform, where)
    if wanted.name is None:  # a nameless one beside it is what an earlier image of the same name has left
        fitting = [one for one in fitting if one.names] or fitting
    first = fitting[0]
    if all(one.digest == first.digest for one in fitting):
        return first
    raise ImageError(f"{where}: it contains {_listed(fitting)}", hint=f"name one of them: {where}:NAME")


def named(found: Sequence[Candidate], name: str | None, where: str) -> Sequence[Candidate]:
    """Return the images that have a name; all where none is asked for. Raises ImageError if there is none."""
    if name is None:
        return found
    exact = [one for one in found if any(_same(name, own) for own in one.names) or one.digest == name]
    near = [one for one in found if any(_part(name, own) for own in one.names)] or [
        one for one in found if len(name) > len("sha256:") and one.digest.startswith(name)
    ]
    if not (exact or near):
        raise ImageError(f"{where}: it contains no image {name!r}, only {_listed(found)}")
    return exact or near


def _of_platform(found: Sequence[Candidate], wanted: Platform | None, where: str) -> Sequence[Candidate]:
    if wanted is None:
        if len({one.platform for one in found}) < 2:
            return found
        wanted = Platform.here()
    ranks = [None if one.platform is None else wanted.rank(one.platform) for one in found]
    best = min((rank for rank in ranks if rank is not None), default=None)
    if best is not None:
        return [one for one, rank in zip(found, ranks, strict=True) if rank == best]
    known = list(dict.fromkeys(str(one.platform) for one in found if one.platform is not None))
    if not known:
        raise MalformedImageError(f"{where}: it does not state its platform, so it may not be for {wanted}")
    raise ImageError(
        f"{where}: it is for {listed(known, _SHOWN)}, not for {wanted}",
        hint=f"choose one: --platform {known[0]}",
    )


def _same(wanted: str, own: str) -> bool:
    return wanted == own or _full(wanted) == _full(own)


def _full(name: str) -> str:
    try:
        return ImageName.parse(name).full
    except ImageError:
        return name


def _part(wanted: str, own: str) -> bool:
    """Whether it is the tag alone, or the name without its tag or without what comes before a slash."""
    repository, colon, tag = own.rpartition(":")
    if colon and wanted in {repository, tag}:
        return True
    return own.endswith(f"/{wanted}") or (bool(colon) and repository.endswith(f"/{wanted}"))


def _listed(found: Sequence[Candidate]) -> str:
    names = dict.fromkeys(next(iter(one.names), one.digest[:_SHORT]) for one in found)
    if len(names) == 1 and len({one.digest for one in found}) > 1:  # only digests distinguish them
        names = dict.fromkeys(one.digest[:_SHORT] for one in found)
    return f"{len(names)} images: {listed(names, _SHOWN)}" if len(names) > 1 else f"{next(iter(names))}"
