"""What is pasted stays text: Textual's parser takes escapes in it for keys, so it is not given any."""

from __future__ import annotations

import unicodedata

from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START

_TAIL = len(BRACKETED_PASTE_START) - 1


class PasteCleaner:
    """Takes control characters out of what stands between the marks of a paste, and changes nothing else."""

    def __init__(self) -> None:
        self._inside = False
        self._tail = ""  # outside: the last characters, already passed on, which may begin the first mark
        self._held = ""  # inside: characters that may begin the last mark, not passed on yet

    def feed(self, data: str) -> str:
        """Return what the parser is given of the next characters from the terminal; they may end anywhere."""
        out: list[str] = []
        while data:
            data = self._text(data, out) if self._inside else self._keys(data, out)
        return "".join(out)

    def _keys(self, data: str, out: list[str]) -> str:
        seen = self._tail + data
        head, mark, rest = seen.partition(BRACKETED_PASTE_START)
        out.append((head + mark)[len(self._tail) :])
        self._inside = bool(mark)
        self._tail = "" if mark else seen[-_TAIL:]
        return rest

    def _text(self, data: str, out: list[str]) -> str:
        head, mark, rest = (self._held + data).partition(BRACKETED_PASTE_END)
        self._held = "" if mark else _begun(head)
        out += [cleaned(head.removesuffix(self._held)), mark]
        self._inside = not mark
        return rest


def cleaned(text: str) -> str:
    """Return pasted text with spaces for tabs and without other control characters; lines stay lines."""
    return "".join(
        char for char in text.replace("\t", " ") if char in "\r\n" or unicodedata.category(char) != "Cc"
    )


def _begun(text: str) -> str:
    """Return the end of a text with which the mark after a paste may begin."""
    sizes = range(min(len(BRACKETED_PASTE_END) - 1, len(text)), 0, -1)
    return next((text[-size:] for size in sizes if BRACKETED_PASTE_END.startswith(text[-size:])), "")
