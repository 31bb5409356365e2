"""nixdive verify: read an image again and check all that it says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nixdive.cli import complete, diagnostics, output
from nixdive.cli.columns import columns
from nixdive.cli.common_options import json_option, platform_option, quiet_option
from nixdive.cli.diagnostics import Exit
from nixdive.visible import visible

if TYPE_CHECKING:
    from nixdive.image.oci.platform import Platform
    from nixdive.image.stored.verify import Verified
    from nixdive.opening.stored import ImageFiles
    from nixdive.progress import Progress


@click.command("verify")
@click.argument("image", metavar="IMAGE", shell_complete=complete.inputs)
@platform_option("Check this one of an image for several platforms.")
@click.option(
    "--check-store",
    is_flag=True,
    help="Compare the files of each store path with the NAR hash that the local Nix has recorded, too.",
)
@json_option("verify")
@quiet_option
def command(image: str, *, platform: Platform | None, check_store: bool, as_json: bool, quiet: bool) -> int:
    """Read an image again and check every digest, size and diff_id; without :NAME all images of the file.

    The exit status is 3 where something is not as the image says.
    """
    from nixdive.image.stored.verify import verify_files
    from nixdive.opening.stored import image_files

    with diagnostics.progress(quiet=quiet) as progress:
        opened = image_files(image, platform, progress, damaged=True)
        found = verify_files(opened.files, opened.wanted, progress)
        if check_store:
            found = _with_store(found, opened, image, progress)
    if as_json:
        from nixdive.documents.verify import verify_document

        output.document(verify_document(found))
    else:
        output.lines(verified_lines(image, found))
    return Exit.CHECK_SAID_NO if found.problems else Exit.DONE


def _with_store(found: Verified, opened: ImageFiles, image: str, progress: Progress) -> Verified:
    """Return what was found together with what is wrong with the store paths of the image that is meant."""
    from nixdive.image.readers.found import image_in
    from nixdive.image.stored.store_check import check_store

    stores = check_store(image_in(opened.files, opened.wanted), image, progress)
    return found._replace(
        problems=(*found.problems, *stores.problems), unchecked=(*found.unchecked, *stores.unchecked)
    )


def verified_lines(image: str, found: Verified) -> list[str]:
    """Return what is wrong, a line each, or that nothing is; then what was not checked."""
    lines = [f"{problem.where}: {problem.what}" for problem in found.problems]
    if not lines:
        what = f", of {found.checked} images" if found.checked > 1 else ""
        lines.append(f"{image}: every digest, size and diff_id is right{what}")
    rows = [(f"not checked: {one.name}", str(one.platform or ""), one.reason) for one in found.unchecked]
    return [visible(line) for line in (*lines, *columns(rows))]
