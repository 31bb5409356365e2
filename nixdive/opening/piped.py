"""What comes through a pipe: read once, and kept for whoever asks for it again.

A pipe can be read only once, but what a word names is asked for more than once: to learn what it is, to open
it, to compare it.
"""

from __future__ import annotations

import os
import select
import sys
import weakref
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from nixdive import there
from nixdive.bounds import most, over
from nixdive.errors import SourceError
from nixdive.image.readers.files import PIECE
from nixdive.opening.content import HEAD, is_archive

if TYPE_CHECKING:
    from collections.abc import Iterator

STANDARD_INPUT = "-"
_LOOK = 200  # milliseconds
_PIPE = "name a file, or pipe one into nixdive"


class Piped:
    """What came through one pipe.

    Args:
        data: all of it; only the beginning of an archive, whose bytes are in the copy.
        copy: a descriptor of a temporary file with the archive, which is closed with this; None for the rest.
    """

    def __init__(self, data: bytes, copy: int | None) -> None:
        self.data = data
        self.is_archive = copy is not None
        self._copy = copy
        if copy is not None:
            weakref.finalize(self, os.close, copy)

    def archive(self) -> int:
        """Return a descriptor of the archive, at its beginning, which the caller closes."""
        assert self._copy is not None  # noqa: S101  is_archive was asked
        os.lseek(self._copy, 0, os.SEEK_SET)
        return os.dup(self._copy)


_of_streams: weakref.WeakKeyDictionary[TextIO, Piped] = weakref.WeakKeyDictionary()
_of_places: dict[str, Piped] = {}


def is_piped(place: str) -> bool:
    """Whether a place can be read only once: standard input, a pipe, a device."""
    return place == STANDARD_INPUT or there.is_pipe(place, SourceError)


def piped(place: str, text: str) -> Piped:
    """Return what comes through a pipe; it is read the first time that it is asked for.

    Args:
        place: the pipe, or - for standard input.
        text: what to call it in messages.

    Raises:
        SourceError: it cannot be read, or is neither an archive nor small enough for a closure.
        ImageError: there is not enough space for the copy of an archive.
    """
    if place == STANDARD_INPUT:
        stream = _standard_input(text)
        if stream not in _of_streams:
            _of_streams[stream] = _read(stream.fileno(), place, text)
        return _of_streams[stream]
    real = there.resolved(place, SourceError, text)  # of what a shell has opened, the number of the pipe
    if real not in _of_places:
        with there.reading(place, SourceError, text), Path(place).open("rb") as file:
            _of_places[real] = _read(file.fileno(), place, text)
    return _of_places[real]


def _standard_input(text: str) -> TextIO:
    if sys.stdin is None or sys.stdin.closed:
        raise SourceError(f"{text}: standard input is closed", hint=_PIPE)
    if sys.stdin not in _of_streams and sys.stdin.isatty():
        raise SourceError(f"{text}: standard input is a terminal", hint=_PIPE)
    return sys.stdin


def _read(descriptor: int, place: str, text: str) -> Piped:
    pieces = _pieces(descriptor)
    with there.reading(place, SourceError, text):
        data = _filled(b"", pieces, HEAD)
        if is_archive(data):
            from nixdive.image.readers.spool import spooled

            return Piped(data, spooled(chain((data,), pieces), text))
        data = _filled(data, pieces, most("closure-file") + 1)
    if len(data) > most("closure-file"):
        raise SourceError(f"{text}: {over('closure-file', 'it is no image, and larger than {}')}")
    return Piped(data, None)


def _filled(data: bytes, pieces: Iterator[bytes], least: int) -> bytes:
    found, size = [data], len(data)
    while size < least and (piece := next(pieces, b"")):
        found.append(piece)
        size += len(piece)
    return b"".join(found)


def _pieces(descriptor: int) -> Iterator[bytes]:
    """Yield what comes, as it comes.

    A signal that arrives just before a read is noticed when the read is over; hence no read before there is
    something, and a short wait until then.
    """
    ready = select.poll()
    ready.register(descriptor, select.POLLIN)
    while True:
        while not ready.poll(_LOOK):
            pass
        piece = os.read(descriptor, PIECE)
        if not piece:
            return
        yield piece
