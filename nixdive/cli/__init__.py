"""The command line: `main` is what `nixdive` and `python -m nixdive` run."""

from __future__ import annotations

TYPE_CHECKING = False  # nothing is loaded before `main` answers ctrl+c

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave the process with its exit status.

    Args:
        arguments: the words after the program's name; None means those of this process.
    """
    if arguments is None:
        _quiet()
    import gc
    import os
    import sys

    from nixdive.cli.group import nixdive
    from nixdive.cli.guard import guarded, open_streams

    open_streams()
    words = list(sys.argv[1:] if arguments is None else arguments)

    def run() -> object:
        if arguments is None and (asked := os.environ.get("_NIXDIVE_COMPLETE")):
            from nixdive.cli.completion import answer

            answer(asked)
            return None
        # what click's own `main` adds is a blank line when a signal comes
        with nixdive.make_context("nixdive", words) as context:
            return nixdive.invoke(context)

    status = guarded(run)
    if arguments is None:
        gc.freeze()  # the process ends: nothing is looked through for cycles once more
    sys.exit(status)


def _quiet() -> None:
    """Let ctrl+c end the process without a word while it is being loaded, and once it is done."""
    import os
    from _signal import SIG_IGN, SIGINT, getsignal, signal  # type: ignore[import-not-found]  # quick to load

    if getsignal(SIGINT) is not SIG_IGN:
        signal(SIGINT, lambda _number, _frame: os._exit(130))
