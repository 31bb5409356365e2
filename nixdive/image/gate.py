"""A gate for images in CI: dive's rules with dive's words, and rules on layers and pushes."""

from __future__ import annotations

import re
from enum import Enum
from math import isinf, isnan
from typing import TYPE_CHECKING, NamedTuple

from nixdive.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nixdive.image.inspection import Inspection

# as dive has them in options/ci_rules.go
DEFAULTS = {
    "lowestEfficiency": "0.9",
    "highestWastedBytes": "disabled",
    "highestUserWastedPercent": "0.1",
}
_OFF = frozenset({"", "disabled", "off", "false"})
_SIZE = re.compile(r"([0-9][0-9,]*(?:\.[0-9]*)?|\.[0-9]+)\s*([kmgtpe]?)(i?)(b?)", re.IGNORECASE)
_UNITS = "kmgtpe"


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
        message: why it failed; its threshold where it did not.
    """

    rule: str
    status: Status
    message: str


class Figures(NamedTuple):
    """What rules are about.

    Attributes:
        image: the image.
        push_bytes: what a push sends after an earlier image, or None where none was named.
    """

    image: Inspection
    push_bytes: int | None = None


def evaluate(rules: Mapping[str, str], figures: Figures) -> tuple[Result, ...]:
    """Return the results of all rules, by key; dive's three are always among them.

    Raises ImageError where a threshold cannot be read, or a rule needs an earlier image and there is none.
    """
    results = []
    for rule, text in sorted((DEFAULTS | dict(rules)).items()):
        if rule not in _RULES:
            continue
        if text.strip().lower() in _OFF:
            results.append(Result(rule, Status.SKIP, "disabled"))
            continue
        cause = _RULES[rule](rule, text, figures)
        results.append(Result(rule, Status.FAIL if cause else Status.PASS, cause or text))
    return tuple(results)


def unknown(rules: Mapping[str, str]) -> tuple[str, ...]:
    """Return the rules that nobody here knows, sorted."""
    return tuple(sorted(rules.keys() - _RULES.keys()))


def go_float(value: float, form: str = "") -> str:
    """Return a number as Go prints it."""
    if isnan(value):
        return "NaN"
    if isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return format(value, form) if form else repr(float(value)).removesuffix(".0")


def _efficiency(rule: str, text: str, figures: Figures) -> str:
    least, score = _ratio(rule, text), figures.image.efficiency.score
    if score >= least:
        return ""
    return f"image efficiency is too low (efficiency={go_float(score, '.2f')} < threshold={go_float(least)})"


def _user_wasted(rule: str, text: str, figures: Figures) -> str:
    most, share = _ratio(rule, text), figures.image.efficiency.user_wasted_percent
    if not share > most:  # the share of nothing is not a number
        return ""
    found = f"%-user-wasted-bytes={go_float(share, '.2f')} > threshold={go_float(most)}"
    return f"too many bytes wasted, relative to the user bytes added ({found})"


def _wasted(rule: str, text: str, figures: Figures) -> str:
    most, found = _bytes(rule, text), figures.image.efficiency.wasted_bytes
    return f"too many bytes wasted (wasted-bytes={found} > threshold={most})" if found > most else ""


def _reclaimable(rule: str, text: str, figures: Figures) -> str:
    most, found = _bytes(rule, text), figures.image.reclaimable_bytes
    return f"too many bytes that nobody sees (bytes={found} > threshold={most})" if found > most else ""


def _layer_size(rule: str, text: str, figures: Figures) -> str:
    most = _bytes(rule, text)
    size, layer = max(((one.stored.size, i) for i, one in enumerate(figures.image.layers)), default=(0, 0))
    return f"a layer is too big (layer={layer} bytes={size} > threshold={most})" if size > most else ""


def _layer_count(rule: str, text: str, figures: Figures) -> str:
    found = len(figures.image.layers)
    if not (text.isascii() and text.isdecimal()):
        raise _invalid(rule, text)
    return f"too many layers (layers={found} > threshold={text})" if found > int(text) else ""


def _push(rule: str, text: str, figures: Figures) -> str:
    most, found = _bytes(rule, text), figures.push_bytes
    if found is None:
        raise ImageError(f"{rule}: it needs an earlier image", hint="name one with --against IMAGE")
    return f"a push sends too many bytes (bytes={found} > threshold={most})" if found > most else ""


_RULES: Mapping[str, Callable[[str, str, Figures], str]] = {
    "lowestEfficiency": _efficiency,
    "highestWastedBytes": _wasted,
    "highestUserWastedPercent": _user_wasted,
    "highestReclaimableBytes": _reclaimable,
    "highestLayerSize": _layer_size,
    "highestLayerCount": _layer_count,
    "highestPushBytes": _push,
}


def _ratio(rule: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise _invalid(rule, text) from None
    if not 0 <= value <= 1:
        raise ImageError(f"{rule} config value is outside allowed range (0-1), given {text!r}")
    return value


def _bytes(rule: str, text: str) -> int:
    """Return a size as dive reads it: 20MB has thousands, 20MiB has 1024s."""
    found = _SIZE.fullmatch(text.strip())
    if found is None or (found[3] and not found[2]):
        raise _invalid(rule, text)
    power = _UNITS.index(found[2].lower()) + 1 if found[2] else 0
    return int(float(found[1].replace(",", "")) * (1024 if found[3] else 1000) ** power)


def _invalid(rule: str, text: str) -> ImageError:
    return ImageError(
        f"invalid {rule} config value, given {text!r}",
        hint="ratios are written like 0.9, sizes like 20MB or 20MiB; disabled switches a rule off",
    )
