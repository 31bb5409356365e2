"""nixdive inspect: what is in an image, what it wastes, and whether that is within bounds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nixdive import there
from nixdive.cli import diagnostics, output
from nixdive.cli.exits import Exit
from nixdive.cli.options import platform, reads
from nixdive.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nixdive.image.gate import Result, Rule
    from nixdive.image.platform import Platform
    from nixdive.image.readers.stored import StoredImage

_PATH = click.Path(path_type=Path)
_RULES = Path(".dive-ci")


@click.command("inspect")
@click.argument("image", metavar="IMAGE")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document, nixdive.inspect/1.")
@click.option(
    "--dive-json",
    type=_PATH,
    metavar="FILE",
    help="Write the document that `dive --json` writes; - is standard output.",
)
@click.option("--ci", is_flag=True, help="Print dive's report; end with status 3 where a rule fails.")
@click.option(
    "--ci-config", type=_PATH, metavar="FILE", help="The rules; by default .dive-ci, if it is there."
)
@click.option(
    "--platform",
    metavar="OS/ARCH[/VARIANT]",
    **reads(platform),
    help="Of an image for several platforms.",
)
@click.option("--against", metavar="IMAGE", help="An earlier image, for the rule on the bytes of a push.")
@click.option("-q", "--quiet", is_flag=True, help="Nothing on standard error but errors.")
def command(
    image: str,
    *,
    as_json: bool,
    dive_json: Path | None,
    ci: bool,
    ci_config: Path | None,
    platform: Platform | None,
    against: str | None,
    quiet: bool,
) -> int:
    """Read an archive or an OCI layout, and tell what is in its layers and what it wastes.

    \b
    Rules beside dive's, in the same file:
      highestLayerSize          bytes of the largest layer as it is stored
      highestLayerCount         number of layers
      highestPushBytes          bytes that a push sends after --against IMAGE
      highestReclaimableBytes   bytes of files that no container sees
    """  # noqa: D301  \b is click's mark for a paragraph that is not to be wrapped
    from nixdive.documents.inspect import dive_document, inspect_document
    from nixdive.image.inspection import inspect_stored
    from nixdive.opening.image import files_named

    if not ci and (ci_config is not None or against is not None):
        raise click.UsageError("--ci-config and --against are for --ci")
    streamed = str(dive_json) == "-"
    if streamed and (as_json or ci):
        raise click.UsageError("--dive-json - has standard output for itself")
    rules = _rules(ci_config, quiet=quiet) if ci else {}
    with diagnostics.progress(quiet=quiet) as progress:
        files, stored = files_named(image, platform, progress)
        found = inspect_stored(stored, files, progress)
        sent = None if against is None else _push_bytes(stored, files_named(against, platform, progress)[1])
    results: Sequence[Result] = ()
    if ci:
        from nixdive.image.gate import Figures, evaluate

        results = evaluate(rules, Figures(found, sent))
    if dive_json is not None and not streamed:
        from nixdive.beside import write_text

        write_text(dive_json, json.dumps(dive_document(found), indent=2) + "\n")
    if streamed:
        output.document(dive_document(found))
    elif as_json:
        document = inspect_document(found)
        output.document(document | ({"ci": _ci(results)} if ci else {}))
    elif ci:
        from nixdive.cli.ci_report import report_lines

        output.lines(report_lines(found.efficiency, results))
    else:
        from nixdive.cli.inspected import inspection_lines

        output.lines(inspection_lines(found))
    return Exit.CHECK_SAID_NO if any(result.status.value == "FAIL" for result in results) else Exit.DONE


def _rules(named: Path | None, *, quiet: bool) -> Mapping[str, Rule]:
    from nixdive.image.gate_file import read_rules

    path = named or _RULES

    if named is None and not there.exists(path, ImageError, follow=False):
        return {}
    if named is None and there.is_other(path, ImageError):  # a pipe would be waited for
        raise ImageError(f"{path}: it is not a regular file")
    found = read_rules(path)
    if found.plugins and not quiet:
        diagnostics.note(f"{path}: rules of plug-ins, which are not run here: {', '.join(found.plugins)}")
    return found.rules


def _push_bytes(new: StoredImage, old: StoredImage) -> int:
    from nixdive.image.blobs import push_blobs

    return push_blobs(new, old).push_bytes


def _ci(results: Sequence[Result]) -> dict[str, object]:
    return {
        "ok": not any(result.status.value == "FAIL" for result in results),
        "rules": [
            {"rule": result.rule, "status": result.status.value.lower(), "message": result.message}
            for result in results
        ],
    }
