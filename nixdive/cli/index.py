"""nixdive index: one image for several platforms, out of an image for each."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nixdive.cli import complete, diagnostics, output
from nixdive.cli.annotations import annotation_options, asked_annotations
from nixdive.cli.common_options import json_option, output_option, quiet_option
from nixdive.cli.image_options import refuse_transport
from nixdive.cli.rereading import refuse_rereading, reread, verify_option
from nixdive.cli.table import pushed_lines
from nixdive.cli.values import word
from nixdive.human import exactly
from nixdive.sizes import prose
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.image.write_index import WrittenIndex


@click.command("index")
@click.argument(
    "images", nargs=-1, required=True, metavar="[OS/ARCH=]INPUT...", shell_complete=complete.inputs
)
@output_option("TARGET", "A file or directory; docker://HOST/NAME:TAG pushes.", word, required=True)
@click.option(
    "--format",
    "image_format",
    type=click.Choice(["oci-archive", "oci"]),
    help="A file, or a directory.  [default: oci-archive]",
)
@click.option("--name", metavar="NAME:TAG", help="The name.  [default: the one that all images have]")
@annotation_options
@verify_option
@json_option("index")
@quiet_option
def command(
    images: Sequence[str],
    *,
    target: str,
    image_format: str | None,
    name: str | None,
    read_again: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Make one image for several platforms out of an image, or a closure, for each.

    The images stay as they are, with their digests, and so do attestations, signatures and artifacts that
    their files hold. An IMAGE for several platforms brings all of them.

    A closure becomes an image in the usual layers: linux/arm64=CLOSURE says for which platform its programs
    are, and without that they are for this machine's. An image of a docker-archive, as dockerTools makes
    it, is written anew with the layers that it has. `nixdive write` makes one with options of its own.
    """
    from nixdive.image.commands import is_remote
    from nixdive.image.formats import FORMATS
    from nixdive.image.target import refuse_target
    from nixdive.remote.name import is_in_registry
    from nixdive.workspace.index import index

    refuse_transport(target)
    if target == "-" or (is_remote(target) and not is_in_registry(target)):
        raise click.UsageError("-o takes a file, a directory or docker://HOST/NAME:TAG")
    form = image_format or "oci-archive"
    if not is_in_registry(target):
        refuse_target(Path(target), FORMATS.get(form), several=True)
    elif image_format or name is not None:
        raise click.UsageError(
            "--format and --name are for files and directories; in a registry TARGET is the name"
        )
    if read_again:
        refuse_rereading(target)
    with diagnostics.progress(quiet=quiet) as progress:
        written = index(
            images, target, progress, name=name, image_format=form, annotations=asked_annotations(options)
        )
        if read_again:
            reread(target, [], progress)
    if as_json:
        from nixdive.documents.index import index_document

        output.document(index_document(written))
    else:
        output.lines(index_lines(written))


def index_lines(written: WrittenIndex) -> list[str]:
    """Return what `nixdive index` prints: where the image is, its digests, and how to push it."""
    index = written.index
    size = f"{prose(written.bytes_written)} in {exactly(written.seconds)}"
    count = counted(len(index.images), "platform")
    kept = [
        counted(len(found), noun)
        for found, noun in ((index.attestations, "attestation"), (index.companions, "artifact"))
        if found
    ]
    width = max(len(str(one.platform)) for one in index.images)
    return [
        f"{written.target}  {written.name}  {written.image_format}  {count}  {size}",
        f"{'index':{width}}  {index.digest}",
        *(f"{one.platform!s:{width}}  {one.digest}  {one.text}" for one in index.images),
        *([f"{'kept':{width}}  {', '.join(kept)}"] if kept else []),
        *pushed_lines(written.pushed),
        *_push_line(written),
    ]


def _push_line(written: WrittenIndex) -> list[str]:
    if written.pushed is not None:
        return []
    first, _, rest = written.name.partition("/")
    place = written.name if rest and (":" in first or "." in first) else f"HOST/{written.name}"
    source = shlex.quote(f"{written.image_format}:{written.target}:{written.reference}")
    return ["push it:", f"  skopeo copy --all --preserve-digests {source} {shlex.quote(f'docker://{place}')}"]
