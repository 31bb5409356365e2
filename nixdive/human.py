"""Times, ages and lists as people say them, by humanize: for the command line and the screen.

humanize is loaded on first use: `--help` and the first frame do not wait for it.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST = 100 * 365 * 86400.0  # seconds; anything longer never ends, and Python cannot count more days


def duration(seconds: float) -> str:
    """Return about how long something takes: a moment, 8 seconds, 2 minutes, an hour."""
    import humanize

    return humanize.naturaldelta(_bounded(seconds))


def exactly(seconds: float) -> str:
    """Return how long something took: 8.3 seconds, 2 minutes and 5 seconds."""
    import humanize

    return humanize.precisedelta(_bounded(seconds), minimum_unit="seconds", format="%.1f")


def ago(moment: float) -> str:
    """Return how long ago a moment was: now, 3 minutes ago, a year, 2 months ago.

    Args:
        moment: seconds since the epoch.
    """
    import humanize

    return humanize.naturaltime(timedelta(seconds=_bounded(time.time() - moment)))


def number(count: int) -> str:
    """Return a number with its thousands apart: 47,000."""
    import humanize

    return humanize.intcomma(count)


def several(names: Sequence[str], most: int) -> str:
    """Return names as a sentence lists them: a, b and 4 more.

    Args:
        names: all the names.
        most: how many to list, at least 1.
    """
    import humanize

    if not names:
        return ""
    more = [f"{number(len(names) - most)} more"] if len(names) > most else []
    return humanize.natural_list([*names[:most], *more])


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), _LONGEST)
