"""The types of values in configs, as Go decodes them, with words for messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from nixdive.image.oci.config_values import is_texts

if TYPE_CHECKING:
    from collections.abc import Callable


class Kind(NamedTuple):
    """A type of value; null has every type.

    Attributes:
        words: what it is, with its article.
        holds: whether a value that is not null has the type.
    """

    words: str
    holds: Callable[[Any], bool]


def _is_number(value: Any) -> bool:
    # a number with a point or an exponent is refused even where it is whole
    return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63


def _is_set(value: Any) -> bool:
    return isinstance(value, dict) and all(one is None or isinstance(one, dict) for one in value.values())


def _is_map(value: Any) -> bool:
    return isinstance(value, dict) and all(one is None or isinstance(one, str) for one in value.values())


TEXT = Kind("a string", lambda value: isinstance(value, str))
FLAG = Kind("true or false", lambda value: isinstance(value, bool))
NUMBER = Kind("a whole number", _is_number)
TEXTS = Kind("a list of strings", is_texts)
SET = Kind("an object of empty objects", _is_set)
MAP = Kind("an object of strings", _is_map)
OBJECT = Kind("an object", lambda value: isinstance(value, dict))


def unreadable(value: Any) -> bool:
    """Whether a value of JSON holds text that is not Unicode, which engines replace by question marks."""
    if isinstance(value, str):
        return any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, dict):
        return any(unreadable(part) for pair in value.items() for part in pair)
    return isinstance(value, list | tuple) and any(map(unreadable, value))
