"""Text that came from an input, made safe to show: names may hold escapes, newlines or no text at all."""

from __future__ import annotations

import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str) -> str:
    r"""Return the text with everything that a terminal would obey or hide written as an escape.

    Control and formatting characters, surrogates (bytes that are not UTF-8) and line separators become
    \x1b, \u202e and the like; the rest is unchanged.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(char) if hidden(char) else char for char in text)


def hidden(char: str) -> bool:
    """Return whether a terminal would obey or hide a character, instead of showing it."""
    return unicodedata.category(char) in _HIDDEN


def escaped(text: str) -> str:
    r"""Return the text for a format of printable characters only; no two texts give the same result.

    All other characters become Python escapes like \x1b, and a backslash becomes two.
    """
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(
        char if char.isprintable() and char != "\\" else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def _escape(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # surrogateescape: the byte that it encodes
        return f"\\x{code - 0xDC00:02x}"
    return char.encode("unicode_escape").decode("ascii")
