"""nixdive ci: one command for a pull request that changes an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nixdive.cli import complete, diagnostics, output
from nixdive.cli.compare import sent_lines
from nixdive.cli.diagnostics import Exit
from nixdive.cli.inspect import evaluation_lines, score_lines
from nixdive.cli.options import delivery, link
from nixdive.cli.table import seconds_lines
from nixdive.cli.values import file, platform, reads, rule, word
from nixdive.sizes import prose
from nixdive.visible import visible
from nixdive.words import counted, unread_lines

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.clients.link import Link
    from nixdive.image.gate import Rule
    from nixdive.image.platform import Platform
    from nixdive.workspace.review import Review


@click.command("ci")
@click.argument("image", metavar="IMAGE", shell_complete=complete.inputs)
@click.option(
    "--against",
    "earlier",
    metavar="IMAGE",
    multiple=True,
    **reads(word),
    help="What the registry has, like docker://HOST/NAME:main: only its manifest and config are read.",
)
@click.option(
    "--ci-config", metavar="FILE", **reads(file), help="The rules; by default .dive-ci, if it exists."
)
@click.option(
    "--rule",
    "rules",
    metavar="NAME=THRESHOLD",
    multiple=True,
    **reads(rule),
    help="A rule beside those of the file, or instead of the one of that name: highestPushBytes=50MB.",
)
@click.option(
    "--client",
    "clients",
    metavar="NAME",
    multiple=True,
    shell_complete=complete.clients,
    help="A client that pushes or pulls the image.  [default: nixdive pushes, docker pulls]",
)
@click.option(
    "--link",
    metavar="RATE/RTT",
    **reads(link),
    help="Between clients and registry.  [default: 100mbit/20ms]",
)
@click.option(
    "--platform", metavar="OS/ARCH[/VARIANT]", **reads(platform), help="Of an image for several platforms."
)
@click.option("--markdown", metavar="FILE", **reads(file), help="Write a summary in Markdown; - prints it.")
@click.option("--junit", metavar="FILE", **reads(file), help="Write the rules in JUnit's XML; - prints it.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document, nixdive.ci/1.")
@click.option("-q", "--quiet", is_flag=True, help="Print only errors on standard error.")
def command(
    image: str,
    *,
    earlier: tuple[str, ...],
    ci_config: Path | None,
    rules: tuple[Rule, ...],
    clients: tuple[str, ...],
    link: Link | None,
    platform: Platform | None,
    markdown: Path | None,
    junit: Path | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Judge an image as a pull request would ship it: waste, layers, and what its push costs.

    \b
    Rules beside dive's three:
      highestLayerSize          bytes of the largest layer as it is stored
      highestLayerCount         number of layers
      highestReclaimableBytes   bytes of files that no container sees
      highestPushBytes          bytes that a push sends after --against
      highestPushSeconds        seconds of that push, by the slowest --client over --link
      highestPullSeconds        seconds of a pull by a machine that has the earlier image

    The exit status is 3 where a rule fails.
    """  # noqa: D301  \b is click's mark for a paragraph that is not to be wrapped
    from nixdive.beside import file_place, write_text
    from nixdive.documents.ci import ci_document, ci_junit, ci_markdown
    from nixdive.image.gate_file import rules_in
    from nixdive.workspace.review import review

    _refuse_two(earlier, as_json=as_json, markdown=markdown, junit=junit)
    against = earlier[0] if earlier else None
    for place in (markdown, junit):
        if place is not None and not _printed(place):
            file_place(place)
    asked, noted = rules_in(ci_config)
    for line in () if quiet else noted:
        diagnostics.note(line)
    asked = dict(asked) | {one.name: one for one in rules}
    who = delivery({"clients": clients, "link": link})
    with diagnostics.progress(quiet=quiet) as progress:
        found = review(image, against, asked, delivery=who, platform=platform, progress=progress)
    for line in unread_lines(found.image.unread):
        diagnostics.error(f"{image}: {line}")
    if junit is not None and not _printed(junit):
        write_text(junit, ci_junit(found))
    if markdown is not None and not _printed(markdown):
        write_text(markdown, ci_markdown(found))
    if as_json:
        output.document(ci_document(found, noted))
    elif _printed(markdown) or _printed(junit):
        output.text(ci_markdown(found) if _printed(markdown) else ci_junit(found))
    else:
        output.lines([*review_lines(found), *(noted if quiet else ())])
    return Exit.CHECK_SAID_NO if found.failed else Exit.DONE


def _refuse_two(
    earlier: tuple[str, ...], *, as_json: bool, markdown: Path | None, junit: Path | None
) -> None:
    """Raise UsageError where two earlier images are named, or two documents want standard output."""
    if len(earlier) > 1:
        raise click.UsageError("--against is given twice; it names the one image that the registry has")
    asked = {"--json": as_json, "--markdown -": _printed(markdown), "--junit -": _printed(junit)}
    wanting = [option for option, printed in asked.items() if printed]
    if len(wanting) > 1:
        raise click.UsageError(f"{' and '.join(wanting)} both want standard output")


def _printed(place: Path | None) -> bool:
    """Whether a file is standard output."""
    return str(place) == "-"


def review_lines(found: Review) -> list[str]:
    """Return what `nixdive ci` prints: the figures of the image, of its push, and the rules."""
    image, difference = found.image, found.difference
    head = (visible(found.name), counted(len(image.layers), "layer"), prose(image.size))
    pushed = (
        [] if difference is None else ["", f"after {visible(found.earlier or '')}", *sent_lines(difference)]
    )
    times = [] if found.seconds is None else ["", *seconds_lines(found.seconds)]
    return ["  ".join(head), "", *score_lines(image), *pushed, *times, "", *evaluation_lines(found.results)]
