"""What the user has written down: theme, glyphs and keys, in config.toml."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from nixdive.bounds import SETTING as BOUNDS
from nixdive.bounds import wrong_in as wrong_bound
from nixdive.ui.config.dive import read_dive_keys
from nixdive.ui.config.keymap import Asked
from nixdive.ui.verbs import DIVE
from nixdive.user_settings import Places, near, parsed, unknown, where, written
from nixdive.visible import visible
from nixdive.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path


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
    text, fault = written()
    if fault:
        return Config(notices=(fault,))
    config = parse_config(text, where(), themes)
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
    table, fault = parsed(text, file)
    if fault:
        return Parsed(Config(notices=(fault,)), "")
    return _Reader(Places(text, file), tuple(themes)).read(table) if table else Parsed(Config(), "")


class _Reader:
    """Reads the tables of one file."""

    def __init__(self, places: Places, themes: tuple[str, ...]) -> None:
        self._places = places
        self._themes = themes
        self._notices: list[str] = []

    def read(self, table: Mapping[str, Any]) -> Parsed:
        """Return what the tables say."""
        # most users have no such file, and the first frame waits for it
        from nixdive.cache.user import SETTING as CACHE_SIZE
        from nixdive.cache.user import limit_of
        from nixdive.clients.user import CLIENT, LINK, wrong_in

        self._notices += unknown(table, self._places)
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
        wants = (
            self._places.where("dive-config")
            if self._value(table, "dive-config", bool, "true or false")
            else ""
        )
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
                    self._tell(place, f"dive has no action called {visible(action)!r}{near(action, DIVE)}")
                    continue
                yield Asked(
                    action, DIVE[action] if dives else (action,), keys, self._places.where(place), dives
                )
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
        self._notices.append(f"{self._places.where(place)}: {cause}")


def _flat(table: Mapping[str, Any], start: str = "") -> Iterator[tuple[str, Any]]:
    """Yield names with dots: TOML reads budget.more = … without quotes as a table in a table."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{start}{name}.")
        else:
            yield start + name, value
