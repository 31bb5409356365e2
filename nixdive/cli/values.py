"""Values of options and arguments, read with what click says of those that are wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nixdive import there
from nixdive.cli import complete
from nixdive.errors import ImageError
from nixdive.image.oci.platform import Platform
from nixdive.sizes import size_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nixdive.image.gate import Rule


def word(text: str) -> str:
    """Return the text; raise click.BadParameter for an empty one, as of a variable that is not set."""
    if not text:
        raise click.BadParameter(there.EMPTY_WORD)
    return text


def file(text: str) -> Path:
    """Return the file or the directory that the text names; raise click.BadParameter as `word`."""
    return Path(word(text))


def platform(text: str) -> Platform:
    """Return the platform that the text describes; raise click.BadParameter where it is not one."""
    try:
        return Platform.parse(text)
    except ImageError as error:
        raise click.BadParameter(f"{error} ({error.hint})") from error


def rule(text: str) -> Rule:
    """Return the rule that NAME=THRESHOLD describes; raise click.BadParameter where it is not one."""
    from nixdive.image.gate_file import rule_in

    try:
        return rule_in(text)
    except ImageError as error:
        raise click.BadParameter(f"{error} ({error.hint})" if error.hint else str(error)) from error


def reads(convert: Callable[[str], Any], completer: complete.Completer | None = None) -> dict[str, Any]:
    """Return the arguments of click.option that read a value, or each value of a repeated option.

    Args:
        convert: raises ValueError with the cause, or click.BadParameter, for what it cannot read.
        completer: completes a value in the shell; None for the one that goes with `convert`, if there is one.
    """

    def callback(_context: click.Context, _option: click.Parameter, value: Any) -> Any:
        try:
            if isinstance(value, tuple):
                return tuple(convert(text) for text in value)
            return None if value is None else convert(value)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error

    return {"callback": callback, "shell_complete": completer or _COMPLETED.get(convert)}


def size(text: str) -> int:
    """Return the bytes that a text like 50MB names; raise click.BadParameter where it names none."""
    found = size_in(text)
    if found is None:
        raise click.BadParameter(f"{text!r} is not a size; write one like 50MB, 1.5GiB or 4096")
    return found


_COMPLETED: Mapping[Callable[[str], Any], complete.Completer] = {
    word: complete.inputs,
    file: complete.files,
    rule: complete.rules,
}
