"""nixdive ci: one command for a pull request that changes an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nixdive.cli import complete, diagnostics, output
from nixdive.cli.common_options import json_option, platform_option, quiet_option
from nixdive.cli.compare import sent_lines
from nixdive.cli.delivery import client_option, delivery, link_option
from nixdive.cli.destination import Destination, destination, refuse_two
from nixdive.cli.diagnostics import Exit
from nixdive.cli.inspect import evaluation_lines, score_lines
from nixdive.cli.table import seconds_lines
from nixdive.cli.values import file, reads, rule, word
from nixdive.sizes import prose
from nixdive.visible import visible
from nixdive.words import counted, unread_lines

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.clients.link import Link
    from nixdive.image.gate import Rule
    from nixdive.image.oci.platform import Platform
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
@client_option
@link_option
@platform_option()
@click.option(
    "--markdown",
    metavar="FILE",
    **reads(destination, complete.files),
    help="Write a summary in Markdown; - prints it.",
)
@click.option(
    "--junit",
    metavar="FILE",
    **reads(destination, complete.files),
    help="Write the rules in JUnit's XML; - prints it.",
)
@json_option("ci")
@quiet_option
def command(
    image: str,
    *,
    earlier: tuple[str, ...],
    ci_config: Path | None,
    rules: tuple[Rule, ...],
    clients: tuple[str, ...],
    link: Link | None,
    platform: Platform | None,
    markdown: Destination | None,
    junit: Destination | None,
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
    from nixdive.documents.ci import ci_document, ci_junit, ci_markdown
    from nixdive.image.gate_file import rules_in
    from nixdive.workspace.review import review

    if len(earlier) > 1:
        raise click.UsageError("--against is given twice; it names the one image that the registry has")
    refuse_two(json=as_json, markdown=markdown, junit=junit)
    against = earlier[0] if earlier else None
    for place in (markdown, junit):
        if place is not None:
            place.check()
    asked, noted = rules_in(ci_config)
    for line in () if quiet else noted:
        diagnostics.note(line)
    asked = dict(asked) | {one.name: one for one in rules}
    who = delivery({"clients": clients, "link": link})
    with diagnostics.progress(quiet=quiet) as progress:
        found = review(image, against, asked, delivery=who, platform=platform, progress=progress)
    for line in unread_lines(found.image.unread):
        diagnostics.error(f"{image}: {line}")
    if junit is not None:
        junit.write(ci_junit(found))
    if markdown is not None:
        markdown.write(ci_markdown(found))
    if as_json:
        output.document(ci_document(found, noted))
    elif not any(place is not None and place.printed for place in (markdown, junit)):
        output.lines([*review_lines(found), *(noted if quiet else ())])
    return Exit.CHECK_SAID_NO if found.failed else Exit.DONE


def review_lines(found: Review) -> list[str]:
    """Return what `nixdive ci` prints: the figures of the image, of its push, and the rules."""
    image, difference = found.image, found.difference
    head = (visible(found.name), counted(len(image.layers), "layer"), prose(image.size))
    pushed = (
        [] if difference is None else ["", f"after {visible(found.earlier or '')}", *sent_lines(difference)]
    )
    times = [] if found.seconds is None else ["", *seconds_lines(found.seconds)]
    mounted = [] if image.mounts is None else ["", image.mounts.words]
    return [
        "  ".join(head),
        *mounted,
        "",
        *score_lines(image),
        *pushed,
        *times,
        "",
        *evaluation_lines(found.results),
    ]
