"""What is pasted stays text: Textual's parser takes escapes in it for keys, so it is not given any."""

from __future__ import annotations

import os
import selectors
import unicodedata
from codecs import getincrementaldecoder

from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.drivers.linux_driver import LinuxDriver

_TAIL = len(BRACKETED_PASTE_START) - 1
_MOST = 4096  # bytes that are read from the terminal at once
_PAUSE = 0.1  # seconds after which the parser looks whether a lone escape was a key


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


class PastingDriver(LinuxDriver):
    """The driver for terminals, whose parser is given clean pastes."""

    def run_input_thread(self) -> None:
        """Read the terminal until the app ends, and dispatch what the parser makes of it."""
        parser, cleaner = XTermParser(self._debug), PasteCleaner()
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                data = decode(os.read(self.fileno, _MOST)) if selector.select(_PAUSE) else ""
                if given := cleaner.feed(data):  # an empty text would end the parser
                    for event in parser.feed(given):
                        self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)
        for _ in parser.feed(""):
            pass
