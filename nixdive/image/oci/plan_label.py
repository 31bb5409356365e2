"""The plan file in the labels of an image: in one label, or in several if it is too long for one.

containerd gives the labels of an image to its containers, and refuses those whose key and value together have
more than 4096 bytes (labels/validate.go).
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any

from nixdive.bounds import most, over
from nixdive.errors import PlanFileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PLAN_LABEL = "nixdive.plan"
_PART = re.compile(r"nixdive\.plan\.([1-9][0-9]{0,3})-of-([1-9][0-9]{0,3})")
_MOST_LABEL = 4000  # bytes of key and value
_ROOM = _MOST_LABEL - len(f"{PLAN_LABEL}.9999-of-9999")


def is_plan_label(key: str) -> bool:
    """Whether a label contains a plan file, or a part of one."""
    return key == PLAN_LABEL or _PART.fullmatch(key) is not None


def plan_labels(text: str) -> dict[str, str]:
    """Return the labels for a plan file."""
    if len(PLAN_LABEL) + len(text.encode()) <= _MOST_LABEL:
        return {PLAN_LABEL: text}
    parts = list(_parts(text))
    return {f"{PLAN_LABEL}.{i}-of-{len(parts)}": part for i, part in enumerate(parts, 1)}


def plan_in(labels: Any) -> str | None:
    """Return the plan file in some labels, or None if there is none.

    Raises:
        PlanFileError: parts of it are missing, or it is longer than any plan file.
    """
    found: Mapping[str, Any] = labels if isinstance(labels, dict) else {}
    whole = found.get(PLAN_LABEL)
    if not isinstance(whole, str):
        whole = _joined(found)
    if whole is not None and len(whole.encode(errors="replace")) > most("plan-label"):
        raise PlanFileError(f"label {PLAN_LABEL}: {over('plan-label', 'it is larger than {}')}")
    return whole


def _joined(labels: Mapping[str, Any]) -> str | None:
    parts: dict[int, str] = {}
    counts = set()
    for key, value in labels.items():
        if (part := _PART.fullmatch(key)) is not None and isinstance(value, str):
            parts[int(part[1])] = value
            counts.add(int(part[2]))
    if not parts:
        return None
    count = max(counts)
    if len(counts) > 1:
        raise PlanFileError(f"labels {PLAN_LABEL}.N-of-M: they belong to several plans")
    if len(parts) < count:
        raise PlanFileError(f"labels {PLAN_LABEL}.N-of-M: {count - len(parts)} of {count} are missing")
    if max(parts) > count:
        raise PlanFileError(f"labels {PLAN_LABEL}.N-of-M: their numbers do not fit together")
    return "".join(parts[number] for number in sorted(parts))


def _parts(text: str) -> Iterator[str]:
    """Yield the text in pieces that fit into a label, cut between lines where they are short enough."""
    piece, room = "", _ROOM
    for words in chain.from_iterable(map(_bites, text.splitlines(keepends=True))):
        size = len(words.encode())
        if size > room:
            yield piece
            piece, room = "", _ROOM
        piece += words
        room -= size
    yield piece


def _bites(line: str) -> Iterator[str]:
    most = _ROOM // 4  # a character has at most four bytes
    if len(line.encode()) <= _ROOM:
        yield line
        return
    for start in range(0, len(line), most):
        yield line[start : start + most]
