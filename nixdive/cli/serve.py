"""nixdive serve: the screen in a browser."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

import click

from nixdive.cli import complete
from nixdive.cli.values import reads, word
from nixdive.errors import MissingExtraError, NixdiveError

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command("serve", context_settings={"ignore_unknown_options": True})
@click.argument(
    "words",
    nargs=-1,
    metavar="[INPUT...] [OPTIONS OF THE SCREEN]",
    type=click.UNPROCESSED,
    shell_complete=complete.inputs,
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Where to listen.",
    **reads(word),
)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port.")
@click.option(
    "--url",
    metavar="URL",
    help="Where browsers find it, behind a proxy.  [default: host and port]",
    **reads(word),
)
def command(words: Sequence[str], *, host: str, port: int, url: str | None) -> None:
    """Show the screen in a browser: the same keys, the mouse, and what is written can be downloaded.

    The address that it prints has a key, without which nobody gets in. Only this machine can reach it,
    unless --host says otherwise; then whoever has the key can do on this machine what the screen can, and
    the key is sent in the open, unless a proxy with TLS is before it. Each page has a screen of its own.
    Without INPUT it is the demo.
    """
    shown = ["screen", *words] if words else ["demo"]
    _refuse_wrong(shown)
    try:
        from nixdive.cli.server import ScreenServer
    except ImportError as error:
        raise MissingExtraError("nixdive serve", "textual-serve", "serve") from error
    server = ScreenServer(shlex.join([sys.executable, "-m", "nixdive", *shown]), host, port, url)
    try:
        server.serve()
    except OSError as error:
        raise NixdiveError(
            f"{host}, port {port}: {error.strerror or error}", hint="choose another one: --port N"
        ) from error


def _refuse_wrong(shown: Sequence[str]) -> None:
    """Raise UsageError where the screen would not take these words."""
    from nixdive.cli.group import nixdive

    with click.Context(nixdive, info_name="nixdive", **nixdive.context_settings) as context:
        name, *words = shown
        inner = nixdive.get_command(context, name)
        assert inner is not None  # noqa: S101  it is there
        with inner.make_context(name, list(words), context) as found:
            if "-" in found.params.get("inputs", ()):
                raise click.UsageError("- is standard input, which a page has not; name a file")
