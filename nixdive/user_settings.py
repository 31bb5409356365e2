"""What the user has written into config.toml, for those who need a few of its settings and not all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from nixdive import there
from nixdive.places import config_file, short
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_BYTES: Final = 1 << 20  # of the file that are read


def settings(*names: str) -> Mapping[str, Any]:
    """Return those of these settings that the file has, by their names; what they mean is for who asks.

    A file that cannot be read says nothing: the screen tells what is wrong with it.
    """
    file = config_file()
    if file is None:
        return {}
    try:
        with there.opened(file) as opened:
            data = opened.read(MOST_BYTES)
    except OSError:
        return {}
    if not any(name.encode() in data for name in names):  # nearly always: parsing waits until it is needed
        return {}
    import tomllib  # noqa: PLC0415  as above

    try:
        table = tomllib.loads(data.decode())
    except (ValueError, RecursionError):
        return {}
    return {name: table[name] for name in names if name in table}


def where() -> str:
    """Return the file as a message names it."""
    file = config_file()
    return visible(short(file)) if file is not None else ""
