"""How many examples hypothesis tries: a number for each property, times NIXDIVE_EXAMPLES."""

from __future__ import annotations

import os

from hypothesis import settings  # noqa: TID251  nobody else does

TIMES = float(os.environ.get("NIXDIVE_EXAMPLES", "1"))


def examples(usual: int, *, derandomize: bool = False) -> settings:
    """Return settings for a property that is usually tried with so many examples.

    Args:
        usual: their number; many where an example is quick and the cases are many.
        derandomize: try the same ones in each run.
    """
    return settings(max_examples=max(1, round(usual * TIMES)), derandomize=derandomize)
