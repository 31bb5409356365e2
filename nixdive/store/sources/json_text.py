"""JSON as closure files hold it, read strictly."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NoReturn

from nixdive.errors import MalformedGraphError
from nixdive.store.sources.rows import shortened


def parse(text: str, origin: str) -> Any:
    """Return the document; raise MalformedGraphError where it is no JSON, or says one thing twice.

    The standard library reads it, because it alone can tell that a key is there twice.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
            raise MalformedGraphError(origin, shortened(twice), "it is listed twice in one JSON object")
        return found

    def no_number(name: str) -> NoReturn:
        raise MalformedGraphError(origin, None, f"it is not JSON: {name} is no number")

    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=no_number)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise MalformedGraphError(origin, where, f"it is not JSON: {error.msg}") from None
    except RecursionError:
        raise MalformedGraphError(origin, None, "it is nested too deeply") from None
    except ValueError:  # what int() says of too many digits
        raise MalformedGraphError(origin, None, "it holds a number of too many digits") from None
