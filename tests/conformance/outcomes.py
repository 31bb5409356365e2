"""What clients made of images: in a word, and with what they said; kept from run to run."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

_LONGEST = 120  # letters of a message


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an image.

    Attributes:
        word: in a word or two.
        said: the line of the client that has the cause, if it failed.
    """

    word: str
    said: str = ""


def failed(word: str, error: BaseException) -> Outcome:
    """Return the outcome of a run that failed, without what differs from run to run."""
    text = str(error) if isinstance(error, AssertionError) else "it did not end in time"
    line = _telling([line for line in text.splitlines() if line.strip()])
    line = re.sub(r'^time="[^"]*" level=\w+ msg=', "", line)
    line = re.sub(r"[0-9a-f]{12,64}", "…", line)
    line = re.sub(r"(/\w+)*/nixdive-[\w./-]*(?=[\s:\"',)\\]|$)", "PATH", line)
    line = re.sub(r"extract-[\w-]+ ", "", line)
    line = re.sub(r"127\.0\.0\.1:\d+", "HOST", line)
    line = re.sub(r"\b(odd|written)-?\d+", r"\1", line)
    line = re.sub(r"(n{8})n+", r"\1…", line).strip().replace("|", "\\|")
    return Outcome(word, line if len(line) <= _LONGEST else f"… {line[-_LONGEST:]}")


def _telling(lines: Sequence[str]) -> str:
    """Return the line that has the cause."""
    for line in lines:  # podman tries every format, and gives the answer of each
        found = re.match(r"\s*\* (oci|docker)-archive: (.*)", line)
        if found and not re.search("no such file|does not exist|manifest.json", found[2]):
            return found[2]
    telling = [line for line in lines if re.search("error|Error|fatal|fail|invalid|ctr:|\u2a2f", line)]
    return (telling or lines)[-1]


class Messages:
    """What clients said, each once, by number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def shown(self, outcome: Outcome) -> str:
        """Return an outcome with the number of what was said."""
        if not outcome.said:
            return outcome.word
        return f"{outcome.word} ({self._numbers.setdefault(outcome.said, len(self._numbers) + 1)})"

    def lines(self) -> Iterator[str]:
        for line, number in self._numbers.items():
            yield f"{number}. `{line}`"


@dataclass(frozen=True, slots=True)
class Results:
    """What each client made of the same images, in a folder, where one is wanted: a file for each client.

    A run that ends early loses nothing but what a client made of one image.

    Attributes:
        folder: where they are kept; None where they are not.
        images: what the images are; what was found of others is not used.
    """

    folder: Path | None
    images: tuple[str, ...]

    def of(self, client: str, find: Callable[[int], Outcome]) -> tuple[str, list[Outcome]]:
        """Return the day on which a client was tried and what it made of the images, kept or found now.

        Args:
            client: its name and version.
            find: tries it with one of the images.
        """
        day, outcomes = self._kept(client)
        for number in range(len(outcomes), len(self.images)):
            day = time.strftime("%Y-%m-%d", time.gmtime())
            outcomes.append(find(number))
            self._keep(client, day, outcomes)
        return day, outcomes

    def _file(self, folder: Path, client: str) -> Path:
        return folder / f"{re.sub(r'[^0-9A-Za-z.]+', '-', client).strip('-')}.json"

    def _kept(self, client: str) -> tuple[str, list[Outcome]]:
        if self.folder is not None and (file := self._file(self.folder, client)).exists():
            kept = json.loads(file.read_text())
            if kept["images"] == list(self.images):
                return kept["day"], [Outcome(*one) for one in kept["outcomes"]]
        return "", []

    def _keep(self, client: str, day: str, outcomes: Sequence[Outcome]) -> None:
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        document = {
            "client": client,
            "day": day,
            "images": self.images,
            "outcomes": [[one.word, one.said] for one in outcomes],
        }
        file = self._file(self.folder, client)
        part = file.with_suffix(".part")
        part.write_text(json.dumps(document, ensure_ascii=False, indent=1))
        part.replace(file)
