"""Building: installables and derivations, with what Nix says meanwhile, kept from the garbage collector."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from nixdive.errors import MalformedGraphError, NixCommandError
from nixdive.json_text import parsed
from nixdive.progress import NullProgress
from nixdive.store.nix.log import BuildLog
from nixdive.store.nix.program import NIX, again, run
from nixdive.store.nix.roots import Roots
from nixdive.store.outputs import outputs
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nixdive.progress import Progress

_TOO_OLD = "unrecognised flag '--print-out-paths'"  # as Nix up to 2.8 says
_LOG = ("--log-format", "internal-json")
# the outputs of a derivation, as Nix names them from 2.13 on; nix-store takes it in all versions
_OUTPUTS = re.compile(r"(?P<derivation>/.+\.drv)\^(?P<outputs>\*|[^^#]+)")


@dataclass(frozen=True, slots=True)
class Built:
    """What was built.

    Attributes:
        paths: the store paths of the outputs.
        roots: keeps them from the garbage collector for as long as it lives.
    """

    paths: tuple[StorePath, ...]
    roots: Roots


def build(
    installables: Sequence[str],
    progress: Progress = NullProgress(),  # noqa: B008  it has no state
    root: str = "",
) -> Built:
    """Build installables, like `.#app` and `/nix/store/...-app.drv^out`.

    Args:
        installables: what Nix is to build; derivations with their outputs are understood by every version.
        progress: told what is built and the lines of its log, and asked whether to stop.
        root: where the root of the store lies to build in; empty for the store that Nix uses by itself.

    Raises:
        NixCommandError: there is no Nix, something did not build, or what was built is not a store path.
        Cancelled: the user stopped it; Nix has ended.
    """
    origin = " ".join(installables)
    roots = Roots()
    named = [_OUTPUTS.fullmatch(one) for one in installables]
    derivations = [
        one["derivation"] if one["outputs"] == "*" else f"{one['derivation']}!{one['outputs']}"
        for one in named
        if one is not None
    ]
    others = [text for text, one in zip(installables, named, strict=True) if one is None]
    progress.start("evaluating" if others else "building", None)
    store = ("--store", root) if root else ()
    lines: list[str] = []
    if others:
        lines += _built((*NIX, "build", *store), others, origin, roots.folder / "built", progress)
    if derivations:
        link = ("--add-root", str(roots.folder / "realised"), "--indirect")
        printed = _ran(("nix-store", "--realise", *store), link, derivations, origin, progress)
        lines += map(_target, (printed or "").splitlines())
    try:
        found = tuple(dict.fromkeys(map(StorePath.parse, lines)))
    except ValueError as error:
        raise NixCommandError(f"{origin}: nix build gave no store path: {error}") from None
    if not found:
        raise NixCommandError(f"{origin}: nix build gave no store path")
    return Built(found, roots)


def _built(
    words: Sequence[str], installables: Sequence[str], origin: str, link: Path, progress: Progress
) -> list[str]:
    kept = ("--out-link", str(link))
    said = _ran(words, kept, ("--print-out-paths", "--", *installables), origin, progress)
    if said is not None:
        return said.splitlines()
    said = _ran(words, kept, ("--json", "--", *installables), origin, progress)
    return outputs(parsed(said or "", partial(MalformedGraphError, origin, None))) or []


def _target(line: str) -> str:
    """Return the store path for a line of `nix-store --realise`: it prints the links that it has made."""
    try:
        return os.readlink(line)  # noqa: PTH115  the text of the link is what counts
    except OSError:
        return line


def _ran(
    words: Sequence[str], link: Sequence[str], rest: Sequence[str], origin: str, progress: Progress
) -> str | None:
    """Run Nix and tell how far it is; return what it prints, or None where it does not know a flag.

    Args:
        words: the program and how it begins.
        link: the options that keep what is built.
        rest: what else it is asked.
        origin: what the user named.
        progress: told and asked.
    """
    log = BuildLog()
    shown = log.what

    def tick() -> None:
        nonlocal shown
        if log.what != shown:
            shown = log.what
            progress.start(shown, None)
        progress.log(log.line)

    ended = run((*words, *link, *_LOG, *rest), origin, progress, log.hear, tick)
    if ended.status == 0:
        return ended.out
    failure = log.failure()
    if _TOO_OLD in failure.reason:
        return None
    alone = () if words[0] == "nix-store" else ("--no-link",)
    more = again((*words, *alone, *(word for word in rest if word not in {"--print-out-paths", "--json"})))
    if failure.derivation is None:
        raise NixCommandError(f"{origin}: nix failed: {failure.reason}", hint=more)
    where = failure.derivation if origin == failure.derivation else f"{origin}: {failure.derivation}"
    raise NixCommandError(
        f"{where} does not build: {failure.reason}",
        hint=f"nix-store --read-log {failure.derivation} shows the whole log" if failure.lines else more,
        lines=failure.lines,
    )
