r"""Manual pages, made from the help: nixdive(1) and one for each command, as man(7) writes them.

The wheel has them as share/man/man1; `python -m nixdive.cli.manual DIR` writes them anywhere.
"""

from __future__ import annotations

import re
import sys
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nixdive import __version__
from nixdive.cli.examples import EXAMPLES
from nixdive.cli.group import COMMANDS, DEFAULT_COMMAND, nixdive

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_STATUSES = (
    ("0", "done"),
    ("1", "an error, in one line that names the input and the cause, with a hint"),
    ("2", "a wrong call"),
    ("3", "a check said no: verify, ci, inspect --ci, compare --fail-over; or extract left files out"),
    ("130", "interrupted"),
)
_VARIABLES = (
    ("NO_COLOR", "takes all colour from the screen"),
    ("PAGER", "shows tables that are longer than the terminal, like less"),
    ("NIXDIVE_CACHE_DIR", "where layers are kept that were written before"),
    ("NIXDIVE_BOUNDS", "bounds on what is read, like file=8G,document=64M"),
    ("XDG_CONFIG_HOME", "the folder of nixdive/config.toml; else ~/.config"),
    ("REGISTRY_AUTH_FILE, DOCKER_CONFIG", "where logins of registries are, besides the usual places"),
)


def pages() -> dict[str, str]:
    """Return all manual pages, by the name of the file."""
    with click.Context(nixdive, info_name="nixdive", **nixdive.context_settings) as context:
        found = {
            "nixdive.1": _page(context, "see, tune and write the layers of container images built with Nix")
        }
        for name, about in COMMANDS.items():
            command = nixdive.get_command(context, name)
            assert command is not None  # noqa: S101  it is one of COMMANDS
            with click.Context(command, context, name) as inner:
                found[f"nixdive-{name}.1"] = _page(inner, _lower(about))
    return found


def write(folder: Path) -> None:
    """Write all manual pages into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, "utf-8")


def _page(context: click.Context, about: str) -> str:
    command = context.command
    name = "-".join(context.command_path.split())
    parts: list[Iterable[str]] = [
        [f'.TH "{name.upper()}" 1 "" "nixdive {__version__}" "nixdive"'],
        [".SH NAME", rf"{_text(name)} \- {_text(about.rstrip('.'))}"],
        [
            ".SH SYNOPSIS",
            rf"\fB{_text(context.command_path)}\fR {_text(' '.join(command.collect_usage_pieces(context)))}",
        ],
        [".SH DESCRIPTION", *_blocks(cleandoc(command.help or ""))],
        _commands(command),
        [".SH OPTIONS", *_options(command, context)],
        _of_commands(command, context),
        _examples(context.info_name or ""),
    ]
    if isinstance(command, click.Group) and command is nixdive:
        parts.append(_table("ENVIRONMENT", _VARIABLES))
    parts.append(_table("EXIT STATUS", _STATUSES))
    parts.append(_also(name))
    return "\n".join(line for part in parts for line in part) + "\n"


def _commands(command: click.Command) -> Iterator[str]:
    if command is nixdive:
        rows = COMMANDS
    elif isinstance(command, click.Group):
        rows = {name: one.get_short_help_str(200) for name, one in command.commands.items()}
    else:
        return
    yield from _table("COMMANDS", rows.items())


def _of_commands(command: click.Command, context: click.Context) -> Iterator[str]:
    """Yield the options of each command inside a command."""
    if not isinstance(command, click.Group) or command is nixdive:
        return
    for name, one in command.commands.items():
        yield f'.SH "OPTIONS OF {_text(name.upper())}"'
        yield from _options(one, click.Context(one, context, name))


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for one in command.get_params(context):
        record = one.get_help_record(context)
        if record is not None and not isinstance(one, click.Argument):
            yield from (".TP", rf"\fB{_text(record[0])}\fR", _text(record[1]))


def _examples(name: str) -> Iterator[str]:
    lines = EXAMPLES.get(name if name != "nixdive" else DEFAULT_COMMAND)
    if lines:
        yield from (".SH EXAMPLES", ".nf", *map(_text, lines), ".fi")


def _table(title: str, rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield f".SH {title}"
    for name, words in rows:
        yield from (".TP", rf"\fB{_text(name)}\fR", _text(words))


def _also(name: str) -> Iterator[str]:
    others = ["nixdive"] if name != "nixdive" else [f"nixdive-{one}" for one in COMMANDS]
    yield ".SH SEE ALSO"
    yield ", ".join(rf"\fB{_text(one)}\fR(1)" for one in others)


def _blocks(text: str) -> Iterator[str]:
    r"""Yield the paragraphs of a help text; what follows \b is not wrapped."""
    for number, block in enumerate(re.split(r"\n\n+", text)):
        if number:
            yield ".PP"
        lines = block.splitlines()
        if lines and lines[0] == "\b":
            yield from (".nf", *map(_text, lines[1:]), ".fi")
        else:
            yield _text(" ".join(lines))


def _text(text: str) -> str:
    r"""Return a text for a line: hyphens can be copied, and no line is a request of troff."""
    shown = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{shown}" if shown[:1] in {".", "'"} else shown


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


if __name__ == "__main__":
    write(Path(sys.argv[1]))
