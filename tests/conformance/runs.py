"""The page that says where images run: what each client made of the images that nixdive writes now."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from tests.conformance.combinations import BUDGETS, COMPRESSIONS, DEEP, FORMATS, PATHS
from tests.conformance.markdown import table
from tests.conformance.outcomes import Messages, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.conformance.combinations import Combination
    from tests.conformance.outcomes import Record

NONE = "–"
"""What stands for an image that a client is not for."""

DOES: Mapping[str, str] = {
    "engine": "loads, runs, pushes",
    "copies": "copies from archives to registries",
    "unpacks": "unpacks layouts, run by chroot",
}
"""What a client of each kind does."""

_NOT_TRIED = Outcome("not tried")
_HEAD = f"""# Where images run

Images that nixdive writes, loaded and run by clients of several releases of Debian. Printed by
`python -m tests.conformance.clients --written --keep tests/conformance/tried --kept`, out of what runs of it
without `--kept` have left in the folder. The images have {PATHS} store paths, one of which is busybox, and
every two choices of format, compression, number of layers, strategy and base image meet in one. What runs in
them counts the store paths, and looks for a file of the base. 125 layers are the most that docker's overlay2
store takes; how many each client takes is told [below](#how-many-layers).

*runs*: it loads, and the program in it finds all that it looks for; under another name where one is told,
since podman 3 names OCI archives after their tag alone. *reads*: what only copies takes it. –: the client is
not for this format. A number leads to what the client said. Docker without the containerd store reads no OCI
archive: that is what the hybrid one, the default, is for.

An outcome belongs to a version of a client and to the SHA-256 of an image. The images are written anew before
this is printed; where the bytes are other ones than those that a client was tried with, it says *not tried*.
(They are other ones with another busybox.)
"""
_WHY = {
    "^ctr: .*(invalid tar header|unexpected EOF)": "containerd 1.4 knows no zstd.",
    "archive/tar: invalid tar header": "Docker 20 knows no zstd, as `write` says when it writes such layers.",
    "open PATH: no such file": "Docker without the containerd store does not know OCI archives.",
    "^max depth exceeded": "the overlay2 store of Docker takes 125 layers.",
    "mounting storage for container.*max depth": "podman stores more layers than 128, but mounts no more.",
    "mount options is too long|:[0-9]+/fs:": "the names of so many folders do not fit into one mount. "
    "They are numbers, longer where more layers were loaded before, so the bound is not a fixed one.",
    "invalid OCI Image Layout": "oras copies OCI layouts, and a docker-archive is none.",
    "blob is not correct mediatype": "umoci 0.4 knows no zstd.",
}
"""What stands behind messages of clients, each a regular expression."""

_UNKNOWN = "why is not known."
_THEIRS = (
    "Each of these is a bound of the client, or something that it does not know; no image is at fault.\n"
)


def page(ways: Sequence[Combination], records: Sequence[Record]) -> Iterator[str]:
    """Give the parts of the page, in Markdown.

    Args:
        ways: how the images were written; those that ask for the number of layers come after them.
        records: what is known of each client, in the order in which they are shown.
    """
    messages = Messages()
    cells = [[messages.shown(one) for one in _outcomes(record)] for record in records]
    yield _HEAD
    head = ["client", "what it does", "run on", "tried with", "of which fail"]
    yield table(head, [_summary(one) for one in records])
    tried = [one for record in records for one in _tried(record)]
    yield f"These are {len(tried)} trials, of which {sum(map(_fails, tried))} fail.\n"
    yield "## The images\n"
    yield table(*_images(ways))
    yield "## What becomes of them\n"
    for record, row in zip(records, cells, strict=True):
        yield f"### {record.client}\n"
        yield table(*outcomes(ways, row[: len(ways)]))
    yield "## How many layers\n"
    yield "Hybrid images with gzip, one store path a layer; all of the above have at most 125 layers.\n"
    deep = [[record.client, *row[len(ways) :]] for record, row in zip(records, cells, strict=True)]
    yield table(["", *map(str, DEEP)], deep)
    yield "## What fails, and why\n"
    said = {one.said for record in records for one in _tried(record) if _fails(one)}
    if all(why(one) != _UNKNOWN for one in said):
        yield _THEIRS
    yield "\n".join(messages.lines(why))


def why(said: str) -> str:
    """Return what stands behind the message of a client."""
    return next((text for pattern, text in _WHY.items() if re.search(pattern, said)), _UNKNOWN)


def _outcomes(record: Record) -> list[Outcome]:
    return [_NOT_TRIED if one is None else one.outcome for one in record.trials]


def _tried(record: Record) -> list[Outcome]:
    """Return what became of the images that the client is for."""
    return [one for one in _outcomes(record) if one is not _NOT_TRIED and one.word != NONE]


def _fails(outcome: Outcome) -> bool:
    return not outcome.word.startswith(("runs", "reads")) or outcome.word == "runs wrongly"


def _summary(record: Record) -> list[str]:
    """Return the row that says when a client was tried, with how many images, and how many of them fail."""
    days = sorted({one.day for one in record.trials if one is not None})
    tried = _tried(record)
    meant = len(tried) + record.trials.count(None)
    missing = f" of {meant}" if len(tried) < meant else ""
    failing = sum(map(_fails, tried))
    day = " to ".join(dict.fromkeys((days[0], days[-1]))) if days else NONE
    return [record.client, DOES[record.kind], day, f"{len(tried)}{missing}", str(failing)]


def _images(ways: Sequence[Combination]) -> tuple[list[str], list[list[str]]]:
    """Return head and rows of the table that says which strategies and bases come with what."""
    rows = [
        [
            f"{image_format}, {compression}",
            *(
                "; ".join(
                    f"{way.strategy}, {way.base}"
                    for way in ways
                    if (way.image_format, way.compression, way.budget) == (image_format, compression, budget)
                )
                for budget in BUDGETS
            ),
        ]
        for image_format, compression in itertools.product(FORMATS, COMPRESSIONS)
    ]
    return ["at most so many layers:", *map(str, BUDGETS)], rows


def outcomes(ways: Sequence[Combination], cells: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """Return head and rows of the table of one client: formats and compressions.

    Args:
        ways: how each image was written.
        cells: what became of each.
    """
    rows = []
    for image_format in FORMATS:
        row = [image_format]
        for compression in COMPRESSIONS:
            found: dict[str, list[int]] = {}
            for way, said in zip(ways, cells, strict=True):
                if (way.image_format, way.compression) == (image_format, compression):
                    found.setdefault(said, []).append(way.budget)
            row.append("; ".join(_counted(said, budgets, len(found)) for said, budgets in found.items()))
        rows.append(row)
    return ["", *COMPRESSIONS], rows


def _counted(said: str, budgets: Sequence[int], outcomes_there: int) -> str:
    if outcomes_there == 1:
        return f"{said}, all {len(budgets)}" if said.startswith(("runs", "reads")) else said
    return f"{said}: {', '.join(map(str, dict.fromkeys(budgets)))} layers"
