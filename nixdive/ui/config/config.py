"""What the user has written down: theme, glyphs and keys, in config.toml."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from nixdive import there
from nixdive.bounds import SETTING as BOUNDS
from nixdive.bounds import wrong_in as wrong_bound
from nixdive.cache.user import SETTING as CACHE_SIZE
from nixdive.cache.user import limit_of
from nixdive.clients.user import CLIENT, LINK, wrong_in
from nixdive.places import config_file, short
from nixdive.ui.config.dive import read_dive_keys
from nixdive.ui.config.keymap import Asked
from nixdive.ui.verbs import DIVE
from nixdive.user_settings import MOST_BYTES
from nixdive.visible import visible
from nixdive.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_KNOWN: Final = ("theme", "ascii", "dive-config", CACHE_SIZE, BOUNDS, CLIENT, LINK, "keys", "dive")


@dataclass(frozen=True, slots=True)
class Config:
    """What a file of the user says.

    Attributes:
        theme: the name of a theme, or None.
        ascii: whether glyphs are drawn in ASCII, or None.
        keys: other keys for actions; what stands earlier counts more.
        notices: what of it cannot be followed, and why.
    """

    theme: str | None = None
    ascii: bool | None = None
    keys: tuple[Asked, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the main screen takes from the user's own files.

    Attributes:
        keys: other keys for actions.
        notices: what cannot be followed, and why.
        memory: the file that remembers how the screen looked, or None to remember nothing.
    """

    keys: tuple[Asked, ...] = ()
    notices: tuple[str, ...] = ()
    memory: Path | None = None


def read_config(themes: Iterable[str]) -> Config:
    """Return what the user's file says; where there is none, or it cannot be read, that nothing is said.

    Args:
        themes: the names of the themes that there are.
    """
    file = config_file()
    if file is None:
        return Config()
    shown = visible(short(file))
    try:
        with there.opened(file) as opened:
            text = opened.read(MOST_BYTES).decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return Config()
    except (OSError, UnicodeDecodeError) as error:
        cause = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        return Config(notices=(f"{shown}: {cause}; all of it is ignored",))
    config = parse_config(text, shown, themes)
    if dive := config.wants_dive:
        keys, notices = read_dive_keys()
        if not keys and not notices:
            notices = (f"{dive}: dive has no configuration with a keybinding: block",)
        return replace(
            config.config, keys=(*config.config.keys, *keys), notices=(*config.config.notices, *notices)
        )
    return config.config


class Parsed(NamedTuple):
    """What a text says.

    Attributes:
        config: what it says.
        wants_dive: where it asks for the keys in dive's own configuration, or an empty text.
    """

    config: Config
    wants_dive: str


def parse_config(text: str, file: str, themes: Iterable[str]) -> Parsed:
    """Return what the text of a file says; `file` and the line begin each notice."""
    import tomllib  # most have no such file, and the first frame need not wait for it

    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Parsed(Config(notices=(_syntax(file, text, str(error)),)), "")
    except (RecursionError, ValueError):
        return Parsed(Config(notices=(f"{file}: it cannot be read; all of it is ignored",)), "")
    return _Reader(text, file, tuple(themes)).read(table)


class _Reader:
    """Reads the tables of one file."""

    def __init__(self, text: str, file: str, themes: tuple[str, ...]) -> None:
        self._places = dict(_places(text))
        self._file = file
        self._themes = themes
        self._notices: list[str] = []

    def read(self, table: Mapping[str, Any]) -> Parsed:
        """Return what the tables say."""
        for name in table:
            if name not in _KNOWN:
                self._tell(name, f"there is no setting {visible(name)!r}{_near(name, _KNOWN)}")
        theme = self._value(table, "theme", str, "the name of a theme")
        if theme is not None and theme not in self._themes:
            self._tell("theme", f"there is no theme {visible(theme)!r}; there are {listed(self._themes)}")
            theme = None
        ascii_only = self._value(table, "ascii", bool, "true or false")
        if limit_of(table.get(CACHE_SIZE, 0)) is None:
            self._tell(CACHE_SIZE, f'{CACHE_SIZE} must be a size like "2 GB", or 0')
        self._bounds(table.get(BOUNDS, {}))
        for name in (CLIENT, LINK):
            if name in table and (wrong := wrong_in(name, table[name])) is not None:
                self._tell(name, wrong)
        keys = (*self._keys(table, "keys", dives=False), *self._keys(table, "dive", dives=True))
        wants = self._where("dive-config") if self._value(table, "dive-config", bool, "true or false") else ""
        return Parsed(Config(theme, ascii_only, keys, tuple(self._notices)), wants)

    def _value(self, table: Mapping[str, Any], name: str, kind: type, words: str) -> Any:
        value = table.get(name)
        if value is None or isinstance(value, kind):
            return value
        self._tell(name, f"{name} is {words}")
        return None

    def _keys(self, table: Mapping[str, Any], name: str, *, dives: bool) -> Iterator[Asked]:
        section = table.get(name, {})
        if not isinstance(section, dict):
            self._tell(name, f"{name} must be a table, [{name}]")
            return
        for action, value in _flat(section):
            place = f"{name}.{action}"
            listed = isinstance(value, list) and all(isinstance(one, str) for one in value)
            if isinstance(value, str) or listed:
                keys = value if isinstance(value, str) else ",".join(value)
                if dives and action not in DIVE:
                    self._tell(place, f"dive has no action called {visible(action)!r}{_near(action, DIVE)}")
                    continue
                yield Asked(action, DIVE[action] if dives else (action,), keys, self._where(place), dives)
            else:
                self._tell(place, f'{visible(action)}: keys are written as a text like "plus,]"')

    def _bounds(self, section: Any) -> None:
        if not isinstance(section, dict):
            self._tell(BOUNDS, f"{BOUNDS} must be a table, [{BOUNDS}]")
            return
        for name, value in section.items():
            if (wrong := wrong_bound(name, value)) is not None:
                self._tell(f"{BOUNDS}.{name}", visible(wrong))

    def _tell(self, place: str, cause: str) -> None:
        self._notices.append(f"{self._where(place)}: {cause}")

    def _where(self, place: str) -> str:
        line = self._places.get(place)
        return f"{self._file}:{line}" if line else self._file


def _flat(table: Mapping[str, Any], start: str = "") -> Iterator[tuple[str, Any]]:
    """Yield names with dots: TOML reads budget.more = … without quotes as a table in a table."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{start}{name}.")
        else:
            yield start + name, value


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


def _near(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""
