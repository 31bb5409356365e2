"""Revisions of a flake, out of a git repository whose names are anybody's."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from nixdive.errors import SourceError
from nixdive.opening.revisions import revisions, revisions_in
from nixdive.progress import NullProgress

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git makes the repository")
_WHO = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
_TAGS = ("-x", "--output=made", "v\u202e1", "v;$(id>made)")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four commits, the first ones with hostile tags; what its config would start leaves a file."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    folder = tmp_path / "re po;%20$(touch made)'"
    folder.mkdir()
    git(folder, "init", "--quiet")
    for number, tag in enumerate(_TAGS):
        (folder / "flake.nix").write_text(str(number))
        git(folder, "add", "flake.nix")
        git(folder, "commit", "--quiet", "--message", "one")
        git(folder, "update-ref", f"refs/tags/{tag}", "HEAD")
    for key in ("core.fsmonitor", "core.pager", "gpg.program", "core.sshCommand", "diff.external"):
        git(folder, "config", key, f"touch '{tmp_path}/made'; false")
    git(folder, "config", "log.showSignature", "true")
    return folder


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", folder, *words], check=True, capture_output=True, text=True, env={**os.environ, **_WHO}
    )
    return done.stdout.strip()


def test_hostile_names_are_names(repository: Path) -> None:
    commits = git(repository, "rev-list", "--reverse", "HEAD").split()
    flake = f"{repository}#app"
    by_name = revisions(flake, ",".join(_TAGS), NullProgress())
    of_range = revisions(flake, f"{_TAGS[0]}..{_TAGS[-1]}", NullProgress())
    assert by_name == of_range
    assert [one.name for one in by_name] == list(_TAGS)
    place = "re%20po%3B%2520%24%28touch%20made%29%27"
    assert [one.word for one in by_name] == [
        f"git+file://{repository.parent}/{place}?rev={commit}#app" for commit in commits
    ]
    assert revisions_in("git:HEAD~1", [flake], NullProgress())[0].word == by_name[2].word
    assert not list(repository.parent.rglob("made"))


@pytest.mark.parametrize(
    "text",
    ["--all", "-n1", "HEAD^{tree}", "HEAD:flake.nix", "HEAD~100000", "@{-1}", "..HEAD", "\x1b[31m", "HEAD\0"],
)
def test_what_is_no_commit_is_no_revision(repository: Path, text: str) -> None:
    with pytest.raises(SourceError, match=r"there is no such revision|there is a NUL"):
        revisions(f"{repository}#app", text, NullProgress())


def test_a_repository_that_git_does_not_read_is_not_one_that_is_not_there(repository: Path) -> None:
    (repository / ".git/config").write_text("[core")
    with pytest.raises(SourceError, match="git: bad config") as caught:
        revisions(f"{repository}#app", "HEAD", NullProgress())
    assert "no git repository" not in str(caught.value)
    with pytest.raises(SourceError, match="it is in no git repository"):
        revisions(f"{repository.parent}#app", "HEAD", NullProgress())
