"""nixdive write: lay out a closure and write the image."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nixdive.cli import diagnostics, output
from nixdive.cli.image_options import image_options, image_spec
from nixdive.cli.options import plan_options
from nixdive.cli.table import push_lines, written_lines
from nixdive.cli.transports import refuse_transport
from nixdive.errors import UnreadablePathError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from nixdive.image.spec import ImageSpec
    from nixdive.image.written import WrittenImage
    from nixdive.opening import Subject


@click.command("write")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "-o",
    "--output",
    "target",
    required=True,
    metavar="TARGET",
    help="A file or directory; - is stdout. skopeo takes it to docker://HOST/NAME:TAG, docker-daemon: and "
    "containers-storage:.",
)
@plan_options
@image_options
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document, nixdive.image/1.")
@click.option("-q", "--quiet", is_flag=True, help="Nothing on standard error but errors.")
def command(inputs: Sequence[str], *, target: str, as_json: bool, quiet: bool, **options: Any) -> None:
    """Lay out a closure in layers and write the image.

    Same input, same bytes: on any machine and with any number of jobs.
    """
    place = _place(target, options, as_json=as_json)
    from nixdive.cli.planned import planned
    from nixdive.image.checks.image import notes
    from nixdive.image.commands import is_remote
    from nixdive.image.document import image_document
    from nixdive.image.remote import write_remote
    from nixdive.image.write import write_image
    from nixdive.layering.document import against_documents
    from nixdive.opening import open_subject

    with diagnostics.progress(quiet=quiet) as progress:
        subject = open_subject(
            inputs,
            progress,
            name=options["name"],
            base=options["base"],
            contents=options["contents"],
            platform=options["platform"],
        )
        refuse_missing(subject)
        spec = image_spec(options, subject.spec)
        noted = notes(spec.config)
        for line in () if quiet else noted:
            diagnostics.note(line)
        made = planned(subject, options, progress)

        def write(spec: ImageSpec, place: Path | BinaryIO) -> WrittenImage:
            return write_image(
                made.plan,
                spec,
                subject.contents,
                place,
                base=subject.base,
                customisation=subject.customisation,
                jobs=options["jobs"],
                progress=progress,
            )

        written = write_remote(target, spec, write, progress) if is_remote(target) else write(spec, place)
    if as_json:
        output.document(image_document(written) | {"against": against_documents(made.against)})
        return
    lines = [*written_lines(written, spec.name), *(noted if quiet else ()), *push_lines(made.against)]
    if target != "-":
        output.lines(lines)
    elif not quiet:
        for line in lines:
            diagnostics.note(line)


def refuse_missing(subject: Subject) -> None:
    """Raise UnreadablePathError where files of the image are not on this machine; it names one."""
    if not subject.missing:
        return
    absent = [path for path in subject.closure.paths if not subject.contents.has(path)]
    what = (
        f"{absent[0]} and {len(absent) - 1} more are" if len(absent) > 1 else f"{(*absent, 'a layer')[0]} is"
    )
    raise UnreadablePathError(
        f"{subject.closure.origin}: {what} not on this machine",
        hint="nixdive plan needs no files; to write, build or copy the paths first (nix build, nix copy)",
    )


def _place(target: str, options: dict[str, Any], *, as_json: bool) -> Path | BinaryIO:
    if target != "-":
        refuse_transport(target)
        return Path(target)
    if as_json:
        raise click.UsageError("-o - and --json both write to standard output")
    if options["image_format"] == "oci":
        raise click.UsageError("an OCI layout is a directory, which cannot be streamed; oci-archive can")
    if output.to_terminal():
        raise click.UsageError(
            "an image is no text for a terminal; give -o a file, or pipe it into a program"
        )
    return output.binary()
