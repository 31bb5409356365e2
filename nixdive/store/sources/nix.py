"""The local Nix: the one module that starts it.

The options are those that every Nix since 2.4 takes, whatever its configuration enables.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from nixdive.errors import MalformedGraphError, NixCommandError, UnknownPathError
from nixdive.json_text import parsed
from nixdive.store.path import PathGraph, PathInfo, StorePath
from nixdive.store.sources import path_info
from nixdive.store.sources.rows import NOT_VALID, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence


_NIX = ("nix", "--extra-experimental-features", "nix-command flakes")
_BUILD = ("build", "--no-link")
_TOO_OLD = "unrecognised flag '--print-out-paths'"  # as Nix up to 2.8 says
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_ABSENT = re.compile(r"path '?([^\s']+)'? (?:is not valid|does not exist)")
_ELSEWHERE = "where Nix is: nix path-info --json --recursive PATH > closure.json; that file opens anywhere"
_MOST_WORDS = 2000  # of one command: far below what a kernel takes


def query(paths: Sequence[StorePath], origin: str) -> PathGraph:
    """Return what the local Nix knows of store paths and of all that they need; nothing is downloaded.

    Args:
        paths: the store paths, which become the roots.
        origin: what the user named, for messages.

    Raises:
        UnknownPathError: a path is not in the local store.
        NixCommandError: there is no Nix, or it failed.
    """
    roots = tuple(dict.fromkeys(paths))
    infos: dict[StorePath, PathInfo] = {}
    rest = iter(roots)
    while some := tuple(islice(rest, _MOST_WORDS)):
        # --offline: Nix would look for a path that is not here in binary caches, which takes seconds
        said = _run(("--offline", "path-info", "--json", "--recursive", "--", *some), origin)
        document = parsed(said, partial(MalformedGraphError, origin, None))
        if not path_info.holds(document):
            raise NixCommandError(f"{origin}: nix path-info gave no closure")
        try:
            graph = path_info.parse(document, origin)
        except MalformedGraphError as error:
            if error.cause == NOT_VALID:
                raise _unknown(origin, error.where or "") from None
            raise
        infos.update((info.path, info) for info in graph.infos)
    return PathGraph(origin, tuple(infos.values()), roots=roots)


def build(installables: Sequence[str]) -> tuple[StorePath, ...]:
    """Build installables, like `.#app`, and return the store paths of their outputs.

    Raises:
        NixCommandError: there is no Nix, it failed, or what it built is not a store path.
    """
    origin = " ".join(installables)
    try:
        lines = _run((*_BUILD, "--print-out-paths", "--", *installables), origin).splitlines()
    except NixCommandError as error:
        if _TOO_OLD not in str(error):
            raise
        document = parsed(
            _run((*_BUILD, "--json", "--", *installables), origin), partial(MalformedGraphError, origin, None)
        )
        lines = _outputs(document)
    try:
        found = tuple(map(StorePath.parse, lines))
    except ValueError as error:
        raise NixCommandError(f"{origin}: nix build gave no store path: {error}") from None
    if not found:
        raise NixCommandError(f"{origin}: nix build gave no store path")
    return found


def _outputs(document: Any) -> list[str]:
    found = []
    for built in document if isinstance(document, list) else ():
        outputs = built.get("outputs", {"": built.get("path")}) if isinstance(built, dict) else None
        found += (
            [path for path in outputs.values() if isinstance(path, str)] if isinstance(outputs, dict) else []
        )
    return found


def _run(words: Sequence[str], origin: str) -> str:
    try:
        done = subprocess.run([*_NIX, *words], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except FileNotFoundError:
        raise NixCommandError(f"{origin}: there is no nix on the PATH", hint=_ELSEWHERE) from None
    except OSError as error:
        raise NixCommandError(f"{origin}: nix cannot be started: {error.strerror}", hint=_ELSEWHERE) from None
    if done.returncode == 0:
        return done.stdout.decode(errors="replace")
    said = _COLOUR.sub("", done.stderr.decode(errors="replace"))
    absent = _ABSENT.search(said)
    if absent is not None and "path-info" in words:
        raise _unknown(origin, absent[1])
    again = shortened(shlex.join((*_NIX, *words)), most=400)
    raise NixCommandError(f"{origin}: nix failed: {_complaint(said)}", hint=f"this says more: {again}")


def _complaint(said: str) -> str:
    # the innermost error comes last; the lines before it tell where Nix was
    lines = [line.strip() for line in said.splitlines() if line.strip() and "warning:" not in line]
    errors = [line.removeprefix("error:").strip() for line in lines if line.startswith("error:")]
    return shortened(
        next((line for line in reversed(errors) if line), lines[-1] if lines else "it said nothing")
    )


def _unknown(origin: str, path: str) -> UnknownPathError:
    where = path if path == origin else f"{origin}: {path}"
    return UnknownPathError(
        f"{where} is not in the local store",
        hint=f"nix-store --realise {path} fetches it, if a binary cache has it",
    )
