"""How the screen reads and writes a terminal: pastes stay text, and a terminal that is gone ends it."""

from __future__ import annotations

import os
import selectors
from codecs import getincrementaldecoder
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from nixdive.ui.paste import PasteCleaner

if TYPE_CHECKING:
    from typing import TextIO

_MOST = 4096  # bytes that are read from the terminal at once
_PAUSE = 0.1  # seconds after which the parser looks whether a lone escape was a key


class TerminalDriver(LinuxDriver):
    """The driver for terminals, whose parser is given clean pastes.

    Where the terminal is closed, the app is asked to stop, and nothing waits for what cannot be written.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self._file is not None:
            self._file = _Painted(self._file)  # type: ignore[assignment]  # has what is used of a file

    def run_input_thread(self) -> None:
        """Read the terminal until the app ends, and dispatch what the parser makes of it."""
        parser, cleaner = XTermParser(self._debug), PasteCleaner()
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                data = self._read() if selector.select(_PAUSE) else b""
                if data is None:
                    self._app.call_later(self._app.action_stop)  # type: ignore[attr-defined]
                    break
                if given := cleaner.feed(decode(data)):  # an empty text would end the parser
                    for event in parser.feed(given):
                        self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)
        for _ in parser.feed(""):
            pass

    def close(self) -> None:
        """Give the terminal back and end the threads, whatever the app has done of that already."""
        if self._key_thread is not None and self._key_thread.is_alive():
            with suppress(Exception):  # some of it may be gone
                self.stop_application_mode()
        super().close()

    def _read(self) -> bytes | None:
        """Return what the terminal has sent; None where there is no terminal any more."""
        try:
            return os.read(self.fileno, _MOST) or None
        except OSError:
            return None


class _Painted:
    """What is painted on; where the terminal is gone, it goes nowhere.

    The thread that writes would else end, and the app wait for ever for room in its queue.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.fileno = file.fileno

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            self._file.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._file.flush()
