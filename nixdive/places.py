"""Where a user's files lie: what the system says, and the XDG variables."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NAME: Final = "nixdive"


def config_file() -> Path | None:
    """Return where the configuration is looked for; None where the user has no home."""
    return _config_file(os.environ.get("XDG_CONFIG_HOME"), os.environ.get("HOME"))


@lru_cache(maxsize=8)  # bounds are asked for at every layer
def _config_file(*_: str | None) -> Path | None:
    """Return the same, for what it is worked out from."""
    return _inside(platformdirs.user_config_path, "config.toml")


def session_file() -> Path | None:
    """Return where it is remembered what the screen looked like; None where the user has no home."""
    folder = state_folder()
    return None if folder is None else folder / "session.json"


def state_folder() -> Path | None:
    """Return the directory for what is to be found again; None where the user has no home."""
    return _kept(platformdirs.user_state_path)


def cache_folder() -> Path | None:
    """Return the directory for what can be made again; None where the user has no home."""
    return _kept(platformdirs.user_cache_path)


def dive_files() -> Iterator[Path]:
    """Yield the files of dive's own configuration, the one that counts most first."""
    home = Path(os.path.expanduser("~"))  # noqa: PTH111  Path.home() raises where there is none
    yield from (file for file in (home / ".dive.yaml", home / ".dive.yml") if file.is_absolute())
    folders = [home / ".config" / "dive"]
    try:
        user, *system = platformdirs.PlatformDirs("dive", multipath=True).iter_config_paths()
        folders = [user, *folders, *system]
    except RuntimeError:  # the user has no home
        return
    for folder in dict.fromkeys(folders):
        try:
            yield from sorted(file for file in folder.iterdir() if file.suffix in {".yaml", ".yml"})
        except OSError:
            continue


def short(file: Path) -> str:
    """Return a path as people write it: ~/.config/nixdive."""
    home, text = os.path.expanduser("~"), str(file)  # noqa: PTH111
    return f"~{text[len(home) :]}" if home != "/" and text.startswith(f"{home}/") else text


def _kept(folder: Callable[[str], Path]) -> Path | None:
    """Return a directory that may be made; none in a home that is not there.

    Builders of Nix have a HOME that must not come to be: without a sandbox Nix builds nothing more then.
    """
    place, home = _inside(folder, ""), os.path.expanduser("~")  # noqa: PTH111  as above
    # one that cannot be entered holds nothing either
    missing = place is not None and place.is_relative_to(home) and not os.path.isdir(home)  # noqa: PTH112
    return None if missing else place


def _inside(folder: Callable[[str], Path], file: str) -> Path | None:
    try:
        place = folder(_NAME) / file
    except RuntimeError:
        return None
    return place if place.is_absolute() else None
