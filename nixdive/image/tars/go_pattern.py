"""Regular expressions of Go on names of files, as far as Python's engine finds them in little time.

Go's engine takes time in proportion to the text, Python's does not for every pattern: whoever gives a
pattern could have it search for days. What is taken here are characters, classes, groups and alternatives, of
which only single characters may repeat, and few of them.

Source: regexp/syntax of Go.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"(?P<class>\[\^?\]?(?!\])(?:\\[\\\]\[^\-.dDwW]|(?!--|&&|\|\||~~)[^\\\]\[])+\])"
    r"|(?P<escape>\\(?:[dDwWsSbBAztnrfva]|[!-/:-@\[-`{-~]))"
    r"|(?P<open>\((?:\?:|\?P?<\w+>)?(?!\?))"
    r"|(?P<close>\))"
    r"|(?P<or>\|)"
    r"|(?P<many>(?:[*+]|\{\d{1,3}(?:,\d{0,3})?\})\??)"
    r"|(?P<maybe>\?\??)"
    r"|(?P<edge>[\^$])"
    r"|(?P<one>[^\[\]\\()|*+?^${}]|\{|\}|\])",
    re.DOTALL,
)
_LONGEST = 1000
_MOST = {"many": 3, "maybe": 6, "or": 6}
_AFTER = {"many": ("class", "one", "escape"), "maybe": ("class", "one", "escape", "close")}
_MEANING = {"\\z": r"\Z", "\\s": r"[\t\n\f\r ]", "\\S": r"[^\t\n\f\r ]"}


def go_pattern(text: str) -> re.Pattern[str]:
    """Return a pattern that finds in a name what Go's `regexp` finds.

    Raises:
        ValueError: it is no regular expression of Go, or uses more than what is taken here; the message says
            what.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"it is longer than {_LONGEST} characters")
    made: list[str] = []
    counts = dict.fromkeys(_MOST, 0)
    at, before = 0, ""
    while at < len(text):
        found = _TOKEN.match(text, at)
        kind = found.lastgroup if found else None
        if found is None or kind is None:
            raise ValueError(f"{text[at:]!r} is not understood")
        if kind in counts:
            counts[kind] += 1
            if counts[kind] > _MOST[kind]:
                raise ValueError(f"it has more than {_MOST[kind]} of what {found[0]!r} is")
        if kind in _AFTER and before not in _AFTER[kind]:
            raise ValueError(f"{found[0]!r} repeats more than a character")
        made.append(_spelled(kind, found[0]))
        at, before = found.end(), kind
    try:
        return re.compile("".join(made), re.ASCII)
    except re.error as error:
        raise ValueError(str(error)) from error


def _spelled(kind: str, text: str) -> str:
    """Return a part as Python spells it."""
    if text == "$":
        return r"\Z"  # without (?m), Go's $ is the end of the text, and not before a line's end
    if kind == "open":
        return "(?:" if text != "(" else "("
    if kind == "one" and text in "{}]":
        return f"\\{text}"
    return _MEANING.get(text, text)
