"""The report of the gate, in dive's words."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from nixdive.image.gate import Status, go_float
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.contents.efficiency import Efficiency
    from nixdive.image.gate import Result

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")


def report_lines(figures: Efficiency, results: Sequence[Result]) -> list[str]:
    """Return the report that `dive --ci` prints, with all rules there are."""
    wasted = f"({decimal(figures.wasted_bytes)})" if figures.wasted_bytes else ""
    share = go_float(figures.user_wasted_percent * 100, ".2f") if figures.wasted_bytes else "0"
    lines = [
        "Analysis:",
        _fact("efficiency", f"{go_float(figures.score * 100, '.2f')} %"),
        _fact("wastedBytes", f"{figures.wasted_bytes} bytes {wasted}"),
        _fact("userWastedPercent", f"{share} %"),
        "",
        "Inefficient Files:" if figures.files else "Inefficient Files: (None)",
    ]
    if figures.files:
        lines.append(f"  {'Count':5}  {'Wasted Space':12}  File Path")
    lines += [
        f"  {file.copies:<5}  {decimal(file.size):12}  {visible(os.fsdecode(file.path))}"
        for file in figures.files
    ]
    lines += ["", "Evaluation:"]
    lines += [f"  {result.status.value}  {result.rule} ({visible(result.message)})" for result in results]
    counts = {status: sum(result.status is status for result in results) for status in Status}
    tally = " ".join(f"{status.value.lower()}:{count}" for status, count in counts.items() if count)
    return [*lines, "", f"{'FAIL' if counts[Status.FAIL] else 'PASS'} [{tally}]"]


def decimal(size: int) -> str:
    """Return a number of bytes as dive writes it: 32 kB, 6.4 kB, 131 B."""
    unit, value = 0, float(size)
    while value >= 1000 and unit < len(_UNITS) - 1:
        value /= 1000
        unit += 1
    value = int(value * 10 + 0.5) / 10
    return f"{value:.1f} {_UNITS[unit]}" if unit and value < 10 else f"{value:.0f} {_UNITS[unit]}"


def _fact(name: str, value: str) -> str:
    return f"  {name + ':':18} {value}"
