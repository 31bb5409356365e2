"""Revisions of a flake in a git repository: from v1.0, HEAD~1, v1.0..v1.4 to what Nix builds of each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlsplit

from nixdive import there
from nixdive.errors import NixCommandError, SourceError
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.progress import Progress
    from nixdive.store.nix.program import Ended

_PREFIX = "git:"
_MOST = 100  # revisions, each of which is built
_RANGE = re.compile(r"(?P<first>[^.].*?)\.\.(?P<last>.*)")
_NO_REPOSITORY = "not a git repository"
_SCHEME = re.compile(r"[a-z][a-z0-9+]*:")


class Revision(NamedTuple):
    """A revision of a flake's package.

    Attributes:
        name: what the user calls it: a tag, a revision, the beginning of a commit's hash.
        word: what Nix builds.
    """

    name: str
    word: str


def revisions_in(text: str, inputs: Sequence[str], progress: Progress) -> list[Revision]:
    """Return what an earlier version names: git:REVISIONS of the input, or itself.

    Args:
        text: an input, or git: and what `revisions` takes.
        inputs: the new version, for git: a single package of a flake.
        progress: asked whether to stop.

    Raises:
        SourceError: there is no such revision, or the input is in no git repository.
    """
    if not text.startswith(_PREFIX) or there.exists(text, SourceError):
        return [Revision(text, text)]
    if len(inputs) != 1:
        raise SourceError(f"{text}: it is a revision of one input, and there are {len(inputs)}")
    found = revisions(inputs[0], text.removeprefix(_PREFIX), progress)
    return [Revision(f"{_PREFIX}{one.name}", one.word) for one in found]


def revisions(flake: str, text: str, progress: Progress) -> list[Revision]:
    """Return revisions of a flake's package, oldest first.

    Args:
        flake: a package of a flake in a git repository on this machine: .#app, ./shop#app, git+file:///shop#app.
        text: revisions, or ranges of them, with commas between. A range is its two ends and what is between:
            of two tags the tags, else every commit along the first parents.
        progress: asked whether to stop.

    Raises:
        SourceError: there is no such revision, or no git repository; too many revisions.
        Cancelled: the user stopped it.
    """
    if not text.strip(", "):
        raise SourceError(f"{flake}: no revision is named", hint="like v1.0, HEAD~1 or v1.0..v1.4")
    place, _, attribute = flake.partition("#")
    repository = _Repository(flake, _folder(flake, place), progress)
    found: dict[str, str] = {}
    for part in filter(None, (word.strip() for word in text.split(","))):
        found |= repository.named(part)
    if not 0 < len(found) <= _MOST:
        cause = f"{counted(len(found), 'revision')}, and {_MOST} are the most" if found else "it names none"
        raise SourceError(f"{text}: {cause}", hint="name single revisions, like v1.0,v1.2")
    return [Revision(name, repository.word(commit, attribute)) for commit, name in found.items()]


def _folder(flake: str, place: str) -> tuple[Path, str]:
    """Return the folder that a flake is in, and the folder in its repository that the reference names."""
    if place.startswith("git+file:"):
        parts = urlsplit(place)
        return Path(unquote(parts.path)), parse_qs(parts.query).get("dir", [""])[0]
    plain = place.removeprefix("path:")
    if _SCHEME.match(plain) or not (plain == "" or there.is_folder(plain, SourceError)):
        raise SourceError(
            f"{flake}: it is no flake on this machine",
            hint="revisions are those of a package like .#app or git+file:///repository#app",
        )
    return Path(plain or "."), ""


class _Repository:
    """The git repository that a flake is in."""

    def __init__(self, flake: str, folder: tuple[Path, str], progress: Progress) -> None:
        self._flake = flake
        self._progress = progress
        self._top = folder[0].resolve()
        top = self._toplevel()
        within = folder[0].resolve() / folder[1]
        # as Nix does, which looks upwards for the flake
        ends = {Path(top), Path(within.anchor)}
        while within not in ends and not there.exists(within / "flake.nix", SourceError):
            within = within.parent
        self._top = Path(top)
        self._below = within.relative_to(top).as_posix() if within.is_relative_to(top) else "."

    def named(self, text: str) -> dict[str, str]:
        """Return the commits that a revision or a range names, oldest first, and what they are called."""
        parts = _RANGE.fullmatch(text)
        if parts is None:
            return {self._commit(text): text}
        ends = parts["first"], parts["last"].removeprefix(".") or "HEAD"
        first, last = map(self._commit, ends)
        if self._git("merge-base", "--is-ancestor", first, last) is None:
            raise SourceError(f"{text}: {ends[0]} is not before {ends[1]}")
        tags = self._tags()
        tagged = {first, last} <= tags.keys() and set(ends) <= set(tags.values())
        order = ("--topo-order",) if tagged else ("--first-parent",)
        commits = [first, *(self._git("rev-list", "--reverse", *order, f"{first}..{last}") or "").split()]
        if tagged:
            return {one: tags[one] for one in commits if one in tags}
        return {one: one[:12] for one in commits} | {first: ends[0], last: ends[1]}

    def word(self, commit: str, attribute: str) -> str:
        """Return what Nix builds of a commit."""
        below = "" if self._below == "." else f"&dir={quote(self._below)}"
        return f"git+file://{quote(str(self._top))}?rev={commit}{below}#{attribute}"

    def _toplevel(self) -> str:
        """Return the folder of the repository; git has its reasons not to read one, such as another owner."""
        ended = self._ended("rev-parse", "--show-toplevel")
        if ended.status == 0:
            return ended.out.removesuffix("\n")
        if _NO_REPOSITORY in ended.told:
            raise SourceError(f"{self._flake}: it is in no git repository", hint="revisions are those of git")
        lines = ended.told.splitlines()
        cause = next((line for line in lines if line.startswith("fatal: ")), "") or f"status {ended.status}"
        raise SourceError(f"{self._flake}: git: {cause.removeprefix('fatal: ')}", lines=lines)

    def _commit(self, text: str) -> str:
        found = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{text}^{{commit}}")
        if not found:
            raise SourceError(f"{text}: there is no such revision in {self._top}")
        return found

    def _tags(self) -> dict[str, str]:
        """Return the commits that have tags, each with one of them."""
        form = "%(objectname) %(*objectname) %(refname:lstrip=2)"
        lines = (self._git("for-each-ref", f"--format={form}", "refs/tags") or "").splitlines()
        found: dict[str, str] = {}
        for line in lines:
            own, of_tag, name = line.split(" ", 2)
            found.setdefault(of_tag or own, name)
        return found

    def _git(self, *words: str) -> str | None:
        """Return what git prints; None where it refuses."""
        ended = self._ended(*words)
        return ended.out.strip() if ended.status == 0 else None

    def _ended(self, *words: str) -> Ended:
        from nixdive.store.nix.program import run

        try:
            return run(("git", "-C", str(self._top), *words), self._flake, self._progress)
        except NixCommandError as error:
            raise SourceError(f"{error}", hint="git says which commits there are") from error
