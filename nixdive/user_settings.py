"""What the user has written into config.toml: its settings, where they stand, and which there are not."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from nixdive import there
from nixdive.places import config_file, short
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

KNOWN: Final = ("theme", "ascii", "dive-config", "cache-size", "bounds", "client", "link", "keys", "dive")
_MOST_BYTES: Final = 1 << 20  # of the file that are read


class Written(NamedTuple):
    """What the file has.

    Attributes:
        text: all of it; empty where there is no file, or it cannot be read.
        fault: why it cannot be read, with the file before it; else empty.
    """

    text: str
    fault: str = ""


def written() -> Written:
    """Return the file as it is; one in a directory that the user may not enter counts as none."""
    file = config_file()
    if file is None:
        return Written("")
    try:
        with there.opened(file) as opened:
            return Written(opened.read(_MOST_BYTES).decode("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return Written("")
    except (OSError, UnicodeDecodeError) as error:
        if isinstance(error, PermissionError) and not _is_reached(file):
            return Written("")
        cause = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        return Written("", f"{where()}: {cause}; all of it is ignored")


def _is_reached(file: Path) -> bool:
    """Whether it can be told that there is such a file."""
    try:
        file.stat()
    except OSError:
        return False
    return True


def settings(*names: str) -> Mapping[str, Any]:
    """Return those of these settings that the file has, by their names; what they mean is for who asks.

    A file that cannot be read says nothing: see `remarks`.
    """
    text = written().text
    if not any(name in text for name in names):  # nearly always: parsing waits until it is needed
        return {}
    table = parsed(text, "").table
    return {name: table[name] for name in names if name in table}


def remarks() -> tuple[str, ...]:
    """Return a line for each thing in the file that nobody looks at: a wrong name, or all of what is no TOML.

    What a setting says is judged by those who ask for it.
    """
    text, fault = written()
    if fault or not text:
        return (fault,) if fault else ()
    table, fault = parsed(text, where())
    return (fault,) if fault else tuple(unknown(table, Places(text, where())))


class Parsed(NamedTuple):
    """What a text says.

    Attributes:
        table: the settings by their names; empty where it is no TOML.
        fault: why it is none, with file and line before it; else empty.
    """

    table: Mapping[str, Any]
    fault: str = ""


def parsed(text: str, file: str) -> Parsed:
    """Return what the text of a file says."""
    import tomllib  # noqa: PLC0415  most have no such file, and the first frame need not wait for it

    try:
        return Parsed(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        return Parsed({}, _syntax(file, text, str(error)))
    except (RecursionError, ValueError):
        return Parsed({}, f"{file}: it cannot be read; all of it is ignored")


class Places:
    """Where the settings of a text stand.

    Args:
        text: of the file.
        file: as a message names it.
    """

    def __init__(self, text: str, file: str) -> None:
        self._lines = dict(_places(text))
        self._file = file

    def where(self, name: str) -> str:
        """Return file and line of a setting, the name of its table before it."""
        line = self._lines.get(name)
        return f"{self._file}:{line}" if line else self._file


def unknown(table: Mapping[str, Any], places: Places) -> Iterator[str]:
    """Yield a line for each setting that there is not."""
    for name in table:
        if name not in KNOWN:
            yield f"{places.where(name)}: there is no setting {visible(name)!r}{near(name, KNOWN)}"


def near(name: str, known: Iterable[str]) -> str:
    """Return the end of a line about a name that is not known: which one may be meant, or nothing."""
    found = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""


def where() -> str:
    """Return the file as a message names it."""
    file = config_file()
    return visible(short(file)) if file is not None else ""


def _places(text: str) -> Iterator[tuple[str, int]]:
    """Yield each name with its line, the name of its table before it."""
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if head := re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", line):
            table = _unquoted(head[1])
            yield table, number
        elif pair := re.match(r"\s*([^=#]+?)\s*=", line):
            name = _unquoted(pair[1])
            yield f"{table}.{name}" if table else name, number


def _unquoted(name: str) -> str:
    return re.sub(r"""["'\s]""", "", name)


def _syntax(file: str, text: str, error: str) -> str:
    cause, _, place = error.partition(" (at ")
    found = re.search(r"line (\d+)", place)
    line = int(found[1]) if found else len(text.splitlines())
    return f"{file}:{line}: {cause[:1].lower()}{cause[1:]}; the whole file is ignored"
