"""What a price amounts to, in a few words: with it alone, no numbers have to be crunched."""

from __future__ import annotations

from nixdive.words import counted

_MOST_RELEASES = 1000  # nobody plans for more


def verdict(once: int, each_release: int) -> str:
    """Return what a price amounts to, in a few words.

    Args:
        once: bytes that it costs once.
        each_release: bytes that it costs with each release after that.
    """
    if once > 0:
        return f"pays back in {_releases(once, -each_release)}" if each_release < 0 else "never pays back"
    if each_release > 0:
        return f"dearer after {_releases(-once, each_release)}" if once else "dearer with each release"
    return "saves at once" if once else "free"


def _releases(cost: int, gain: int) -> str:
    count = -(-cost // gain)
    return counted(count, "release") if count <= _MOST_RELEASES else f"more than {_MOST_RELEASES} releases"
