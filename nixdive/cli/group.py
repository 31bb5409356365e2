"""The commands by name, each loaded only when it is called: `nixdive --help` loads none of them."""

from __future__ import annotations

from copy import copy
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, cast

import click

from nixdive import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from click.shell_completion import CompletionItem

DEFAULT_COMMAND = "screen"
# the screen tells by itself what is wrong with config.toml; the last two have no use for it
_SILENT = frozenset({"screen", "demo", "serve", "completion", "schema"})

# name: what --help says of it; the command is the attribute `command` of nixdive.cli.<name>
COMMANDS: Mapping[str, str] = {
    "screen": "Open the screen; what `nixdive INPUT...` does.",
    "demo": "Open the screen on a small real image that comes with nixdive; needs no Nix.",
    "serve": "Show the screen in a browser.",
    "plan": "Lay out a closure in layers and print them; -o saves the plan.",
    "write": "Write an image.",
    "pack": "Pack one layer by itself, for write --packed to put images together.",
    "fleet": "Lay out several images for one registry together: what they share is pushed once.",
    "index": "Make one image for several platforms out of an image or a closure for each.",
    "graph": "Write the graph of the store paths with their layers: DOT, GraphML, GEXF, JSON.",
    "emit": "Print the plan for builds: a Nix expression, for dockerTools, for nix2container.",
    "compare": "Compare two versions: what changed, and what a push sends.",
    "replay": "Replay a history: what each release pushes, under each strategy.",
    "why": "Show why a store path is in the closure, and the layer of each step to it.",
    "inspect": "Show what is in an image and what it wastes; a gate for CI.",
    "ci": "Judge an image as a pull request would ship it: rules, Markdown, JUnit.",
    "report": "Write a page about an image: layers, closure, waste, pushes; one HTML file.",
    "extract": "Write files of an image into a directory.",
    "verify": "Read an image again and check every digest, size and diff_id.",
    "cache": "Show or empty the cache of layers that were written before.",
    "completion": "Print what makes bash, zsh or fish complete the words of nixdive.",
    "schema": "Print the JSON Schema of a document that a command prints.",
}


class LazyGroup(click.Group):
    """A group that knows the names of its commands, and loads a command when it runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Return the names in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        """Load one command."""
        if cmd_name not in COMMANDS:
            return None
        from nixdive.cli.examples import epilog

        found = copy(cast("click.Command", import_module(f"nixdive.cli.{cmd_name}").command))
        found.epilog = epilog(cmd_name)
        if cmd_name not in _SILENT:
            found.callback = _after_remarks(found.callback)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  click's signature
        """List the commands out of COMMANDS, without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the first word: a command, or what the default command takes there."""
        from click.shell_completion import CompletionItem

        from nixdive.cli.complete import inputs

        if incomplete.startswith("-"):
            found = super().shell_complete(ctx, incomplete)
            default = self.get_command(ctx, DEFAULT_COMMAND)
            assert default is not None  # noqa: S101  it is one of COMMANDS
            within = click.Context(default, ctx, DEFAULT_COMMAND, resilient_parsing=True)
            known = {item.value for item in found}
            more = default.shell_complete(within, incomplete)
            return [*found, *(item for item in more if item.value not in known)]
        words = [
            CompletionItem(name, help=text) for name, text in COMMANDS.items() if name.startswith(incomplete)
        ]
        return [*words, *inputs(ctx, self.params[0], incomplete)]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command before words that begin with no command; a shell may complete one."""
        if ctx.resilient_parsing and not args:
            return super().parse_args(ctx, args)
        if not args or (args[0] not in COMMANDS and args[0] not in {"-h", "--help", "--version"}):
            if args:
                _refuse_misspelt(ctx, args[0])
            args = [DEFAULT_COMMAND, *args]
        return super().parse_args(ctx, args)


def _after_remarks(callback: Callable[..., object] | None) -> Callable[..., object]:
    """Return what a command does, after it is said what of the user's config.toml nobody looks at."""
    assert callback is not None  # noqa: S101  each command does something

    @wraps(callback)
    def told(*args: object, **options: object) -> object:
        from nixdive.cli.diagnostics import remark_settings

        remark_settings()
        return callback(*args, **options)

    return told


def _refuse_misspelt(context: click.Context, word: str) -> None:
    """Raise click.UsageError for a first word that is almost a command, and that no file here is called."""
    if word.startswith("-"):
        return
    from difflib import get_close_matches

    from nixdive import there
    from nixdive.errors import SourceError

    near = get_close_matches(word, COMMANDS, n=1, cutoff=0.7)
    if near and not there.exists(word, SourceError, follow=False):
        raise click.UsageError(f"no command and no file is called {word!r}; did you mean {near[0]}?", context)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    subcommand_metavar="[COMMAND] [INPUT]...",
    epilog="`nixdive COMMAND --help` lists the options of a command.",
)
@click.version_option(__version__, message="nixdive %(version)s")
def nixdive() -> None:
    """See, tune and write the layers of container images built with Nix.

    \b
    INPUT is one of
      /nix/store/...-app, ./result   store paths; several are the roots of one image
      .#app, ., ...-app.drv^out      a flake installable, the outputs of a derivation: built first
      closure                        what `nix-store --dump-db $(nix-store -qR PATH)` prints, or
                                     nix path-info --json --recursive, exportReferencesGraph, dot
      conf.json                      what streamLayeredImage hands its script
      image.tar, DIRECTORY           any image: docker-archive, OCI archive or layout
      docker://HOST/NAME:TAG         an image in a registry; skopeo reaches docker-daemon: and so on
      -                              any of the closure files, from standard input

    \b
    nixdive ./result                 the screen
    nixdive ./result --against OLD   and what the next push costs
    nixdive plan ./result            its layers as a table
    nixdive write ./result -o image.tar && docker load -i image.tar
    """  # noqa: D301  \b is click's mark for a paragraph that is not to be wrapped
    from nixdive.cli.cpu import refuse_old_cpu

    refuse_old_cpu()
