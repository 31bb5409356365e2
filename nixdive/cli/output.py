"""The only writer of standard output: JSON documents, tables for people, and the bytes of an image."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, BinaryIO

from nixdive.errors import WriteError
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class ReaderGone(Exception):  # noqa: N818  head and less leave early, which is not an error
    """Nobody reads standard output any more."""


_CLOSED = WriteError("standard output: it is closed", hint="give the command a file or a pipe to write to")


def document(value: Mapping[str, Any]) -> None:
    """Write a JSON document."""
    from nixdive.documents.forms import text_of

    _write(text_of(value))


def text(data: str) -> None:
    """Write text for programs as it is."""
    _write(data)


def lines(texts: Iterable[str]) -> None:
    """Write lines for people, long ones by their pager; what came from an input is made visible."""
    shown = "".join(f"{visible(text)}\n" for text in texts)
    if to_terminal():
        from nixdive.cli.pager import paged

        if paged(shown):
            return
    _write(shown)


def binary() -> BinaryIO:
    """Return standard output as a stream of bytes."""
    if sys.stdout is None:
        raise _CLOSED
    return sys.stdout.buffer


def to_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def _write(text: str) -> None:
    if sys.stdout is None:
        raise _CLOSED
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise ReaderGone from None
    except OSError as error:
        raise WriteError(f"standard output: {error.strerror}") from error
