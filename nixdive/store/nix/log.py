"""What Nix says while it builds, in its format `internal-json`: what is done, how far it is, why it failed.

Each line is "@nix " and a JSON object (Nix: src/libutil/logging.cc): an activity starts with a number of its
own, results come with that number, and it stops; messages stand alone. Everything is bounded, and a line that
is not understood is passed over: the format is not a promise of Nix.
"""

from __future__ import annotations

import json
import re
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from nixdive.errors import masked
from nixdive.store.nix.program import complaint
from nixdive.store.path import StorePath
from nixdive.store.sources.rows import shortened

_MARK = b"@nix "
# activities and results by their numbers (Nix: src/libutil/logging.hh)
_COPIES, _BUILDS, _BUILD = 103, 104, 105
_LINE, _PROGRESS, _POST_LINE = 101, 105, 107
_MOST = 10_000  # activities at a time
_KEPT = 10  # lines of a log
_LONGEST = 400  # characters of a line
_MOST_ERRORS = 100
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# of a builder, up to Nix 2.30 and from 2.31 on
_FAILED = re.compile(r"(?P<old>builder for|Cannot build) '(?P<derivation>[^']+\.drv)'[.:]? *(?P<reason>.*)")
_DERIVATION = re.compile(r"'(/[^']+\.drv)'")
# an error that another one has caused
_FOLLOWS = re.compile(r"dependenc(?:y|ies)\b.*\bfailed|failed due to failed dependenc|^build of .* failed")
# what a new Nix says behind the reason
_BEHIND = re.compile(r" (?:Output paths|[Ll]ast \d+ log lines?|For full logs)\b")


class Failure(NamedTuple):
    """Why Nix failed.

    Attributes:
        derivation: the one that did not build, or None where it is something else.
        reason: what Nix says of it, in one line.
        lines: the last lines of its log.
    """

    derivation: str | None
    reason: str
    lines: tuple[str, ...]


@dataclass(slots=True)
class _Build:
    derivation: str
    began: float = field(default_factory=time.monotonic)
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT))


class BuildLog:
    """Listens to Nix while it builds.

    Attributes:
        what: what Nix does, in a few words; empty before it says so.
        line: the last line of any log.
    """

    def __init__(self) -> None:
        self.what = ""
        self.line = ""
        self._kinds: dict[int, int] = {}
        self._running: dict[int, _Build] = {}
        self._logs: dict[str, deque[str]] = {}
        self._counts: dict[int, tuple[int, int]] = {}
        self._errors: list[str] = []
        self._rest: deque[str] = deque(maxlen=_KEPT)  # what is not in the format

    def hear(self, data: bytes) -> None:
        """Take a line of Nix's standard error."""
        if not data.startswith(_MARK):
            self._rest.append(_text(data.decode(errors="replace")))
            return
        try:
            event = json.loads(data[len(_MARK) :])
        except (ValueError, RecursionError):
            return
        if not isinstance(event, dict):
            return
        number = event.get("id")
        match event.get("action"):
            case "msg" if event.get("level") == 0:
                self._error(event)
            case "start" if isinstance(number, int) and len(self._kinds) < _MOST:
                self._start(number, event)
            case "result" if isinstance(number, int) and number in self._kinds:
                self._result(number, event.get("type"), _fields(event))
            case "stop" if isinstance(number, int) and self._kinds.pop(number, None) is not None:
                if self._running.pop(number, None) is not None:
                    self._look()

    def failure(self) -> Failure:
        """Return why: the first build that failed by itself, else the last error."""
        own = [said for said in self._errors if not _FOLLOWS.search(said)] or self._errors
        for said in own:
            if (found := _FAILED.search(said)) is not None:
                derivation = found["derivation"]
                return Failure(derivation, _reason(found), tuple(self._logs.get(derivation, ())))
        if not own:
            return Failure(None, complaint("\n".join(self._rest)), ())
        said = own[-1]
        named = _DERIVATION.search(said)
        if named is None:
            return Failure(None, shortened(said, most=_LONGEST), ())
        reason = shortened(said.replace(f" {named[0]}", ""), most=_LONGEST)
        return Failure(named[1], reason, tuple(self._logs.get(named[1], ())))

    def _start(self, number: int, event: dict[str, Any]) -> None:
        kind, fields = event.get("type"), _fields(event)
        self._kinds[number] = kind if isinstance(kind, int) else 0
        if kind == _BUILD and fields and isinstance(fields[0], str):
            build = self._running[number] = _Build(fields[0])
            if len(self._logs) < _MOST:
                self._logs[build.derivation] = build.lines
            self._look()

    def _result(self, number: int, kind: Any, fields: list[Any]) -> None:
        if kind in (_LINE, _POST_LINE) and fields and isinstance(fields[0], str):
            if line := _text(fields[0]):
                self.line = line
                if (build := self._running.get(number)) is not None:
                    build.lines.append(line)
        elif kind == _PROGRESS and len(fields) >= 2 and all(type(one) is int for one in fields[:2]):
            done, expected = self._count(self._kinds[number])
            # what is expected goes back where something fails
            self._counts[self._kinds[number]] = (max(done, fields[0]), max(expected, fields[1]))
            if self._kinds[number] == _COPIES:
                self._look()

    def _error(self, event: dict[str, Any]) -> None:
        if len(self._errors) == _MOST_ERRORS:
            return
        said, plain = event.get("raw_msg"), event.get("msg")
        if isinstance(said, str):
            self._errors.append(" ".join(_COLOUR.sub("", said).split()))
        elif isinstance(plain, str) and "error:" in plain:  # else it is advice
            self._errors.append(complaint(_COLOUR.sub("", plain)))

    def _look(self) -> None:
        """See what Nix does: the build that has taken longest, else what it fetches."""
        if self._running:
            done, expected = self._count(_BUILDS)
            first = min(self._running.values(), key=lambda one: one.began)
            count = f", {min(done + 1, expected)} of {expected}" if expected > 1 else ""
            self.what = f"building {_name(first.derivation)}{count}"
            return
        copied, copies = self._count(_COPIES)
        if copied < copies:
            self.what = f"fetching {copies} store {'path' if copies == 1 else 'paths'}"

    def _count(self, kind: int) -> tuple[int, int]:
        return self._counts.get(kind, (0, 0))


def _reason(found: re.Match[str]) -> str:
    """Return the reason without what was to be built and where the log is."""
    text = found["reason"].removeprefix("Reason:").strip()
    text = _BEHIND.split(text, maxsplit=1)[0].rstrip(".; ")
    text = text if found["old"] == "Cannot build" else f"builder {text}"
    return shortened(text, most=_LONGEST) or "it gave no reason"


def _fields(event: dict[str, Any]) -> list[Any]:
    fields = event.get("fields")
    return fields if isinstance(fields, list) else []


def _text(line: str) -> str:
    # a builder that draws a bar returns to the beginning of its line: what it wrote last counts
    return masked(_COLOUR.sub("", line).rstrip().rpartition("\r")[2])[:_LONGEST]


def _name(derivation: str) -> str:
    try:
        return StorePath.parse(derivation).name.removesuffix(".drv")
    except ValueError:
        return shortened(derivation)
