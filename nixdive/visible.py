"""Text that came from an input, made safe to show: names may hold escapes, newlines or no text at all."""

from __future__ import annotations

import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str) -> str:
    r"""Return the text with everything written as an escape that a terminal would obey or hide.

    Control and formatting characters, surrogates (bytes that are not UTF-8) and line separators become
    \x1b, \u202e and the like; all else stays.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(char) if unicodedata.category(char) in _HIDDEN else char for char in text)


def escaped(text: str) -> str:
    r"""Return the text for a format that holds printable characters alone; no two texts give the same.

    All other characters are escapes of Python, \x1b and the like, and a backslash is two.
    """
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(
        char if char.isprintable() and char != "\\" else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def _escape(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # surrogateescape: the byte it stands for
        return f"\\x{code - 0xDC00:02x}"
    return char.encode("unicode_escape").decode("ascii")
