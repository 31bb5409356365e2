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
`python -m tests.conformance.clients --written --keep FOLDER --kept`, out of what runs of it without `--kept`
have left in the folder. The images have {PATHS} store paths, one of which is busybox, and every two choices
of format, compression, number of layers, strategy and base image meet in one. What runs in them counts the
store paths, and looks for a file of the base. 125 layers are the most that docker's overlay2 store takes;
how many each client takes is told [below](#how-many-layers).

*runs*: it loads, and the program in it finds all that it looks for. *reads*: what only copies takes it.
–: the client is not for this format. A number leads to what the client said. Docker without the containerd
store reads no OCI archive: that is what the hybrid one, the default, is for.

An outcome belongs to a version of a client and to the SHA-256 of an image. The images are written anew before
this is printed; where the bytes are other ones than those that a client was tried with, it says *not tried*.
"""
_WHY = {
    r"blob is not correct mediatype": "umoci before 0.6 knows no zstd.",
}
_UNKNOWN = "why is not known."


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
    yield "\n".join(messages.lines(why))


def why(said: str) -> str:
    """Return what stands behind the message of a client."""
    return next((text for pattern, text in _WHY.items() if re.search(pattern, said)), _UNKNOWN)


def _outcomes(record: Record) -> list[Outcome]:
    return [_NOT_TRIED if one is None else one.outcome for one in record.trials]


def _summary(record: Record) -> list[str]:
    """Return the row that says when a client was tried, with how many images, and how many of them fail."""
    days = sorted({one.day for one in record.trials if one is not None})
    meant = [one for one in _outcomes(record) if one.word != NONE]
    tried = [one for one in meant if one is not _NOT_TRIED]
    missing = f" of {len(meant)}" if len(tried) < len(meant) else ""
    failing = sum(not one.word.startswith(("runs", "reads")) or one.word == "runs wrongly" for one in tried)
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
