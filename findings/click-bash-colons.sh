#!/usr/bin/env bash
# click: in bash, a word with a colon is completed to nothing.
#
# Guess: what `shell_complete` offers for "shop:v" is offered in every shell; the protocol is the same, and click's code for bash, zsh and
#   fish differs only in how it prints.
# What happens: bash begins another word at each colon and equals sign (COMP_WORDBREAKS), before and without click. click's script passes
#   these pieces on, so that the program is asked to complete "v", or an empty word, as if "shop" and ":" had been arguments of their own.
#   Where nothing comes before the colon, it prints whole values, and bash puts "shop:v1" where it fits, up to the next colon only. zsh asks
#   for the whole word and completes it.
# Why it matters: names of images are made of colons (shop:v1, docker://host/name), and so are values after an equals sign. Tests that ask
#   the program for its completions, as click's own do, see the right answer; only a bash that has a keyboard shows the fault.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
command -v zsh >/dev/null || cannot "zsh is not installed"
python_packages "click==8.5.1" "pexpect==4.9.0" "setuptools==80.9.0"

cat >shop.py <<'END'
import click
from click.shell_completion import CompletionItem

NAMES = ("shop:v1", "docker://host/shop")


def names(context, parameter, typed):
    return [CompletionItem(name) for name in NAMES if name.startswith(typed)]


@click.command()
@click.argument("image", shell_complete=names)
def shop(image):
    """Take the name of an image."""
END
cat >pyproject.toml <<'END'
[project]
name = "shop"
version = "1"
[project.scripts]
shop = "shop:shop"
[tool.setuptools]
py-modules = ["shop"]
END
pip install --quiet --disable-pip-version-check --no-build-isolation . || cannot "pip install of the program"
bash --version | head -1
zsh --version

python3 - <<'END'
import os
import sys

import pexpect

STARTS = {
    "bash": (["--norc", "--noprofile", "-i"], 'PS1="ready> "; eval "$(_SHOP_COMPLETE=bash_source shop)"'),
    "zsh": (["-f", "-i"], 'PS1="ready> "; autoload -U compinit; compinit -u; eval "$(_SHOP_COMPLETE=zsh_source shop)"'),
}


def completed(shell, typed):
    """Return the line that a tab makes of another one."""
    words, first = STARTS[shell]
    child = pexpect.spawn(shell, words, encoding="utf-8", env={**os.environ, "TERM": "dumb"}, timeout=30)
    child.sendline(first + "; echo set-$((40 + 2))")
    child.expect("set-42")
    child.expect("ready> ")
    # the shell prints what is left of the line when it runs it
    child.send(typed + "\t")
    child.expect_exact(typed)
    try:
        child.expect("[a-z0-9/]+", timeout=5)
        made = typed + child.after
    except pexpect.TIMEOUT:
        made = typed
    child.close(force=True)
    return made


found = {(shell, typed): completed(shell, typed) for shell in STARTS for typed in ("shop shop:", "shop docker:")}
for (shell, typed), line in found.items():
    print(f"{shell}: {typed!r} and tab make {line!r}")
wanted = {
    ("bash", "shop shop:"): "shop shop:",
    ("bash", "shop docker:"): "shop docker:",
    ("zsh", "shop shop:"): "shop shop:v1",
    ("zsh", "shop docker:"): "shop docker://host/shop",
}
sys.exit(found != wanted)
END
