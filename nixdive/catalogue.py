"""Names that stand for code, loaded when first used, so that listing them imports nothing."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from nixdive.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")


class Catalogue(Generic[T]):
    """The names of one kind of thing, and where each one is defined.

    Args:
        kind: what the names stand for, in the singular, for error messages ("strategy").
        places: name to "module:attribute", in the order in which they are listed.
    """

    def __init__(self, kind: str, places: Mapping[str, str]) -> None:
        self._kind = kind
        self._places = dict(places)

    def names(self) -> tuple[str, ...]:
        """Return all names, in the order in which they are listed."""
        return tuple(self._places)

    def get(self, name: str) -> T:
        """Return what the name stands for; raise UnknownNameError with the nearest name otherwise."""
        try:
            module, attribute = self._places[name].split(":")
        except KeyError:
            raise UnknownNameError(self._kind, name, self._places) from None
        return cast("T", getattr(import_module(module), attribute))
