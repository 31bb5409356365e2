"""The one way from the words of a command line to a value that can be planned.

Each name loads what it needs, so that commands that take nothing but images load no more.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nixdive.opening.open import open_demo, open_subject
    from nixdive.opening.subject import Subject, fleet_image

__all__ = ["Subject", "fleet_image", "open_demo", "open_subject"]

_PLACES = {
    "Subject": "nixdive.opening.subject",
    "fleet_image": "nixdive.opening.subject",
    "open_demo": "nixdive.opening.open",
    "open_subject": "nixdive.opening.open",
}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
