"""nixdive completion: print what a shell runs to complete words, and answer it.

The shell starts nixdive with `_NIXDIVE_COMPLETE` in the environment; click's protocol for zsh and fish, and
for bash one that knows words with colons and equals signs, which bash itself takes apart.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import click
from click.shell_completion import CompletionItem, FishComplete, ShellComplete, ZshComplete, split_arg_string

from nixdive.cli import output

if TYPE_CHECKING:
    from collections.abc import Mapping

ASKED: Final = "_NIXDIVE_COMPLETE"
_PARTS = ":="  # characters at which bash begins another word


class BashComplete(ShellComplete):
    """Completion for bash 4.4 or newer, from the line as it was typed."""

    name = "bash"
    source_template = r"""%(complete_func)s() {
    local IFS=$'\n' kind value
    COMPREPLY=()
    while IFS=, read -r kind value; do
        case $kind in
            plain) COMPREPLY+=("$value") ;;
            file) compopt -o default ;;
            dir) compopt -o dirnames ;;
        esac
        [[ $value != *[/:=] ]] || compopt -o nospace
    done < <(COMP_LINE="${COMP_LINE:0:COMP_POINT}" %(complete_var)s=bash_complete "$1" 2>/dev/null)
}
complete -F %(complete_func)s %(prog_name)s
"""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the whole words before the cursor, and the one that is being typed."""
        line = os.environ.get("COMP_LINE", "")
        words = split_arg_string(line)
        self._word = "" if not line or line[-1].isspace() or len(words) < 2 else words.pop()
        return words[1:], self._word

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """Return a line for the script; bash replaces only what follows the last character of `_PARTS`."""
        cut = max(self._word.rfind(char) for char in _PARTS) + 1
        value = item.value
        return f"{item.type},{value[cut:] if value.startswith(self._word[:cut]) else value}"


_SHELLS: Mapping[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


@click.command("completion")
@click.argument("shell", type=click.Choice(tuple(_SHELLS)))
def command(shell: str) -> None:
    """Print what makes SHELL complete the words of nixdive.

    \b
    bash   eval "$(nixdive completion bash)"              in ~/.bashrc
    zsh    eval "$(nixdive completion zsh)"               in ~/.zshrc, after compinit
    fish   nixdive completion fish | source               in ~/.config/fish/config.fish

    Commands, options and their values are completed; inputs by files, store paths, the commands of the
    help, and after `image.tar:` by the names of the images inside.
    """  # noqa: D301  \b is click's mark for a paragraph that is not to be wrapped
    output.text(_for(shell).source())


def answer(instruction: str) -> None:
    """Print the completions that a shell asks for, like "zsh_complete"; what is not known prints nothing."""
    shell, _, what = instruction.partition("_")
    if shell in _SHELLS and what == "complete":
        words = _for(shell).complete()
        output.text(f"{words}\n" if words else "")


def _for(shell: str) -> ShellComplete:
    from nixdive.cli.group import nixdive

    return _SHELLS[shell](nixdive, {}, "nixdive", ASKED)
