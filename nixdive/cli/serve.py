"""nixdive serve: the screen in a browser."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from nixdive import there
from nixdive.cli import complete
from nixdive.cli.plan_options import opening
from nixdive.cli.values import reads, word
from nixdive.errors import MissingExtraError, NixdiveError, SourceError
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def _address(text: str) -> str:
    """Return an address of the whole server; raise click.BadParameter for another."""
    try:
        parts = urlsplit(word(text))
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no URL: {error}") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise click.BadParameter(f"{text!r} is not http://HOST or https://HOST")
    if "@" in parts.netloc:
        raise click.BadParameter("a login in it would be printed; a proxy asks for one by itself")
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise click.BadParameter(f"{text!r} has a path; the page needs a host, or a port, of its own")
    return f"{parts.scheme}://{parts.netloc}"


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
    **reads(_address),
)
def command(words: Sequence[str], *, host: str, port: int, url: str | None) -> None:
    """Show the screen in a browser: the same keys, the mouse, and an image that is written can be downloaded.

    The address that it prints has a key, without which nobody gets in. Only this machine can reach it,
    unless --host says otherwise; then whoever has the key can do on this machine what the screen can, and
    the key is sent in the open, unless a proxy with TLS is before it. Each page has a screen of its own.
    Without INPUT, or with the word demo, it is the demo.
    """
    shown = ["demo", *words[1:]] if words[:1] in {(), ("demo",)} else ["screen", *words]
    _refuse_wrong(shown)
    title = " ".join(["nixdive", *(shown if shown[0] == "demo" else words)])
    try:
        from nixdive.cli.server import ScreenServer
    except ImportError as error:
        raise MissingExtraError("nixdive serve", "textual-serve", "serve") from error
    server = ScreenServer([sys.executable, "-m", "nixdive", *shown], visible(title), host, port, url)
    try:
        server.serve()
    except OSError as error:
        raise NixdiveError(
            f"{host}, port {port}: {error.strerror or error}", hint="choose another one: --port N"
        ) from error


def _refuse_wrong(shown: Sequence[str]) -> None:
    """Raise what the screen would end with: the words are wrong, or name what is not there.

    What takes long or asks other machines is left to the page.
    """
    from nixdive.cli.group import nixdive

    with click.Context(nixdive, info_name="nixdive", **nixdive.context_settings) as context:
        name, *words = shown
        inner = nixdive.get_command(context, name)
        assert inner is not None  # noqa: S101  it is there
        with inner.make_context(name, list(words), context) as found:
            options = found.params
            what = opening(options.get("inputs", ()), options)
    _refuse_absent((*what.inputs, *what.against, *options["others"]))
    files = [options["plan_file"], options["pipeline"]]
    for file in (one for one in files if one is not None):
        if not there.is_file(file, SourceError):
            raise SourceError(
                f"{file}: {'it is not a file' if there.exists(file, SourceError) else 'no such file'}"
            )


def _refuse_absent(words: Iterable[str]) -> None:
    from nixdive.opening.recognise import comes_through_pipe, recognise

    for one in words:
        if comes_through_pipe(one):
            raise click.UsageError(f"{one} can be read only once, which is not enough for pages; name a file")
        recognise(one)
