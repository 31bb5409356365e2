"""What a registry answers: how much of it is read, for how long it is waited for, and where it leads.

A registry may be anybody's: one that never ends what it says, or says a byte a second, takes neither memory
nor a day.
"""

from __future__ import annotations

import email.utils
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from urllib3 import exceptions
from urllib3.util import parse_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urllib3.response import BaseHTTPResponse

LONGEST = 300
"""Seconds that an answer is waited for, and again as long for a body that is read at once."""

MOST_TEXT = 1 << 20
"""Bytes of an error or a token."""

_LONGEST_WAIT = 1e9  # seconds; a date in a thousand years is no time to try again
_LONGEST_PLACE = 200  # characters of an address that are shown


def body(answer: BaseHTTPResponse, most: int) -> bytes:
    """Return a body, or its first bytes where it has more than that.

    Raises:
        HTTPError: of urllib3: it breaks off, is not what its headers say, or takes too long.
    """
    until, found = time.monotonic() + LONGEST, bytearray()
    with _understood():
        while len(found) < most and (piece := answer.read1(most - len(found))):
            found += piece
            if time.monotonic() > until:
                raise exceptions.ReadTimeoutError(None, "", "its body takes too long")  # type: ignore[arg-type]
    return bytes(found)


def pieces(answer: BaseHTTPResponse, size: int) -> Iterator[bytes]:
    """Yield a body in pieces of at most so many bytes, however slowly it comes; raises as `body`."""
    # neither `stream` nor `read` bounds what it takes of a chunk with a negative length
    with _understood():
        while piece := answer.read1(size, decode_content=False):
            yield piece


def text(answer: BaseHTTPResponse) -> bytes:
    """Return the body of an answer that is an error; nothing where it breaks off."""
    try:
        return body(answer, MOST_TEXT)
    except exceptions.HTTPError:  # the status says enough
        return b""


def drop(answer: BaseHTTPResponse) -> None:
    """Make a connection free: what is left of its answer is read, or the connection ended if that is much."""
    try:
        if len(body(answer, MOST_TEXT)) == MOST_TEXT:
            answer.close()
    except exceptions.HTTPError:
        answer.close()
    answer.release_conn()


def place(base: str, link: str) -> str | None:
    """Return the URL that a link in an answer leads to, or None if it is none of HTTP.

    Args:
        base: the URL that was asked.
        link: a URL, or a part of one.
    """
    try:
        url = urljoin(base, link)
        parts, host = urlsplit(url), parse_url(url).host
        good = parts.scheme in {"http", "https"} and parts.port != 0 and bool(parts.hostname and host)
    except ValueError:
        return None
    return url if good and parts.netloc.isascii() and parts.netloc.isprintable() else None


def shown(link: str) -> str:
    """Return an address that somebody else wrote as it can be printed."""
    return repr(link if len(link) <= _LONGEST_PLACE else f"{link[:_LONGEST_PLACE]}…")


def wait(said: str | None) -> float | None:
    """Return the seconds that Retry-After (RFC 9110, 10.2.3) says, or None."""
    if said is None:
        return None
    try:
        if said.strip().isdecimal():
            found = float(said)
        else:
            found = max(email.utils.parsedate_to_datetime(said).timestamp() - time.time(), 0.0)
    except (ValueError, OverflowError):
        return None
    return found if found < _LONGEST_WAIT else None


@contextmanager
def _understood() -> Iterator[None]:
    """Lengths of chunks that are no lengths end in errors of whatever counts with them."""
    try:
        yield
    except (ValueError, OverflowError) as error:
        raise exceptions.ProtocolError("what is sent is not HTTP", error) from error
