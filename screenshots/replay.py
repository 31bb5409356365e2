"""Replay the histories for the docs: prints their tables, and draws the picture.

python screenshots/replay.py

Needs the folder with extra test data, named by NIXDIVE_SHARED.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from statistics import geometric_mean
from typing import TYPE_CHECKING

from nixdive.layering.replay import replays, unavoidable
from nixdive.layering.request import PlanRequest
from nixdive.opening.open import open_subject
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HERE = Path(__file__).parent
HISTORIES = (
    ("gnome-desktop", "debian", "012345"),
    ("qgis", "debian", "01234"),
    ("jupyter", "debian", "01234"),
    ("npm", "debian", "0123"),
    ("postgres", "debstore", ("v1", "v2")),
    ("media", "debstore", ("v1", "v2")),
    ("toolbox", "debstore", ("v1", "v2")),
    ("flaskapp", "debstore", ("v1", "v2")),
    ("redis", "debstore", ("v1", "v1c", "v2", "v3")),
)
WAYS = (("popularity", False), ("nixpkgs", False), ("churn", False), ("churn", True))
COLOURS = ("#8d9ab0", "#7ebae4", "#e8cf6a", "#8fd18a")
NAMES = ("popularity", "nixpkgs", "churn, anew", "churn, carried on")
BUDGETS = (25, 100)
ADOPTED = (25, 60, 100)  # where nixpkgs laid out the first version
MOST = 3.0  # times the unavoidable; longer bars are cut, with their number
TOP, LEFT, WIDTH, GAP = 58, 120, 330, 70
THICK = 9  # of a bar, with the space below it
HEIGHT = len(WAYS) * THICK + 12
SCALE = WIDTH / (MOST - 1)


@dataclass(frozen=True, slots=True)
class Row:
    """What a history pushes.

    Attributes:
        name: of the application.
        paths: in the first version.
        releases: after the first version.
        least: NAR bytes that were unavoidable.
        totals: for each budget and each way of planning, in that order.
        adopted: for each budget what is pushed once `churn` takes over, as a share of staying with nixpkgs.
        bounds: what no plans can push less than then, as the same share.
    """

    name: str
    paths: int
    releases: int
    least: int
    totals: tuple[tuple[int, ...], ...]
    adopted: tuple[float, ...]
    bounds: tuple[float, ...]


def measured() -> list[Row]:
    """Replay all histories."""
    folder = Path(os.environ["NIXDIVE_SHARED"]) / "data/closures"
    rows = []
    for name, source, versions in HISTORIES:
        files = [str(folder / f"{source}-{name}-{version}.path-info.json.gz") for version in versions]
        closures = [open_subject([file]).closure for file in files]
        names = tuple(dict.fromkeys(way for way, _ in WAYS))
        budgets = sorted({*BUDGETS, *ADOPTED})
        found = replays(closures, [PlanRequest(way, budget) for budget in budgets for way in names])
        by = {(row.max_layers, row.strategy, row.carried): row.total for row in found if not row.adopted}
        after = {row.max_layers: row for row in found if row.adopted}
        rows.append(
            Row(
                name,
                len(closures[0]),
                len(files) - 1,
                sum(unavoidable(closures)),
                tuple(tuple(by[budget, *way] for way in WAYS) for budget in BUDGETS),
                tuple(after[budget].total / by[budget, "nixpkgs", False] for budget in ADOPTED),
                tuple((after[budget].least or 0) / by[budget, "nixpkgs", False] for budget in ADOPTED),
            )
        )
    return rows


def adoption(rows: Sequence[Row]) -> str:
    """Return the table of what `churn` pushes after nixpkgs, as shares of staying with it, and the bounds."""
    lines = [["history", *(f"{budget} layers" for budget in ADOPTED)], ["---", *["---:"] * len(ADOPTED)]]
    for row in rows:
        versions = f"{row.name}, {counted(row.releases, 'release')}"
        lines.append([versions, *_beside(row.adopted, row.bounds)])
    means, bounds = (
        [geometric_mean(shares) for shares in zip(*some, strict=True)]
        for some in ([row.adopted for row in rows], [row.bounds for row in rows])
    )
    whole = _beside([geometric_mean(means)], [geometric_mean(bounds)])
    lines += [["geometric mean", *_beside(means, bounds)]]
    return f"{_markdown(lines)}\n\nof all: {whole[0]}"


def _beside(shares: Sequence[float], bounds: Sequence[float]) -> list[str]:
    return [f"{share:.3f} ({bound:.3f})" for share, bound in zip(shares, bounds, strict=True)]


def table(rows: Sequence[Row]) -> str:
    """Return the table of what was pushed, as multiples of what was unavoidable."""
    heads = ["history", "paths", "releases", "unavoidable"]
    for budget in BUDGETS:
        heads += [f"{budget}: popularity", "nixpkgs", "churn anew", "**carried on**"]
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)]]
    for row in rows:
        first = [row.name, str(row.paths), str(row.releases), f"{row.least / 1e6:,.0f} MB"]
        lines.append([*first, *_times(row.totals, row.least)])
    sums = [[sum(row.totals[b][w] for row in rows) for w in range(len(WAYS))] for b in range(len(BUDGETS))]
    least = sum(row.least for row in rows)
    releases = sum(row.releases for row in rows)
    lines.append(["all", "", str(releases), f"{least / 1e6:,.0f} MB", *_times(sums, least)])
    return _markdown(lines)


def _markdown(lines: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _times(totals: Iterable[Sequence[int]], least: int) -> list[str]:
    cells = []
    for of_budget in totals:
        *others, last = (f"{total / least:.2f}" for total in of_budget)
        cells += [*others, f"**{last}**"]
    return cells


def picture(rows: Sequence[Row]) -> str:
    """Return an SVG: for each history and budget a bar for each way, in multiples of the unavoidable."""
    bottom = TOP + HEIGHT * len(rows)
    wide, high = LEFT + len(BUDGETS) * (WIDTH + GAP) - 20, bottom + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" font-family="sans-serif">',
        f'<rect width="{wide}" height="{high}" fill="#10151d"/>',
    ]
    x = 20
    for name, colour in zip(NAMES, COLOURS, strict=True):
        parts += [_bar(x, 13, 12, 9, colour), _text(x + 18, 22, name)]
        x += 40 + 8 * len(name)
    for r, row in enumerate(rows):
        parts.append(_text(LEFT - 10, TOP + (r + 0.5) * HEIGHT + 4, row.name, anchor="end"))
    for b, budget in enumerate(BUDGETS):
        start = LEFT + b * (WIDTH + GAP)
        parts.append(_text(start, TOP - 12, f"{budget} layers", weight=600))
        for times in (1.0, 1.5, 2.0, 2.5, 3.0):
            x = round(start + (times - 1) * SCALE)
            parts.append(_bar(x, TOP, 1, bottom - TOP, "#374456"))
            parts.append(_text(x, bottom + 16, f"×{times:g}", anchor="middle", colour="#8d9ab0"))
        for r, row in enumerate(rows):
            parts += _bars(start, TOP + r * HEIGHT + 6, [total / row.least for total in row.totals[b]])
    return "\n".join([*parts, "</svg>\n"])


def _bars(x: float, y: float, times: Sequence[float]) -> Iterable[str]:
    for w, (one, colour) in enumerate(zip(times, COLOURS, strict=True)):
        length = max((min(one, MOST) - 1) * SCALE, 1.5)
        yield _bar(x, y + w * THICK, length, THICK - 2, colour)
        if one > MOST:
            yield _text(x + length + 4, y + (w + 1) * THICK - 2, f"×{one:.1f}", size=10, colour=colour)


def _bar(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:.1f}" height="{height:g}" fill="{colour}"/>'


def _text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    size: int = 12,
    colour: str = "#d6dde8",
    weight: int = 400,
) -> str:
    style = f'text-anchor="{anchor}" font-size="{size}" fill="{colour}" font-weight="{weight}"'
    return f'<text x="{x:.0f}" y="{y:.0f}" {style}>{words}</text>'


def main() -> None:
    """Print the tables and write the picture."""
    rows = measured()
    print(adoption(rows), table(rows), sep="\n\n")
    (HERE / "replay.svg").write_text(picture(rows))


if __name__ == "__main__":
    main()
