"""How much of an input is taken, so that no stranger's file fills memory or disk, or takes a day.

Each bound has a name. `[bounds]` in config.toml changes it, and so does the environment, which counts more:
NIXDIVE_BOUNDS="closure-file=1GiB tar-entries=5000000". docs/bounds.md is the table.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from nixdive.errors import NixdiveError, UnknownNameError
from nixdive.sizes import prose, size_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SETTING = "bounds"
VARIABLE = "NIXDIVE_BOUNDS"
_HIGHEST = 1 << 62


class Bound(NamedTuple):
    """A bound.

    Attributes:
        usual: what holds where nobody says otherwise: a number, or bytes.
        what: what it bounds.
        of_bytes: whether it is one of bytes.
    """

    usual: int
    what: str
    of_bytes: bool = True

    def said(self, value: int) -> str:
        """Return a value as people read it: 128 MiB, 2,000,000."""
        return prose(value) if self.of_bytes else f"{value:,}"


BOUNDS = {
    # of 200,000 paths it is smaller, and reading it takes a few times as much memory
    "closure-file": Bound(1 << 27, "a closure file or conf.json, unpacked"),
    "archive-entries": Bound(200_000, "files in an archive or a layout", of_bytes=False),
    "tar-entries": Bound(2_000_000, "files in one layer", of_bytes=False),
    "image-entries": Bound(5_000_000, "files in all layers of an image", of_bytes=False),
    "tar-names": Bound(256 << 20, "names and link targets in one layer"),
    "implied-folders": Bound(64 << 20, "names of folders that a layer implies without an entry for them"),
    # registries stop at 4 MiB
    "document": Bound(64 << 20, "a manifest, an index or a config in a file"),
    # deflate reaches 1,032 at best; real layers stay below 20,000 in zstd and xz
    "ratio": Bound(20_000, "unpacked bytes for each packed one, 16 MiB aside", of_bytes=False),
    # xz -9 needs 65 MiB
    "xz-memory": Bound(1 << 28, "memory for the dictionary of an xz stream"),
    # zstd's own limit, unless it is told otherwise
    "zstd-window": Bound(1 << 27, "memory for the window of a zstd frame"),
    "unpacked": Bound(1 << 40, "what is unpacked into TMPDIR from one file"),
    "holes": Bound(1 << 32, "zeros in holes of a layer's files that are hashed as data"),
    "plan-file": Bound(16 << 20, "a plan file"),
    "plan-label": Bound(2 << 20, "the plan in the labels of an image"),
    "patterns": Bound(20_000, "pins and rates of a plan file", of_bytes=False),
    "wildcards": Bound(1_000, "pins and rates with wildcards", of_bytes=False),
    # PyYAML reads them in half a second
    "yaml-file": Bound(1 << 16, "a .dive-ci or a configuration of dive"),
    # distribution-spec: registries take at least that, and few take more
    "manifest": Bound(4 << 20, "a manifest from a registry"),
}


def most(name: str) -> int:
    """Return the value of a bound.

    Raises:
        NixdiveError: what the user has set is no bound, or no value of one.
    """
    from nixdive.places import config_file  # noqa: PLC0415  it loads what --help need not wait for

    return _set(os.environ.get(VARIABLE, ""), config_file()).get(name, BOUNDS[name].usual)


def over(name: str, what: str) -> str:
    """Return the cause of an error: what is over a bound, which one, and how to raise it.

    Args:
        name: of the bound.
        what: as "it has more than {} files"; the value is put into it.
    """
    value = most(name)
    cause = what.format(BOUNDS[name].said(value))
    return f"{cause} (the bound {name}; {VARIABLE}={name}={_written(name, 2 * value)} doubles it)"


def _written(name: str, value: int) -> str:
    power = 20
    if BOUNDS[name].of_bytes and not value % (1 << power):
        return f"{value >> power}MiB"
    return str(value)


@lru_cache(maxsize=8)
def _set(words: str, file: Path | None) -> Mapping[str, int]:  # noqa: ARG001  the file is what is remembered by
    """Return the bounds that the user has set; a file is read once."""
    from nixdive.user_settings import settings, where  # noqa: PLC0415  as above

    found: dict[str, int] = {}
    table = settings(SETTING).get(SETTING, {})
    if not isinstance(table, dict):
        raise NixdiveError(f"{where()}: {SETTING} must be a table, [{SETTING}]")
    for place, pairs in ((where(), table.items()), (VARIABLE, _pairs(words))):
        for name, value in pairs:
            if wrong := wrong_in(name, value):
                raise NixdiveError(f"{place}: {wrong}")
            found[name] = _value(value)
    return found


def wrong_in(name: str, value: Any) -> str | None:
    """Return what is wrong with a setting of a bound, or None."""
    if name not in BOUNDS:
        unknown = UnknownNameError("bound", name, BOUNDS)
        return f"{unknown}; {unknown.hint}"
    if not 0 < _value(value) <= _HIGHEST:
        kind = 'a size like "1 GiB"' if BOUNDS[name].of_bytes else "a whole number"
        return f"{name} is {kind}, more than 0"
    return None


def _value(value: Any) -> int:
    """Return the number that a value says, or 0 if it says none."""
    if isinstance(value, str):
        return size_in(value) or 0
    return value if type(value) is int else 0


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for word in text.split():
        name, _, value = word.partition("=")
        yield name, value
