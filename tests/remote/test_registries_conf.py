"""Mirrors, other locations and blocked registries, as registries.conf says; registries on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nixdive.digest import digest_of
from nixdive.errors import RegistryError
from nixdive.progress import NullProgress
from nixdive.remote.approach import Approach
from nixdive.remote.image import remote_image
from nixdive.remote.name import RemoteName
from nixdive.remote.registries_conf import pulled_from, pushed_to
from tests.remote.registry_here import RegistryHere

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUIET = NullProgress()


class Noted(NullProgress):
    """Keeps the notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def conf(own_home: Path) -> Path:
    file = own_home / ".config/containers/registries.conf"
    file.parent.mkdir(parents=True)
    return file


@pytest.fixture
def two() -> Iterator[tuple[RegistryHere, RegistryHere]]:
    with RegistryHere() as one, RegistryHere() as other:
        yield one, other


def places(text: str) -> list[str]:
    """Return where an image is pulled from; one that is insecure has a mark."""
    found = pulled_from(RemoteName.parse(f"docker://{text}"))
    assert all(one.name.text == f"docker://{text}" for one in found)
    return [f"{one.name.host}/{one.name.repository}{' !' * one.insecure}" for one in found]


def test_without_a_file_an_image_is_where_it_is_named() -> None:
    assert places("a.io/b/c:1") == ["a.io/b/c"]


def test_the_longest_prefix_counts(conf: Path) -> None:
    conf.write_text(
        """
        [[registry]]
        prefix = "a.io"
        location = "one.io"
        [[registry]]
        prefix = "a.io/b"
        location = "two.io/deep"
        insecure = true
        [[registry]]
        prefix = "a.io/b/c:9"
        location = "three.io/c"
        [[registry]]
        prefix = "*.sub.io"
        location = "four.io"
        """
    )
    assert places("a.io/x:1") == ["one.io/x"]
    assert places("a.io/bc:1") == ["one.io/bc"]
    assert places("a.io/b/c:1") == ["two.io/deep/c !"]
    assert places("a.io/b:1") == ["two.io/deep !"]
    assert places("a.io/b/c:9") == ["three.io/c"]
    assert places("q.sub.io/x") == ["four.io/x"]
    assert places("sub.io/x") == ["sub.io/x"]
    pushed = pushed_to(RemoteName.parse("docker://a.io/b/c:1"))
    assert (pushed.name.host, pushed.insecure) == ("a.io", True)


def test_mirrors_come_first_and_may_be_for_digests_alone(conf: Path) -> None:
    conf.write_text(
        """
        [[registry]]
        location = "a.io"
        [[registry.mirror]]
        location = "one.io/a"
        insecure = true
        [[registry.mirror]]
        location = "two.io"
        pull-from-mirror = "digest-only"
        [[registry.mirror]]
        location = "three.io"
        pull-from-mirror = "tag-only"
        [[registry]]
        location = "b.io"
        mirror-by-digest-only = true
        [[registry.mirror]]
        location = "one.io/b"
        """
    )
    digest = digest_of(b"")
    assert places("a.io/x:1") == ["one.io/a/x !", "three.io/x", "a.io/x"]
    assert places(f"a.io/x@{digest}") == ["one.io/a/x !", "two.io/x", "a.io/x"]
    assert places("b.io/x:1") == ["b.io/x"]
    assert places(f"b.io/x@{digest}") == ["one.io/b/x", "b.io/x"]


def test_files_of_the_folder_say_it_again(conf: Path) -> None:
    conf.write_text('[[registry]]\nprefix = "a.io"\nlocation = "one.io"\n')
    folder = conf.parent / "registries.conf.d"
    folder.mkdir()
    (folder / "1.conf").write_text('[[registry]]\nprefix = "a.io"\nlocation = "two.io"\n')
    (folder / "2.conf").write_text('[[registry]]\nprefix = "b.io"\nlocation = "three.io"\n')
    (folder / "3.txt").write_text("no TOML")
    assert (places("a.io/x"), places("b.io/x")) == (["two.io/x"], ["three.io/x"])


def test_the_file_that_the_variable_names_counts_alone(
    conf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conf.write_text('[[registry]]\nprefix = "a.io"\nlocation = "one.io"\n')
    (tmp_path / "other.conf").write_text('[[registry]]\nprefix = "b.io"\nlocation = "two.io"\n')
    monkeypatch.setenv("CONTAINERS_REGISTRIES_CONF", str(tmp_path / "other.conf"))
    assert (places("a.io/x"), places("b.io/x")) == (["a.io/x"], ["two.io/x"])


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("[[registry]", "it is not TOML"),
        (f"a = {'[' * 20_000}", "it is (nested too deeply|not TOML)"),
        ('[[registry]]\nprefix = "a.io"\nlocation = 7', "7 is no place of a.io/x"),
        ('[[registry]]\nprefix = "a.io/x"\nlocation = "one.io"', "'one.io' is no place of a.io/x"),
        ('[[registry]]\nlocation = "a.io"\nmirror = [{}]', "a mirror of a.io has no location"),
    ],
)
def test_what_cannot_be_understood_is_named(conf: Path, text: str, cause: str) -> None:
    conf.write_text(text)
    with pytest.raises(RegistryError, match=f"{conf}: {cause}"):
        places("a.io/x")


def test_what_is_blocked_is_asked_for_nothing(conf: Path, two: tuple[RegistryHere, RegistryHere]) -> None:
    here, _ = two
    here.add_image("app:1", [b"layer"])
    conf.write_text(f'[[registry]]\nlocation = "{here.host}"\nblocked = true\n')
    with pytest.raises(RegistryError, match=f"it is blocked: {conf} blocks {here.host}"):
        remote_image(here.url("app:1"), None, QUIET)
    with pytest.raises(RegistryError, match="it is blocked"):
        Approach(here.url("app:1"), [], QUIET)
    assert not here.log


def test_the_first_mirror_that_has_the_image_is_read(
    conf: Path, two: tuple[RegistryHere, RegistryHere]
) -> None:
    empty, full = two
    full.add_image("copy/app:1", [b"layer"])
    conf.write_text(
        f"""
        [[registry]]
        location = "example.test"
        [[registry.mirror]]
        location = "{empty.host}"
        [[registry.mirror]]
        location = "{full.host}/copy"
        """
    )
    progress = Noted()
    image = remote_image("docker://example.test/app:1", None, progress)
    assert image.stored().layers[0].size == len(b"layer")
    assert image.name.host == "example.test"
    assert [note.partition(":")[0] for note in progress.notes] == ["the mirror 127.0.0.1"]
    assert [one.method for one in empty.log] == ["GET"]


def test_an_image_is_pulled_from_its_location(conf: Path, two: tuple[RegistryHere, RegistryHere]) -> None:
    here, _ = two
    here.add_image("team/app:1", [b"layer"])
    conf.write_text(f'[[registry]]\nprefix = "example.test"\nlocation = "{here.host}/team"\n')
    assert len(remote_image("docker://example.test/app:1", None, QUIET).layers) == 1
    with pytest.raises(RegistryError, match=r"docker://example\.test/other:1"):
        remote_image("docker://example.test/other:1", None, QUIET)


@pytest.mark.parametrize("value", ["[]", "{}", "5"])
def test_a_word_of_another_kind_is_no_word(conf: Path, value: str) -> None:
    mirror = f'location = "one.io"\npull-from-mirror = {value}'
    conf.write_text(f'[[registry]]\nlocation = "a.io"\n[[registry.mirror]]\n{mirror}')
    assert places("a.io/x") == ["a.io/x"]
