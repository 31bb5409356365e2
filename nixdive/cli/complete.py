"""Words that the shell completes: inputs, paths inside them, names of clients and rules, usual values."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

from nixdive import there
from nixdive.errors import NixdiveError, SourceError
from nixdive.progress import NullProgress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import click

    Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem[str]]]

_MOST = 400  # words: more than anybody reads
_ASIDE = (".drv", ".lock", ".chroot")  # what lies in a store and is no input

ARCHITECTURES = ("amd64", "arm64", "arm/v6", "arm/v7", "386", "ppc64le", "riscv64", "s390x")  # the usual ones


def inputs(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem[str]]:
    """Complete an INPUT: a store path, a name inside an archive or a layout, or any file."""
    place, colon, _ = typed.partition(":")
    if colon and there.exists(place, SourceError):
        return _starting(typed, (f"{place}:{one}" for one in _images(place)))
    store = _store_dir()
    if typed.startswith(f"{store}/") and "/" not in typed.removeprefix(f"{store}/"):
        return _starting(typed, _store_paths(store, typed.rpartition("/")[2]))
    return [CompletionItem(typed, type="file")]


def files(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem[str]]:
    """Complete the name of a file."""
    return [CompletionItem(typed, type="file")]


def one_of(*words: str) -> Completer:
    """Return what completes a value that is usually one of these words."""

    def completer(
        _context: click.Context, _parameter: click.Parameter, typed: str
    ) -> list[CompletionItem[str]]:
        return _starting(typed, words)

    return completer


def some_of(*words: str) -> Completer:
    """Return what completes the last word of a list like churn,nixpkgs, which names nothing twice."""

    def completer(
        _context: click.Context, _parameter: click.Parameter, typed: str
    ) -> list[CompletionItem[str]]:
        head, comma, _ = typed.rpartition(",")
        named = head.split(",")
        return _starting(typed, (f"{head}{comma}{word}" for word in words if word not in named))

    return completer


def packages(context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem[str]]:
    """Complete the name of a store path in the closure that the words before name, if that is a file."""
    source = context.params.get("source")
    if not source or not there.is_file(source, SourceError):
        return []
    from nixdive.opening.open import open_subject

    try:
        closure = open_subject([source], NullProgress()).closure
    except NixdiveError:
        return []
    return _starting(typed, sorted({path.name for path in closure.paths}))


def clients(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem[str]]:
    """Complete the name of a client, with what it is."""
    from nixdive.clients.client import clients as known

    found = known().items()
    return [CompletionItem(name, help=one.title) for name, one in found if name.startswith(typed)]


def rules(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem[str]]:
    """Complete the name of a rule, up to its threshold."""
    from nixdive.image.gate import RULES

    return _starting(typed, (f"{name}=" for name in RULES))


def pins(context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem[str]]:
    """Complete GLOB=LAYER by the layers that the plan file names."""
    glob, equals, _ = typed.partition("=")
    plan = context.params.get("plan_file")
    if not equals or plan is None:
        return []
    from nixdive.layering.planfile import read_plan

    try:
        named = {pin.layer for pin in read_plan(plan, "churn").pins}
    except NixdiveError:
        return []
    return _starting(typed, (f"{glob}={name}" for name in sorted(named)))


def _starting(typed: str, words: Iterable[str]) -> list[CompletionItem[str]]:
    return [CompletionItem(word) for word in islice((one for one in words if one.startswith(typed)), _MOST)]


def _images(place: str) -> list[str]:
    from nixdive.image.readers.archive import files_of
    from nixdive.image.readers.found import image_names

    try:
        return list(image_names(files_of(Path(place), NullProgress())))
    except (NixdiveError, OSError):
        return []


def _store_dir() -> str:
    from nixdive.store.path import STORE_DIR

    return os.environ.get("NIX_STORE_DIR", STORE_DIR)


def _store_paths(store: str, start: str) -> Iterator[str]:
    try:
        with os.scandir(store) as entries:
            names = [one.name for one in entries if one.name.startswith(start)]
    except OSError:
        return
    for name in sorted(names):
        if not (name.startswith(".") or name.endswith(_ASIDE)):
            yield f"{store}/{name}"
