"""Where the files of a store lie, by what Nix is set to use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nixdive.errors import SourceError
from nixdive.store.nix.disk import disk_root, is_local, named_store, root_of
from nixdive.store.path import StorePath
from tests.store.nix.programs import put

if TYPE_CHECKING:
    from pathlib import Path

ELSEWHERE = StorePath("/nix/store/00000000000000000000000000000000-not-of-this-machine")


@pytest.mark.parametrize(
    ("uri", "root"),
    [
        ("", ""),
        ("auto", ""),
        ("daemon", ""),
        ("local", ""),
        ("/", ""),
        ("/some/root", "/some/root"),
        ("/some/root/", "/some/root"),
        ("local?root=/some/root", "/some/root"),
        ("local?root=/some%20root&state=/x", "/some root"),
        ("local:///some/root", "/some/root"),
        ("local://?root=/some/root", "/some/root"),
        ("ssh-ng://host?root=/x", ""),
        ("https://cache.example", ""),
        ("file:///cache", ""),
        ("unix:///run/socket", ""),
        ("http://[", ""),
    ],
)
def test_the_address_of_a_store_may_name_a_root(uri: str, root: str) -> None:
    assert root_of(uri) == root


def test_what_nix_says_of_a_store_elsewhere_is_not_about_the_files_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = ["", "daemon", "auto", "local", "/some/root", "local?root=/some/root", "unix:///run/nix.sock"]
    elsewhere = ["ssh-ng://builder", "https://cache.example", "file:///cache", "s3://bucket"]
    found = []
    for uri in (*here, *elsewhere):
        monkeypatch.setenv("NIX_REMOTE", uri)
        if is_local():
            found.append(uri)
    assert found == here


def test_what_is_not_here_is_looked_for_where_nix_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NIX_REMOTE", raising=False)
    root = tmp_path / "root"
    assert disk_root([ELSEWHERE], ask=False) == ""
    place = root / ELSEWHERE[1:]
    place.mkdir(parents=True)
    refusal = "echo \"error: 'config' is not a recognised command\" >&2; exit 1"
    for command in ("config show", "show-config"):
        body = f'case " $* " in *" {command} --json "*) echo \'{{"store": {{"value": "{root}"}}}}\' ;; '
        put(tmp_path, monkeypatch, "nix", f"{body} *) {refusal} ;; esac\n")
        assert disk_root([ELSEWHERE]) == str(root)
    put(tmp_path, monkeypatch, "nix", "exit 1\n")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert disk_root([ELSEWHERE]) == ""
    own = tmp_path / "home/.local/share/nix/root"  # which Nix makes for a user where there is no /nix
    (own / ELSEWHERE[1:]).mkdir(parents=True)
    assert disk_root([ELSEWHERE]) == str(own)
    monkeypatch.setenv("NIX_REMOTE", "/another")
    assert disk_root([ELSEWHERE]) == "/another"


@pytest.mark.parametrize("address", ["file://{}", "{}", "local?root={}"])
def test_a_store_that_is_nowhere_is_not_made_by_naming_it(tmp_path: Path, address: str) -> None:
    place = tmp_path / "none"
    with pytest.raises(SourceError, match="there is no directory"):
        named_store(address.format(place))
    place.mkdir()
    named_store(address.format(place))
