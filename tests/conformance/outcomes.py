"""What clients made of images: in a word, and with what they said; kept for images of the same bytes."""

from __future__ import annotations

import json
import re
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

_LONGEST = 120  # letters of a message
_NO_END = "it did not end in time"


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
    text = str(error) if isinstance(error, AssertionError) else _NO_END
    line = _telling([line for line in text.splitlines() if line.strip()])
    line = re.sub(r'^time="[^"]*" level=\w+ msg=', "", line)
    line = re.sub(r"[0-9a-f]{12,64}", "…", line)
    line = re.sub(r"(/\w+)*/nixdive-[\w./-]*(?=[\s:\"',)\\]|$)", "PATH", line)
    line = re.sub(r"(/[\w.-]+)*/containerd-mount\d+", "PATH", line)
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

    def lines(self, why: Callable[[str], str] | None = None) -> Iterator[str]:
        """Give what was said as the lines of a list.

        Args:
            why: says what stands behind each.
        """
        for line, number in self._numbers.items():
            yield f"{number}. `{line}`{f': {why(line)}' if why else ''}"


@dataclass(frozen=True, slots=True)
class Trial:
    """An image that a client was tried with.

    Attributes:
        image: what it is.
        digest: of its bytes.
        day: on which it was tried.
        outcome: what the client made of it.
    """

    image: str
    digest: str
    day: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a client.

    Attributes:
        client: its name and version.
        kind: what it does.
        trials: one for each image, in their order; None where it was not tried with an image of these bytes.
    """

    client: str
    kind: str
    trials: tuple[Trial | None, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """What each client made of images, in a folder: a file of JSON lines for each client.

    A client that made something of an image makes the same of the same bytes, so it is not asked again; of
    other bytes it is, and where it did not end in time, which says more of the machine than of the image. A
    run that ends early loses nothing but what a client made of one image.

    Attributes:
        folder: where they are kept.
        images: what the images are, and the digest of each.
    """

    folder: Path
    images: tuple[tuple[str, str], ...]

    def find(self, client: str, kind: str, tried: Callable[[int], Outcome]) -> None:
        """Keep what a client makes of the images of which that is not known.

        Args:
            client: its name and version.
            kind: what it does.
            tried: tries it with one of the images.
        """
        file = self._file(client)
        kept = {one.image: one for one in _read(file).trials if one is not None} if file.exists() else {}
        for number, (image, digest) in enumerate(self.images):
            if not _holds(kept.get(image), digest):
                outcome = tried(number)
                kept[image] = Trial(image, digest, time.strftime("%Y-%m-%d", time.gmtime()), outcome)
                self._keep(Record(client, kind, tuple(kept.values())))

    def records(self) -> Iterator[Record]:
        """Give what is kept of all clients, those that are not here among them."""
        for file in sorted(self.folder.glob("*.jsonl")):
            record = _read(file)
            kept = {one.image: one for one in record.trials if one is not None}
            trials = (kept.get(image) for image, _ in self.images)
            held = tuple(
                one if one is not None and one.digest == digest else None
                for one, (_, digest) in zip(trials, self.images, strict=True)
            )
            yield Record(record.client, record.kind, held)

    def _file(self, client: str) -> Path:
        return self.folder / f"{re.sub(r'[^0-9A-Za-z.]+', '-', client).strip('-')}.jsonl"

    def _keep(self, record: Record) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self._file(record.client)
        part = file.with_suffix(".part")
        head = {"client": record.client, "kind": record.kind}
        lines = [head, *(asdict(one) for one in record.trials if one is not None)]
        part.write_text("".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in lines))
        part.replace(file)


def _holds(kept: Trial | None, digest: str) -> bool:
    return kept is not None and kept.digest == digest and kept.outcome.said != _NO_END


def _read(file: Path) -> Record:
    """Return what is kept of a client, whatever images it was tried with."""
    head, *trials = (json.loads(line) for line in file.read_text().splitlines())
    return Record(
        **head, trials=tuple(Trial(**(one | {"outcome": Outcome(**one["outcome"])})) for one in trials)
    )
