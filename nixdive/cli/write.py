"""nixdive write: lay out a closure and write the image."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from nixdive.cli import complete, diagnostics, output
from nixdive.cli.annotations import annotation_options
from nixdive.cli.common_options import json_option, output_option, quiet_option
from nixdive.cli.destination import Destination, refuse_two
from nixdive.cli.image_options import (
    config_of,
    image_opening,
    image_options,
    image_spec,
    refuse_transport,
    root_request,
)
from nixdive.cli.plan_options import plan_options
from nixdive.cli.rereading import refuse_rereading, reread, verify_option
from nixdive.cli.table import push_lines, written_lines
from nixdive.cli.values import reads, word

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from nixdive.progress import Progress
    from nixdive.remote.approach import Approach


@click.command("write")
@click.argument("inputs", nargs=-1, metavar="[INPUT...]", shell_complete=complete.inputs)
@output_option(
    "TARGET",
    "A file or directory; - is stdout; docker://HOST/NAME:TAG pushes. skopeo takes it to docker-daemon: "
    "and containers-storage:.",
    word,
    required=True,
)
@plan_options
@image_options
@annotation_options
@click.option(
    "--packed",
    metavar="DIR",
    multiple=True,
    **reads(word),
    help="A layer that `pack` has packed; where it has the bytes of this image, its files are not needed.",
)
@verify_option
@json_option("image")
@quiet_option
def command(
    inputs: Sequence[str],
    *,
    target: str,
    packed: Sequence[str],
    read_again: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Lay out a closure in layers and write the image.

    Same input, same bytes: on any machine and with any number of jobs.
    """
    place = _place(target, options, as_json=as_json)
    if read_again:
        refuse_rereading(place)
    root = root_request(options, config_of({}, options))
    if not (inputs or options["contents"] or root.mentioned or root.asks):
        raise click.UsageError("name an INPUT, --contents, or store paths in --config")
    with diagnostics.progress(quiet=quiet) as progress, _approached(target, inputs, options, progress) as to:
        # a registry's first answers are on their way while all this is loaded
        from nixdive.cache.user import user_cache
        from nixdive.image.checks.image import crowded, notes
        from nixdive.image.packed_layer import misfits
        from nixdive.workspace.open import open_workspace

        workspace = open_workspace(image_opening(inputs, options, root, packed=tuple(packed)), progress)
        workspace.fetch(progress)
        spec = image_spec(options, workspace.subject.spec)
        plan, baseline = workspace.laid_out(), workspace.baseline
        absent = [path for path in root.mentioned if path not in workspace.subject.closure.index]
        noted = (
            *notes(spec.config),
            *crowded(len(plan.layers)),
            *filter(None, [misfits(workspace.subject.packed, plan, spec)]),
            *root.remarks,
            *(f"{path}: the config names it, but no layer made here has it" for path in absent),
        )
        for line in () if quiet else noted:
            diagnostics.note(line)
        cache = None if options["no_cache"] else user_cache(progress.note)
        written = workspace.write(plan, spec, place, progress, cache=cache, jobs=options["jobs"], approach=to)
        more = tuple(line for line in written.notes if line not in noted)
        for line in () if quiet else more:
            diagnostics.note(line)
        if read_again:
            reread(target, [written.name], progress)
    against = baseline.pushes(plan) if baseline else ()
    assumption = baseline.last.assumption if baseline else ""
    if as_json:
        from nixdive.documents.image import image_document

        output.document(image_document(written, against, assumption))
        return
    lines = [
        *written_lines(written),
        *((*noted, *more) if quiet else ()),
        *push_lines(against, assumption, sized=plan.sized),
    ]
    if target != "-":
        output.lines(lines)
    elif not quiet:
        for line in lines:
            diagnostics.note(line)


def _approached(
    target: str, inputs: Sequence[str], options: dict[str, Any], progress: Progress
) -> AbstractContextManager[Approach | None]:
    """Return what sends the first requests of a push while the image is opened and laid out."""
    from nixdive.remote.name import is_in_registry

    if not is_in_registry(target):
        return nullcontext()
    from nixdive.remote.approach import Approach

    named = (*inputs, *options["against"], options["base"])
    return Approach(target, [one for one in named if isinstance(one, str)], progress)


def _place(target: str, options: dict[str, Any], *, as_json: bool) -> str | BinaryIO:
    from nixdive.image.commands import is_remote

    if target != "-":
        refuse_transport(target)
        if not is_remote(target):
            from nixdive.image.formats import FORMATS
            from nixdive.image.target import refuse_target

            refuse_target(Path(target), FORMATS.get(options["image_format"] or "hybrid"))
        return target
    refuse_two(json=as_json, o=Destination(None))
    if options["image_format"] == "oci":
        raise click.UsageError("an OCI layout is a directory, which cannot be streamed; oci-archive can")
    if output.to_terminal():
        raise click.UsageError(
            "an image cannot be printed on a terminal; use -o FILE, or pipe it into a program"
        )
    return output.binary()
