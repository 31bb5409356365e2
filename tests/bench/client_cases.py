"""The cases in which real clients are measured, what was measured of them, and what profiles foretell."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nixdive.clients.client import Client, client
from nixdive.clients.link import Link
from nixdive.clients.seconds import Blobs, load_seconds, pull_seconds, push_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

KEPT = Path(__file__).with_name("measured.jsonl")  # belongs to the repository, so that nobody measures anew
KNEE_COUNTS = (6, 25, 100)
LINKS = ("100mbit/20ms", "10mbit/80ms", "1gbit/1ms")
# images of several applications, at counts of layers and over a link of which the fit has no case
HELD = {"nginx+redis": (LINKS[0], (3, 18, 55)), "flaskapp+gosvc": ("300mbit/8ms", (10, 33, 104))}


class Case(NamedTuple):
    """What is measured.

    Attributes:
        client: by the name of its profile.
        action: push, pull or load.
        state: cold, the same image, or next: version 2 after version 1.
        app: of the Debian store, or several joined by "+", which are the roots of one image.
        layers: the layer budget.
        link: RATE/RTT; empty for a load.
    """

    client: str
    action: str
    state: str
    app: str
    layers: int
    link: str

    @property
    def held(self) -> bool:
        """Whether it is held out: no profile is fitted to it, but all are judged by it."""
        return self.app in HELD


BOTH = ("docker", "docker-containerd", "podman", "podman-4")  # they push and pull
PULL = (*BOTH, "containerd")
KEEP = ("nixdive", "skopeo", "crane", "docker-containerd")  # they push blobs as they are
ANEW = frozenset({"docker", "podman", "podman-4"})


def cases() -> Iterator[Case]:
    """Yield all cases."""
    for app, counts in (("redis", (1, 36)), ("flaskapp", (20, 90)), ("toolbox", (12, 120)), ("media", (60,))):
        for count in counts:
            yield from _pushes(app, count)
            for one in PULL:
                yield Case(one, "pull", "cold", app, count, LINKS[0])
                yield Case(one, "pull", "next", app, count, LINKS[0])
                yield Case(one, "load", "cold", app, count, "")
    for link, app, counts in ((LINKS[2], "toolbox", (12, 120)), (LINKS[1], "redis", (5, 30))):
        for count in counts:
            for one in KEEP:
                yield Case(one, "push", "next", app, count, link)
            for one in PULL:
                yield Case(one, "pull", "cold", app, count, link)
                if link == LINKS[2]:
                    yield Case(one, "pull", "next", app, count, link)
    yield from _others()


def _others() -> Iterator[Case]:
    """Yield cases of images that are denser or less dense in files, and of one in many counts of layers."""
    for app, counts in (("nginx", (8, 40)), ("postgres", (15, 75)), ("gosvc", (4, 30))):
        for count, link, state in product(counts, (LINKS[2], LINKS[0]), ("cold", "next")):
            yield from (Case(one, "pull", state, app, count, link) for one in PULL)
            yield from (Case(one, "push", state, app, count, link) for one in KEEP)
        for count in counts:
            yield from (Case(one, "load", "cold", app, count, "") for one in PULL)
    for app, more in (("toolbox", (25, 50, 75, 100)), ("media", (25, 60, 100))):
        for count, one in product(more, ("docker-containerd", "docker", "containerd")):
            yield Case(one, "pull", "cold", app, count, LINKS[2])


def knees() -> Iterator[Case]:
    """Yield the cases that show where a release arrives soonest: two clients on each side, three counts."""
    for app in ("toolbox", "media"):
        for link in LINKS:
            for count in KNEE_COUNTS:
                for one in ("nixdive", "skopeo"):
                    yield Case(one, "push", "next", app, count, link)
                for one in ("docker", "podman"):
                    yield Case(one, "pull", "next", app, count, link)


def held() -> Iterator[Case]:
    """Yield the cases that are held out."""
    for app, (link, counts) in HELD.items():
        for count in counts:
            for one, state in product(KEEP, ("cold", "next")):
                yield Case(one, "push", state, app, count, link)
            for one in sorted(ANEW):
                yield Case(one, "push", "cold", app, count, link)
            for one, state in product(PULL, ("cold", "next")):
                yield Case(one, "pull", state, app, count, link)
            for one in PULL:
                yield Case(one, "load", "cold", app, count, "")


def _pushes(app: str, count: int) -> Iterator[Case]:
    for one in ("nixdive", "skopeo", "crane", *BOTH):
        for state in ("cold",) if one in ANEW else ("cold", "same", "next"):
            yield Case(one, "push", state, app, count, LINKS[0])
    for one in sorted(ANEW):  # on a slow link all that they compress is hidden behind what they send
        yield Case(one, "push", "cold", app, count, LINKS[2])


class Shape(NamedTuple):
    """An image as the model sees it: layers, which of them version 1 lacks, and which it has above others."""

    tar: list[int]
    wire: list[int]
    entries: list[int]
    new: list[bool]
    moved: list[bool]


class Row(NamedTuple):
    """A case that was measured.

    Attributes:
        case: which.
        shape: its image.
        seconds: of the fastest run.
        runs: how many there were.
        held: whether the case is held out of the fit.
    """

    case: Case
    shape: Shape
    seconds: float
    runs: int
    held: bool


def note(results: Path, case: Case, found: Shape, seconds: Sequence[float], version: str) -> None:
    """Add what was measured to a file of JSON lines, with the client's version and the day."""
    day = datetime.now(UTC).date().isoformat()
    row = {"case": case._asdict(), "held": case.held, "shape": found._asdict(), "seconds": list(seconds)}
    with results.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row | {"version": version, "date": day}) + "\n")


def read(results: Path) -> list[Row]:
    """Return what was measured."""
    found: dict[Case, Row] = {}
    for line in results.read_text("utf-8").splitlines():
        row = json.loads(line)
        case, seconds = Case(**row["case"]), row["seconds"]
        if case in found:
            seconds = [*seconds, *[found[case].seconds] * found[case].runs]
        found[case] = Row(case, Shape(**row["shape"]), min(seconds), len(seconds), row["held"])
    return list(found.values())


def foretold(case: Case, found: Shape, by: Client | None = None) -> float:
    """Return the seconds that a profile foretells of a case."""
    by = by or client(case.client)
    blobs = Blobs(*(np.array(one, dtype=float) for one in (found.tar, found.wire, found.entries)))
    new, moved = np.array(found.new)[:, None], np.array(found.moved)[:, None]
    if case.action == "load":
        assert by.load is not None
        return load_seconds(by.load, blobs)
    link = Link.parse(case.link)
    if case.action == "push":
        assert by.push is not None
        return float(push_seconds(by.push, link, blobs, new)[0])
    assert by.pull is not None
    return float(pull_seconds(by.pull, link, blobs, new, moved)[0])
