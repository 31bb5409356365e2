"""Where a text goes: into a file, or to standard output, which can take only one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from nixdive.cli import output
from nixdive.cli.values import file

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Destination:
    """A file, or standard output.

    Attributes:
        place: the file; None for standard output.
    """

    place: Path | None

    @property
    def printed(self) -> bool:
        """Whether it is standard output."""
        return self.place is None

    def check(self) -> None:
        """Raise WriteError where no file can be made, before there is anything to write."""
        if self.place is not None:
            from nixdive.beside import file_place

            file_place(self.place)

    def write(self, text: str) -> None:
        """Write the text; raise WriteError where that is not possible."""
        if self.place is None:
            output.text(text)
        else:
            from nixdive.beside import write_text

            write_text(self.place, text)


def destination(text: str) -> Destination:
    """Return where a text goes: - is standard output; raise click.BadParameter for an empty word."""
    return Destination(None if text == "-" else file(text))


def refuse_two(**printed: Destination | bool | None) -> None:
    """Raise UsageError where more than one text is to be printed.

    Args:
        printed: what goes to standard output, by the name of the option without its dashes: whether --ci or
            --json were given, or where an option says that its text goes.
    """
    wanting = []
    for name, where in printed.items():
        option = f"-{name}" if len(name) == 1 else f"--{name.replace('_', '-')}"
        if isinstance(where, Destination):
            wanting += [f"{option} -"] if where.printed else []
        elif where:
            wanting.append(option)
    if len(wanting) > 1:
        raise click.UsageError(f"{' and '.join(wanting)} both want standard output")
