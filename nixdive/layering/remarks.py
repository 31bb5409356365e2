"""What of a request has no effect, or another one than its words say."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from nixdive.layering.pins import Patterns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nixdive.layering.request import PlanRequest
    from nixdive.store.path import StorePath


def remarks(paths: Iterable[StorePath], request: PlanRequest, carried: int) -> tuple[str, ...]:
    """Return a line for each thing that the user should know.

    Args:
        paths: all that is laid out.
        request: what is asked for.
        carried: how many layers of an earlier plan are carried on, in the image that has most of them.
    """
    found = []
    if request.rates:
        patterns = Patterns.of(paths)
        for name, _ in request.rates:
            if not patterns.matched(name):
                near = difflib.get_close_matches(name, patterns.packages, n=1)
                meant = f"; did you mean {near[0]}?" if near else ""
                found.append(f"rates: {name} matches no store path{meant}")
    if carried > request.max_layers:
        found.append(
            f"{carried} layers are carried on into a budget of {request.max_layers}: "
            "those that cost least together are merged"
        )
    return tuple(found)
