"""JSON from outside, read strictly: what two readers might read differently is refused.

The standard library reads all of it. msgspec takes half the time, but does not notice duplicate keys, and
cannot say at which key of a map, such as a store path, something is wrong.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from math import isinf
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

    from nixdive.errors import NixdiveError

# an escape of a surrogate pair, of an unpaired surrogate (the group), or any other
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_SHOWN = 60  # characters of a key in a message


class _RefusedError(ValueError):
    """Something that JSON or Python allows, but nobody should rely on."""


def parsed(text: str | bytes, error: Callable[[str], NixdiveError]) -> Any:
    """Return the document.

    Args:
        text: the document; bytes are UTF-8, with or without a byte order mark.
        error: makes the error to raise from a cause; it adds the place.

    Raises:
        NixdiveError: what `error` made: it is empty, is not JSON, is nested too deeply, has a number that is
            too large, a key twice in one object, or an unpaired surrogate.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        if not text.strip():
            raise error("it is empty")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_constant, parse_float=_real)
        if ("\\ud" in text or "\\uD" in text) and any(found[1] for found in _ESCAPE.finditer(text)):
            raise error("it contains text that is not Unicode: an unpaired surrogate")
    except json.JSONDecodeError as cause:
        place = f"line {cause.lineno}, column {cause.colno}"
        raise error(f"{place}: it is not JSON: {cause.msg}") from None
    except UnicodeDecodeError as cause:
        raise error(f"byte {cause.start}: it is not UTF-8") from None
    except RecursionError:
        raise error("it is nested too deeply") from None
    except _RefusedError as cause:
        raise error(str(cause)) from None
    except ValueError:  # raised by int() for more than 4300 digits
        raise error("it contains a number with too many digits") from None
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        shown = twice if len(twice) <= _SHOWN else f"{twice[:_SHOWN]}..."
        raise _RefusedError(f"{shown}: it appears twice in one JSON object")
    return found


def _constant(name: str) -> NoReturn:
    raise _RefusedError(f"it is not JSON: {name} is not a number")


def _real(digits: str) -> float:
    number = float(digits)
    if isinf(number):
        raise _RefusedError("it contains a number that is too large")
    return number
