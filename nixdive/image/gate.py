"""A gate for images in CI: dive's rules in dive's words, and rules on layers and pushes."""

from __future__ import annotations

import re
from enum import Enum
from math import isinf, isnan
from typing import TYPE_CHECKING, NamedTuple, Self, TypeVar

from nixdive.errors import ImageError
from nixdive.sizes import size_in
from nixdive.words import unread_lines, without_layers

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from nixdive.image.stored.inspection import Inspection

_OFF = frozenset({"", "disabled", "off", "false"})
_RATIO = "ratios are written like 0.9, from 0 to 1"
_LONGEST = 40  # characters of a threshold
_NUMBER = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_TIME = re.compile(rf"({_NUMBER})\s*([a-z]+)\s*")
_TIMES = re.compile(rf"(?:{_TIME.pattern})+")
_IN_SECONDS = {
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), 0.001),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600.0),
}

_F = TypeVar("_F", int, float)


class Status(Enum):
    """How a rule ended; the value is dive's word."""

    PASS = "PASS"  # noqa: S105  no password
    FAIL = "FAIL"
    SKIP = "SKIP"


class Result(NamedTuple):
    """A rule, evaluated.

    Attributes:
        rule: its key.
        status: how it ended.
        message: why it failed; its threshold if it did not.
    """

    rule: str
    status: Status
    message: str


class Figures(NamedTuple):
    """What rules check.

    Attributes:
        image: the image.
        push_bytes: what a push sends after an earlier image, or None if none was named.
        push_seconds: of that push, or None where nobody worked it out.
        pull_seconds: of a pull by a machine that has the earlier image, or None as above.
    """

    image: Inspection
    push_bytes: int | None = None
    push_seconds: float | None = None
    pull_seconds: float | None = None


class Rule(NamedTuple):
    """A rule with its threshold.

    Attributes:
        name: one of `RULES`.
        text: the threshold as it was written.
        threshold: a ratio, bytes, seconds or a count; None if the rule is switched off.
    """

    name: str
    text: str
    threshold: float | None

    @classmethod
    def parse(cls, name: str, text: str) -> Self:
        """Return a rule; raise ImageError if its threshold cannot be read."""
        off = text.strip().lower() in _OFF
        return cls(name, text, None if off else RULES[name].read(name, text))


def evaluate(rules: Mapping[str, Rule], figures: Figures) -> tuple[Result, ...]:
    """Return the results of all rules, by name; dive's three are always among them.

    Where a layer cannot be read, the gate stays closed: a rule that its files could break fails, and so does
    a rule of its own, `readableLayers`.

    Raises ImageError if a rule needs an earlier image and there is none.
    """
    results = []
    for name, rule in sorted((dict(DEFAULTS) | dict(rules)).items()):
        if rule.threshold is None:
            results.append(Result(name, Status.SKIP, "disabled"))
            continue
        kind = RULES[name]
        cause = kind.check(rule.threshold, figures)
        lacks = kind.lacks(figures.image)
        if lacks and not cause:
            cause = f"not known {without_layers(lacks)}"
        results.append(Result(name, Status.FAIL if cause else Status.PASS, cause or rule.text))
    if unread := figures.image.unread:
        results.append(Result("readableLayers", Status.FAIL, "; ".join(unread_lines(unread))))
    return tuple(results)


def go_float(value: float, form: str = "") -> str:
    """Return a number as Go prints it."""
    if isnan(value):
        return "NaN"
    if isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return format(value, form) if form else repr(float(value)).removesuffix(".0")


def _efficiency(least: float, figures: Figures) -> str:
    score = figures.image.efficiency.score
    if score >= least:
        return ""
    return f"image efficiency is too low (efficiency={go_float(score, '.2f')} < threshold={go_float(least)})"


def _user_wasted(most: float, figures: Figures) -> str:
    share = figures.image.efficiency.user_wasted_percent
    if not share > most:  # the share of nothing is NaN
        return ""
    found = f"%-user-wasted-bytes={go_float(share, '.2f')} > threshold={go_float(most)}"
    return f"too many bytes wasted, relative to the user bytes added ({found})"


def _wasted(most: float, figures: Figures) -> str:
    found = figures.image.efficiency.wasted_bytes
    return f"too many bytes wasted (wasted-bytes={found} > threshold={most})" if found > most else ""


def _reclaimable(most: float, figures: Figures) -> str:
    found = figures.image.reclaimable_bytes
    return f"too many bytes that no container sees (bytes={found} > threshold={most})" if found > most else ""


