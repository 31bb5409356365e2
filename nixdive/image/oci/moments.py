"""Times as people type them; text that is not a time raises ValueError with the cause."""

from __future__ import annotations

from datetime import UTC, datetime


def created(text: str) -> str:
    """Return a time as image configs have it, RFC 3339 in UTC."""
    moment = _moment(text).astimezone(UTC)
    if moment.year < 1000:
        raise ValueError(f"{text!r} is not a time that an image config can hold")
    return moment.isoformat().replace("+00:00", "Z")


def seconds(text: str) -> int:
    """Return a time as whole seconds since 1970, as a tar header has them."""
    plain = text.isascii() and text.isdecimal()
    found = int(text[:20]) if plain else int(_moment(text).timestamp())
    if not 0 <= found < 8**11:
        raise ValueError(f"{text!r} does not fit into a tar header")
    return found


def _moment(text: str) -> datetime:
    if text == "now":
        return datetime.now(UTC).replace(microsecond=0)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a time like 2026-01-31T12:00:00Z, or now") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
