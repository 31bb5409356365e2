"""nixdive inspect: what is in an image, what it wastes, and whether that is within bounds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from nixdive.cli import complete, diagnostics, output
from nixdive.cli.columns import columns
from nixdive.cli.common_options import cache_option, json_option, platform_option, quiet_option
from nixdive.cli.destination import Destination, destination, refuse_two
from nixdive.cli.diagnostics import Exit
from nixdive.cli.values import file, reads, word
from nixdive.collector import uncollected
from nixdive.human import number, several
from nixdive.image.gate import Status, go_float
from nixdive.sizes import prose, split
from nixdive.visible import visible
from nixdive.words import counted, unread_lines, without_layers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from nixdive.contents.efficiency import Efficiency
    from nixdive.image.gate import Result, Rule
    from nixdive.image.oci.platform import Platform
    from nixdive.image.readers.stored import StoredImage
    from nixdive.image.stored.inspection import InspectedLayer, Inspection

_FILES = 10  # hidden files, and rules of others, that are listed
_WIDTH = 72  # characters of a command
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")  # as dive writes them


@click.command("inspect")
@click.argument("image", metavar="IMAGE", shell_complete=complete.inputs)
@json_option("inspect")
@click.option(
    "--dive-json",
    metavar="FILE",
    **reads(destination, complete.files),
    help="Write the document that `dive --json` writes; - is standard output.",
)
@click.option("--ci", is_flag=True, help="Print dive's report; end with status 3 where a rule fails.")
@click.option(
    "--ci-config", metavar="FILE", **reads(file), help="The rules; by default .dive-ci, if it exists."
)
@platform_option()
@click.option(
    "--against",
    metavar="IMAGE",
    **reads(word),
    help="An earlier image, for the rule on the bytes of a push.",
)
@cache_option
@quiet_option
@uncollected()  # it ends with the command, as do the values that it makes
def command(
    image: str,
    *,
    as_json: bool,
    dive_json: Destination | None,
    ci: bool,
    ci_config: Path | None,
    platform: Platform | None,
    against: str | None,
    no_cache: bool,
    quiet: bool,
) -> int:
    """Read an archive or an OCI layout, and show what is in its layers and what it wastes.

    \b
    Rules beside dive's, in the same file:
      highestLayerSize          bytes of the largest layer as it is stored
      highestLayerCount         number of layers
      highestPushBytes          bytes that a push sends after --against IMAGE
      highestReclaimableBytes   bytes of files that no container sees
    """  # noqa: D301  \b is click's mark for a paragraph that is not to be wrapped
    from nixdive.image.stored.inspection import inspect_stored
    from nixdive.image.stored.kept_indexes import KeptIndexes
    from nixdive.opening.mounts import mounts_of
    from nixdive.opening.stored import image_files

    if not ci and (ci_config is not None or against is not None):
        raise click.UsageError("--ci-config and --against are for --ci")
    refuse_two(json=as_json, ci=ci and not as_json, dive_json=dive_json)
    if dive_json is not None:
        dive_json.check()
    rules, noted = _rules(ci_config) if ci else ({}, ())
    for line in () if quiet else noted:
        diagnostics.note(line)
    with diagnostics.progress(quiet=quiet) as progress:
        opened = image_files(image, platform, progress)
        mounts = mounts_of(opened.stored.layers, image)
        kept = None if no_cache else KeptIndexes.of_user(opened.stored.layers)
        found = inspect_stored(opened.stored, opened.files, progress, mounts=mounts, kept=kept)
        old = None if against is None else image_files(against, platform, progress).stored
    results = _results(found, rules, old) if ci else ()
    if found.unread and (ci or dive_json is not None):  # dive's formats have no place for it
        for line in unread_lines(found.unread):
            diagnostics.error(f"{image}: {line}")
    if dive_json is not None:
        from nixdive.documents.forms import text_of
        from nixdive.documents.inspect import dive_document

        dive_json.write(text_of(dive_document(found)))
    if as_json:
        from nixdive.documents.inspect import gate_document, inspect_document

        document = inspect_document(found)
        output.document(document | ({"ci": gate_document(results, noted)} if ci else {}))
    elif ci:
        output.lines([*report_lines(found.efficiency, results), *(noted if quiet else ())])
    elif dive_json is None or not dive_json.printed:
        output.lines(inspection_lines(found))
    return Exit.CHECK_SAID_NO if any(result.status.value == "FAIL" for result in results) else Exit.DONE


def _rules(file: Path | None) -> tuple[Mapping[str, Rule], Sequence[str]]:
    """Return the rules of a file, and what is to be said of it."""
    from nixdive.image.gate_file import rules_in

    return rules_in(file)


def _results(found: Inspection, rules: Mapping[str, Rule], old: StoredImage | None) -> Sequence[Result]:
    """Return how the rules end on an image, given the earlier one that the registry has."""
    from nixdive.image.compare.blobs import push_blobs
    from nixdive.image.gate import Figures, evaluate

    sent = None if old is None else push_blobs(found.stored.layers, old.layers).push_bytes
    return evaluate(rules, Figures(found, sent))


def inspection_lines(found: Inspection) -> list[str]:
    """Return what `nixdive inspect` prints."""
    tars = sum(layer.index.size for layer in found.layers)
    heading = (
        visible(found.stored.name or "an image without a name"),
        counted(len(found.layers), "layer"),
        " ".join(filter(None, (prose(found.size), without_layers(found.unsized)))),
        " ".join(filter(None, (f"{prose(tars)} unpacked", without_layers(found.unread)))),
        found.config_digest,
    )
    rows = [("#", "size", "", "unpacked", "", "files", "contents")]
    for place, layer in enumerate(found.layers, 1):
        size = split(layer.stored.size) if layer.stored.sized else ("", "")
        if layer.index.fault:
            rows.append((str(place), *size, "", "", "", f"cannot be read: {visible(layer.index.fault)}"))
        else:
            files = number(layer.index.files)
            rows.append((str(place), *size, *split(layer.index.size), files, label(layer)))
    return [
        "  ".join(heading),
        "",
        *columns(rows, frozenset({0, 1, 3, 5})),
        *(() if found.mounts is None else ("", found.mounts.words)),
        "",
        *_waste(found),
        "",
        checked(found),
    ]


def label(layer: InspectedLayer) -> str:
    """Return what a layer is about in a line: its store paths, the largest first, or the command."""
    if layer.paths:
        largest = sorted(layer.paths, key=lambda path: (-layer.paths[path], path.name))
        return visible(several([path.name for path in largest], 3))
    text = visible(" ".join(layer.command.split()))
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


def checked(found: Inspection) -> str:
    """Return the line that says which digests are those of the bytes, and not only what documents state."""
    config = {True: "that of the config is right", False: "that of the config is wrong", None: ""}
    layers = sum(bool(layer.index.diff_id) for layer in found.layers)
    count = f"those of {counted(layers, 'layer')} are right" if layers else "those of layers were not checked"
    words = "; ".join(filter(None, (config[found.config_is_right], count)))
    return f"digests: {words} (nixdive verify checks all)"


def score_lines(found: Inspection) -> list[str]:
    """Return dive's figures of an image, and what no container sees."""
    figures = found.efficiency
    lacks = f", {without_layers(found.unread)}" if found.unread else ""
    return columns(
        [
            ("efficiency", f"{figures.score:.2%}", f"dive's score{lacks}"),
            (
                "wasted",
                prose(figures.wasted_bytes),
                f"as dive counts: every copy of a file that occurs more than once{lacks}",
            ),
            ("reclaimable", prose(found.reclaimable_bytes), f"bytes of files that no container sees{lacks}"),
        ],
        right=frozenset({1}),
    )


def _waste(found: Inspection) -> list[str]:
    lines = score_lines(found)
    if not found.hidden:
        return lines
    rows = [("size", "", "layers", "file that no container sees")]
    rows += [
        (
            *split(file.size),
            several([str(layer + 1) for layer in file.layers], 4),
            visible(file.path.decode("utf-8", "surrogateescape")),
        )
        for file in found.hidden[:_FILES]
    ]
    more = len(found.hidden) - _FILES
    return [*lines, "", *columns(rows, frozenset({0})), *([f"and {number(more)} more"] if more > 0 else [])]


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
    return [*lines, "", *evaluation_lines(results)]


def evaluation_lines(results: Sequence[Result]) -> list[str]:
    """Return how each rule ended, and last the verdict, as `dive --ci` prints them."""
    lines = [f"  {result.status.value}  {result.rule} ({visible(result.message)})" for result in results]
    counts = {status: sum(result.status is status for result in results) for status in Status}
    tally = " ".join(f"{status.value.lower()}:{count}" for status, count in counts.items() if count)
    return ["Evaluation:", *lines, "", f"{'FAIL' if counts[Status.FAIL] else 'PASS'} [{tally}]"]


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