def _layer_size(most: float, figures: Figures) -> str:
    size, layer = max(((one.stored.size, i) for i, one in enumerate(figures.image.layers)), default=(0, 0))
    return f"a layer is too big (layer={layer} bytes={size} > threshold={most})" if size > most else ""


def _layer_count(most: float, figures: Figures) -> str:
    found = len(figures.image.layers)
    return f"too many layers (layers={found} > threshold={most})" if found > most else ""


def _push(most: float, figures: Figures) -> str:
    found = _known("highestPushBytes", figures.push_bytes)
    return f"a push sends too many bytes (bytes={found} > threshold={most})" if found > most else ""


def _push_seconds(most: float, figures: Figures) -> str:
    found = _known("highestPushSeconds", figures.push_seconds)
    return f"a push takes too long (seconds={found:.2f} > threshold={go_float(most)})" if found > most else ""


def _pull_seconds(most: float, figures: Figures) -> str:
    found = _known("highestPullSeconds", figures.pull_seconds)
    return f"a pull takes too long (seconds={found:.2f} > threshold={go_float(most)})" if found > most else ""


def _known(name: str, figure: _F | None) -> _F:
    if figure is None:
        raise ImageError(f"{name}: it needs an earlier image", hint="nixdive ci IMAGE --against IMAGE")
    return figure


def _ratio(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise _invalid(name, text, _RATIO) from None
    if not 0 <= value <= 1:
        raise ImageError(
            f"{name} config value is outside allowed range (0-1), given {_short(text)}", hint=_RATIO
        )
    return value


def _bytes(name: str, text: str) -> int:
    size = size_in(text)
    if size is None:
        raise _invalid(name, text, "sizes are written like 20MB, 1.5GiB or 4096")
    return size


def _seconds(name: str, text: str) -> float:
    """Return seconds: a number of them, or numbers with units as Go writes them, in short or in full."""
    said = text.strip().lower()
    if len(text) <= _LONGEST:
        if re.fullmatch(_NUMBER, said):
            return float(said)
        parts = _TIME.findall(said) if _TIMES.fullmatch(said) else []
        if parts and all(unit in _IN_SECONDS for _, unit in parts):
            return sum(float(number) * _IN_SECONDS[unit] for number, unit in parts)
    raise _invalid(name, text, "times are written like 30s, 1.5min, 1h30m or 90, which are seconds")


def _count(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > _LONGEST:
        raise _invalid(name, text, "counts are written like 100")
    return int(text)


def _invalid(name: str, text: str, written: str) -> ImageError:
    return ImageError(
        f"invalid {name} config value, given {_short(text)}",
        hint=f"{written}; disabled switches the rule off",
    )


def _short(text: str) -> str:
    return repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...")


def _unread(image: Inspection) -> Collection[int]:
    return image.unread


def _unsized(image: Inspection) -> Collection[int]:
    return image.unsized


def _nothing(_: Inspection) -> Collection[int]:
    return ()


class _Kind(NamedTuple):
    """A kind of rule.

    Attributes:
        read: reads its threshold.
        check: checks an image; returns an empty text if it passes.
        lacks: returns the places of layers that its figure lacks.
    """

    read: Callable[[str, str], float]
    check: Callable[[float, Figures], str]
    lacks: Callable[[Inspection], Collection[int]]


RULES: Mapping[str, _Kind] = {
    "lowestEfficiency": _Kind(_ratio, _efficiency, _unread),
    "highestWastedBytes": _Kind(_bytes, _wasted, _unread),
    "highestUserWastedPercent": _Kind(_ratio, _user_wasted, _unread),
    "highestReclaimableBytes": _Kind(_bytes, _reclaimable, _unread),
    "highestLayerSize": _Kind(_bytes, _layer_size, _unsized),
    "highestLayerCount": _Kind(_count, _layer_count, _nothing),
    "highestPushBytes": _Kind(_bytes, _push, _unsized),
    "highestPushSeconds": _Kind(_seconds, _push_seconds, _unsized),
    "highestPullSeconds": _Kind(_seconds, _pull_seconds, _unsized),
}
"""All rules; the first three are dive's."""

# dive's, as it has them in options/ci_rules.go
DEFAULTS: Mapping[str, Rule] = {
    name: Rule.parse(name, text)
    for name, text in (
        ("lowestEfficiency", "0.9"),
        ("highestWastedBytes", "disabled"),
        ("highestUserWastedPercent", "0.1"),
    )
}
