"""The command line: `main` is what `nixdive` and `python -m nixdive` run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave the process with its exit status.

    Args:
        arguments: the words after the program's name; None means those of this process.
    """
    import sys

    from nixdive.cli.group import nixdive
    from nixdive.cli.guard import guarded, open_streams

    open_streams()
    words = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(guarded(lambda: nixdive.main(words, "nixdive", standalone_mode=False)))
