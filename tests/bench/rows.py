"""The rows of the table of tests/bench/run: the same work by nixdive, by peers, and by an older nixdive."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nixdive.layering.fleet.draft import PULL
from tests.bench import bench_screen, made
from tests.bench.link import link
from tests.bench.timing import LateError, Took, by_turns, once
from tests.conformance import programs, registries
from tests.conformance.samples import TAG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

OURS = "nixdive"
BEFORE = "nixdive before"
ROUND_TRIP = 0.05  # seconds
PUSHED_LAYERS, NEW_LAYERS, LAYER_SIZE, SMALL = 125, 20, 1_700_000, 20_000


class NotHereError(Exception):
    """What a row needs is not there."""


@dataclass(frozen=True)
class Bench:
    """What rows are measured with.

    Attributes:
        folder: for what they write.
        peers: paths of other programs by their names.
        before: the Python of an environment with an older nixdive, if there is one.
        rounds: how often each side takes its turn.
    """

    folder: Path
    peers: Mapping[str, str]
    before: str | None
    rounds: int

    def nixdives(self) -> dict[str, tuple[str, ...]]:
        """Return the words that start each nixdive."""
        pythons = {OURS: sys.executable} | ({BEFORE: self.before} if self.before else {})
        # -P: what is measured is what is installed there, not what lies in the current directory
        return {name: (python, "-P", "-m", "nixdive") for name, python in pythons.items()}

    def peer(self, name: str) -> str:
        if name not in self.peers:
            raise NotHereError(f"{name} is not here")
        return self.peers[name]

    def turns(self, sides: Mapping[str, Callable[[], Took]]) -> dict[str, Took | Exception]:
        return by_turns(sides, self.rounds)


@dataclass(frozen=True)
class Row:
    """One kind of work.

    Attributes:
        work: what is done, with its sizes.
        sides: what it took (or milliseconds, where the work says so) by who did it, or why there is none.
        goal: what the ratio is to reach, in words.
        against: whose seconds ours are divided by; "" for a goal without a ratio.
        note: more that was seen.
    """

    work: str
    sides: Mapping[str, Took | float | Exception]
    goal: str = ""
    against: str = BEFORE
    note: str = ""


def _apps() -> Mapping[str, Mapping[str, str]]:
    named = os.environ.get("NIXDIVE_DEBSTORE")
    if not named:
        raise NotHereError("NIXDIVE_DEBSTORE names no store made of Debian packages")
    apps: Mapping[str, Mapping[str, str]] = json.loads(Path(named).read_text())["apps"]
    return apps


def _store() -> list[str]:
    """Return two versions of every application of the Debian store."""
    return [app[version] for app in _apps().values() for version in ("v1", "v2")]


def reading(bench: Bench) -> Iterator[Row]:
    """Beside dive, which keeps nothing, each reading is the first one, and nothing of it is kept."""
    dive = bench.peer("dive")
    for packing, share in (("none", 0.33), ("gzip", 0.25)):
        file = bench.folder / f"whole-{packing}.tar"
        shape = ("--format", "hybrid", "--compression", packing)
        words = (*shape, "--strategy", "popularity", "--max-layers", "100", "--name", "whole:1", "--no-cache")
        once([sys.executable, "-m", "nixdive", "write", *_store(), "-q", *words, "-o", file])
        inspect = (*bench.nixdives()[OURS], "inspect", "-q", str(file))
        document = json.loads(once([*inspect, "--no-cache", "--json"]).out)
        files = sum(layer["files"] for layer in document["layers"])
        look = (dive, "--source", "docker-archive", "--ci", "--highestUserWastedPercent", "1", str(file))
        cache = bench.folder / "cache"
        sides = {"dive": partial(_took, look), OURS: partial(_took, (*inspect, "--no-cache"))}
        if bench.before:  # which may not know the option
            before = (*bench.nixdives()[BEFORE], "inspect", "-q", str(file))
            sides[BEFORE] = partial(_first, cache, before)
        size = file.stat().st_size / 1e6
        what = f"`inspect`, layers {packing}: {size:.0f} MB, {len(document['layers'])} layers, {files} files"
        yield Row(what, bench.turns(sides), f"at most {share} × dive", "dive")
        if packing != "none":  # of plain layers only headers are read, and nothing is kept
            with _folder(bench.folder / "full") as full:
                env = {"NIXDIVE_CACHE_DIR": str(full)}
                once(inspect, env=env)  # keeps what is in the layers
                again = {
                    "--no-cache": partial(_took, (*inspect, "--no-cache")),
                    "with an empty cache": partial(_first, cache, inspect),
                    OURS: partial(_took, inspect, env),
                }
                yield Row("`inspect` of the same image again", bench.turns(again), "", "--no-cache")
        file.unlink()


def _first(cache: Path, words: tuple[str, ...]) -> Took:
    with _folder(cache):
        return _took(words, {"NIXDIVE_CACHE_DIR": str(cache)})


def _took(words: tuple[str, ...], env: Mapping[str, str] | None = None) -> Took:
    return once(words, env=env).took


def pushing(bench: Bench) -> Iterator[Row]:
    bench.peer("docker-registry")
    releases = made.Releases(bench.folder, PUSHED_LAYERS, LAYER_SIZE)
    first = releases.release("first")
    every = range(0, PUSHED_LAYERS, PUSHED_LAYERS // NEW_LAYERS)
    some = releases.release("some", every[:NEW_LAYERS])
    one = releases.release("one", [60], SMALL)
    with registries.registry() as place, link(place, ROUND_TRIP) as slow:
        pushers = _pushers(bench)
        for before, after, what, goal in (
            (
                first,
                some,
                f"{NEW_LAYERS} of {PUSHED_LAYERS} layers new, {NEW_LAYERS * LAYER_SIZE / 1e6:.0f} MB",
                "at most 0.5 × crane",
            ),
            (
                some,
                one,
                f"one small layer of {PUSHED_LAYERS} new",
                "at most 0.4 × crane, at most 12 round trips",
            ),
        ):
            times: dict[str, dict[str, Took | Exception]] = {}
            for to in (slow, place):
                count = iter(range(1000))

                def side(
                    push: Callable[[Path, str], Took],
                    to: str = to,
                    before: Path = before,
                    after: Path = after,
                    count: Iterator[int] = count,
                ) -> Took:
                    tag = f"bench{next(count)}{after.name}{'slow' if to == slow else ''}:{TAG}"
                    push(before, f"{place}/{tag}")
                    return push(after, f"{to}/{tag}")

                times[to] = bench.turns({name: partial(side, push) for name, push in pushers.items()})
            far, near = times[slow].get(OURS), times[place].get(OURS)
            trips = ""
            if isinstance(far, Took) and isinstance(near, Took):
                more = (far.seconds - near.seconds) / ROUND_TRIP
                trips = f"{near.seconds:.2f} s without the link, which adds {more:.0f} round trips"
            work = f"push, {what}, round trip {1000 * ROUND_TRIP:.0f} ms"
            yield Row(work, times[slow], goal, "crane", trips)


def _pushers(bench: Bench) -> dict[str, Callable[[Path, str], Took]]:
    def crane(layout: Path, place: str) -> Took:
        return once([bench.peer("crane"), "push", "--insecure", layout, place]).took

    def regctl(layout: Path, place: str) -> Took:
        host = f"reg={place.partition('/')[0]},tls=disabled"
        return once(
            [bench.peer("regctl"), "--host", host, "image", "copy", f"ocidir://{layout}:{TAG}", place]
        ).took

    def skopeo(layout: Path, place: str) -> Took:
        env = programs.isolated(bench.folder) | {"_CONTAINERS_ROOTLESS_UID": "65534"}
        options = ("-q", "--preserve-digests", "--dest-tls-verify=false")
        return once(
            [bench.peer("skopeo"), "copy", *options, f"oci:{layout}:{TAG}", f"docker://{place}"], env=env
        ).took

    def nixdive(start: tuple[str, ...], layout: Path, place: str) -> Took:
        # one for each tag: of the first release of two nothing is known, whatever was pushed before
        cache = bench.folder / "caches" / place.partition("/")[2].partition(":")[0]
        env = {"NIXDIVE_CACHE_DIR": str(cache)}
        return once([*start, "write", layout, "-q", "-o", f"docker://{place}"], env=env).took

    peers = {"crane": crane, "regctl": regctl, "skopeo": skopeo}
    ours = {name: partial(nixdive, start) for name, start in bench.nixdives().items()}
    return {**{name: push for name, push in peers.items() if name in bench.peers}, **ours}


def writing_again(bench: Bench) -> Iterator[Row]:
    """First and second are two sides of one row: what is written again has one path in another layer.

    The layers are those of a plan file, so that nothing else moves. The seconds are those of the image's
    document, from the first file read to the end.
    """
    store = _store()
    plan = bench.folder / "again.plan.toml"
    once([sys.executable, "-m", "nixdive", "plan", *store, "-q", "--max-layers", "99", "-o", plan])
    with registries.registry() as place:
        for what, shape, target in (
            ("a file, gzip", "hybrid", f"{bench.folder}/again%d.tar"),
            ("an OCI layout", "oci", f"{bench.folder}/again"),
            ("a registry", "hybrid", f"docker://{place}/again:v%d"),
        ):
            with _folder(bench.folder / "cache") as cache:
                env = {"XDG_CACHE_HOME": str(cache)}
                words = [sys.executable, "-m", "nixdive", "write", *store, "-q", "--format", shape]
                words += ["--json", "--plan", str(plan), "--max-layers", "100", "--name", "again:v1"]
                sides: dict[str, Took | Exception] = {}
                for number, name in enumerate(("first", OURS)):
                    moved = ("--pin", "*-redis-server-*=moved") if number else ()
                    to = target.replace("%d", str(number))
                    try:
                        run = once([*words, *moved, "-o", to], env=env, limit=600)
                        sides[name] = Took(json.loads(run.out)["seconds"], run.processor)
                    except (LateError, RuntimeError) as error:
                        sides[name] = error
            yield Row(
                f"writing again to {what}, one path moved", sides, "at most 0.1 × the first time", "first"
            )


@contextmanager
def _folder(place: Path) -> Iterator[Path]:
    place.mkdir()
    try:
        yield place
    finally:
        subprocess.run(["rm", "-rf", place], check=True)


def screen(bench: Bench) -> Iterator[Row]:
    for paths, goal in ((2_000, 100), (10_000, 300)):
        file = bench_screen.synthetic(paths, bench.folder)
        try:
            opened, times = bench_screen.measured([str(file)])
        except (TimeoutError, OSError) as error:
            yield Row(f"screen, {paths} paths", {OURS: error}, against="")
            continue
        if paths == 10_000:
            note = f"the plan {opened.plan:.0f} ms"
            yield Row(f"screen, {paths} paths: the closure, ms", {OURS: opened.closure}, "600 ms", "", note)
        for key, what in (("pin", "pin"), ("]", "budget")):
            took = bench_screen.worst(times[key].took)
            note = f"median {statistics.median(times[key].took):.0f} ms"
            yield Row(f"screen, {paths} paths: {what}, p95, ms", {OURS: took}, f"{goal} ms", "", note)


def fleets(bench: Bench) -> Iterator[Row]:
    for images, each, pool, goal in (
        (10, 400, 4000, ""),
        (25, 400, 4000, ""),
        (50, 400, 4000, "15 times as fast as before"),
        (500, 1000, 4000, "60 s, 2 GB"),
    ):
        with _folder(bench.folder / "fleet") as folder:
            files = [str(file) for file in made.fleet(folder, images, each, pool)]
            notes: list[str] = []
            costs: dict[str, float] = {}
            sides: dict[str, Took | Exception] = {}
            for name, start in bench.nixdives().items():
                try:
                    run = once([*start, "fleet", *files, "--max-layers", "60", "-q", "--json"])
                except (LateError, RuntimeError) as error:
                    sides[name] = error
                    continue
                sides[name] = run.took
                costs[name] = _fleet_cost(json.loads(run.out))
                notes.append(f"{name}: {run.memory / 1e6:.0f} MB")
            if BEFORE in costs and OURS in costs:
                notes.append(f"cost of the plan {costs[OURS] / costs[BEFORE]:.4f} ×")
            note = "; ".join(notes)
        yield Row(
            f"`fleet` of {images} images of {each} paths out of {pool}, budget 60", sides, goal, note=note
        )


def _fleet_cost(document: Mapping[str, Any]) -> float:
    """Return what a release of a fleet is expected to cost: bytes pushed, and a share of those pulled."""
    pulls = sum(image["expected_pull"] for image in document["images"])
    return float(document["cost"]["expected_push"] + PULL * pulls)


def replaying(bench: Bench) -> Iterator[Row]:
    shared = os.environ.get("NIXDIVE_SHARED")
    if not shared:
        raise NotHereError("NIXDIVE_SHARED names no folder with extra test data")
    files = [f"{shared}/data/closures/debian-gnome-desktop-{number}.path-info.json.gz" for number in range(6)]
    words = ("replay", *files, "-q", "--max-layers", "25,50,100")
    sides = {name: partial(_took, (*start, *words)) for name, start in bench.nixdives().items()}
    yield Row(
        "`replay` of 6 versions, 3 budgets, 3 strategies, 1 153 paths", bench.turns(sides), "0.25 × before"
    )


def starting(bench: Bench) -> Iterator[Row]:
    file = str(made.closure(bench.folder, 250))
    for words, goal in ((("--help",), "54 ms"), (("plan", file, "-q"), "0.25 s")):
        sides = {name: partial(_took, (*start, *words)) for name, start in bench.nixdives().items()}
        what = "`nixdive --help`" if words == ("--help",) else "`plan` of 250 paths, a whole process"
        yield Row(what, bench.turns(sides), f"no slower than before ({goal})")


ALL: tuple[Callable[[Bench], Iterator[Row]], ...] = (
    reading, pushing, writing_again, screen, fleets, replaying, starting
)  # fmt: skip
