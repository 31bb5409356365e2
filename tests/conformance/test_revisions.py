"""Revisions of a flake in a git repository, built by the real Nix of each version."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.conformance.conftest import need
from tests.conformance.programs import run
from tests.conformance.test_nix import nix

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conformance.test_nix import Nix

__all__ = ("nix",)  # a fixture

FLAKE = """
{ outputs = { self }: { packages.x86_64-linux.app =
  let made = name: script: derivation { inherit name; system = "x86_64-linux"; builder = "/bin/sh";
    PATH = "/bin:/usr/bin"; args = [ "-ec" script ]; };
    lib = made "lib-1" "echo LIB > $out"; in made "app-VERSION" "echo ${lib} VERSION > $out"; }; }
"""
IDENTITY = {f"GIT_{who}_{what}": "x@x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


class Shop(NamedTuple):
    """A repository with five commits of a flake below its top, three of them tagged, and a Nix.

    Attributes:
        nix: builds them.
        top: the repository.
        commits: oldest first: v1.0, one without a tag, v1.1, v1.2, one without a tag.
    """

    nix: Nix
    top: Path
    commits: list[str]

    @property
    def word(self) -> str:
        return f"{self.top}/shop#app"

    def versions(self, *words: str) -> list[str]:
        done = self.nix.nixdive("replay", self.word, "-q", "--json", *words)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert len(found["unavoidable"]) == len(found["versions"]) - 1
        names: list[str] = found["versions"]
        return names


@pytest.fixture
def shop(nix: Nix, tmp_path: Path) -> Shop:
    need("git")
    top = tmp_path / "repository"
    (top / "shop").mkdir(parents=True)
    git = ("git", "-C", top, "-c", "init.defaultBranch=main")
    run(*git, "init", "-q")
    commits = []
    for number, (lib, tag) in enumerate([("a", "v1.0"), ("a", ""), ("b", "v1.1"), ("b", "v1.2"), ("b", "")]):
        text = FLAKE.replace("VERSION", f"{number}.0").replace("LIB", lib)
        (top / "shop/flake.nix").write_text(text)
        run(*git, "add", "-A")
        run(*git, "commit", "-q", "-m", str(number), env=IDENTITY)
        if tag:
            run(*git, "tag", *(("-a", "-m", "x") if tag == "v1.1" else ()), tag, env=IDENTITY)
        commits.append(run(*git, "rev-parse", "HEAD").strip())
    return Shop(nix, top, commits)


def test_a_range_of_tags_is_the_tags_and_another_every_commit(shop: Shop) -> None:
    short = [one[:12] for one in shop.commits]
    assert shop.versions("--revisions", "v1.0..v1.2") == ["v1.0", "v1.1", "v1.2"]
    assert shop.versions("--revisions", "v1.0..") == ["v1.0", *short[1:4], "HEAD"]
    assert shop.versions("--revisions", f"HEAD~4,{shop.commits[2]}, v1.2") == [
        "HEAD~4",
        shop.commits[2],
        "v1.2",
    ]
    in_git = f"git+file://{shop.top}?dir=shop#app"
    done = shop.nix.nixdive("replay", in_git, "--revisions", "v1.0..v1.1", "-q", "--json")
    assert json.loads(done.stdout)["versions"] == ["v1.0", "v1.1"]


def test_an_earlier_revision_is_what_a_plan_is_compared_with(shop: Shop) -> None:
    done = shop.nix.nixdive("plan", shop.word, "--against", "git:v1.0..v1.1", "-q", "--json")
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert [one["input"] for one in plan["against"]] == ["git:v1.0", "git:v1.1"]
    assert [one["layers_reused"] for one in plan["against"]] == [0, 1]  # lib is as in v1.1
    done = shop.nix.nixdive("compare", "git:HEAD~1", shop.word, "-q", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["layers_reused"] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("replay", "WORD", "--revisions", "v1.0..v9"), "v9: there is no such revision in TOP"),
        (("replay", "WORD", "--revisions", "--all,v1.0"), "--all: there is no such revision in TOP"),
        (("replay", "WORD", "--revisions", "v1.2..v1.0"), "v1.2..v1.0: v1.2 is not before v1.0"),
        (("replay", "WORD", "--revisions", ","), "TOP/shop#app: no revision is named"),
        (("replay", "github:a/b#app", "--revisions", "v1.0..v1.1"), "github:a/b#app: it is no flake on this"),
        (("replay", "/#app", "--revisions", "v1.0..v1.1"), "/#app: it is in no git repository"),
        (("plan", "/#app", "--against", "git:HEAD"), ""),
    ],
)
def test_what_cannot_be_found_is_said_in_a_line(shop: Shop, words: tuple[str, ...], said: str) -> None:
    meant = {"WORD": shop.word}
    done = shop.nix.nixdive(*(meant.get(word, word) for word in words), "-q")
    assert done.returncode == 1
    assert done.stderr.startswith(f"nixdive: {said.replace('TOP', str(shop.top))}")
    assert len(done.stderr.splitlines()) <= 2
