"""The link between a client and its registry: how many bits a second, and how long there and back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

from nixdive.errors import LinkError

_BITS: Final = {"kbit": 1e3, "mbit": 1e6, "gbit": 1e9}
_TEXT: Final = re.compile(
    r"(?P<rate>\d{1,6}(\.\d{1,6})?)(?P<unit>kbit|mbit|gbit)/(?P<time>\d{1,6}(\.\d{1,6})?)ms", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a registry; the same in both directions.

    Attributes:
        rate: wire bytes a second.
        round_trip: seconds from a question to its answer.
        text: how the user wrote it: 100mbit/20ms.
    """

    rate: float
    round_trip: float
    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the link that RATE/RTT describes, as 100mbit/20ms; raise LinkError where it does not."""
        found = _TEXT.fullmatch(text.lower().replace(" ", ""))
        if found is None:
            raise LinkError(
                f"link {text!r} is not RATE/RTT", hint="for example 100mbit/20ms; kbit, mbit or gbit, and ms"
            )
        rate = float(found["rate"]) * _BITS[found["unit"]] / 8
        if not rate:
            raise LinkError(f"link {text!r}: nothing passes at a rate of 0", hint="for example 100mbit/20ms")
        return cls(rate, float(found["time"]) / 1000, found[0])

    def __str__(self) -> str:
        return self.text


DEFAULT_LINK: Final = Link.parse("100mbit/20ms")
