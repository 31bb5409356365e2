"""Store paths and what their names say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.store.path import StorePath

HASH = "84h7zwyqd6z1qv0wif6l1110qdv1fwzf"


@pytest.mark.parametrize(
    ("name", "package", "version"),
    [
        ("openssl-3.0.14", "openssl", "3.0.14"),
        ("hello", "hello", ""),
        ("python3.11-flask-2.2.2", "python3.11-flask", "2.2.2"),
        ("app-redis-v1", "app-redis", "v1"),
        ("app-vector-1", "app-vector", "1"),
        ("libgcc-s1-12.2.0-14+deb12u1", "libgcc-s1", "12.2.0-14+deb12u1"),
        ("gtk+3-3.24", "gtk+3", "3.24"),
        ("source.tar.gz", "source.tar.gz", ""),
    ],
)
def test_parts(name: str, package: str, version: str) -> None:
    path = StorePath.parse(f"/nix/store/{HASH}-{name}")
    assert (path.store_dir, path.hash_part, path.base) == ("/nix/store", HASH, f"{HASH}-{name}")
    assert (path.name, path.package, path.version) == (name, package, version)


@pytest.mark.parametrize("directory", ["/gnu/store", "/home/me/root/nix/store", "/s"])
def test_store_elsewhere(directory: str) -> None:
    assert StorePath.parse(f"{directory}/{HASH}-x").store_dir == directory


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "not absolute"),
        (f"{HASH}-x", "not absolute"),
        (f"nix/store/{HASH}-x", "not absolute"),
        (f"/{HASH}-x", "not absolute"),
        (f"/nix/store/{HASH}-x/", "its last part"),
        (f"/nix/store/{HASH}-x\n", "its last part"),
        (f"/nix/store/{HASH}-", "its last part"),
        (f"/nix/store/{HASH}", "its last part"),
        (f"/nix/store/{HASH[1:]}-x", "its last part"),
        (f"/nix/store/e{HASH[1:]}-x", "its last part"),
        (f"/nix/store/{HASH}-{'n' * 212}", "its last part"),
        (f"/nix/store/{HASH}-ä", "its last part"),
        (f"/nix//store/{HASH}-x", "shortest form"),
        (f"/nix/../store/{HASH}-x", "shortest form"),
        (f"/nix/store/{HASH}-x/{HASH}-y", "inside another store path"),
    ],
)
def test_what_is_none_is_told_why(text: str, cause: str) -> None:
    with pytest.raises(ValueError, match=cause):
        StorePath.parse(text)


@given(st.from_regex(r"[0-9a-zA-Z+\-._?=]{1,211}", fullmatch=True))
def test_package_and_version_are_the_name(name: str) -> None:
    path = StorePath.parse(f"/nix/store/{HASH}-{name}")
    assert path.name in {path.package, f"{path.package}-{path.version}"}


@pytest.mark.parametrize(
    ("name", "lineage"),
    [
        ("openssl-3.0.14", "openssl"),
        ("openssl-3.0.14-bin", "openssl-bin"),
        ("glibc-2.40-66-dev", "glibc-dev"),
        ("bash-5.2p37-man-pages", "bash-man-pages"),
        ("hello", "hello"),
        ("hello-bin", "hello-bin"),
        ("x-1.0-pre", "x"),
        ("x-2.0-unstable", "x"),
        ("x-unstable-2024-01-01", "x-unstable"),
        ("x-2.0-rc1", "x"),
        ("gcc-13.2.0-lib", "gcc-lib"),
        ("app-v1", "app"),
        ("libgcc-s1-12.2.0-14+deb12u1", "libgcc-s1"),
    ],
)
def test_lineage(name: str, lineage: str) -> None:
    assert StorePath.parse(f"/nix/store/{HASH}-{name}").lineage == lineage


@given(st.from_regex(r"[0-9a-zA-Z+\-._?=]{1,211}", fullmatch=True))
def test_a_lineage_begins_with_the_package(name: str) -> None:
    path = StorePath.parse(f"/nix/store/{HASH}-{name}")
    assert path.lineage.startswith(path.package)
    assert path.name.endswith(path.lineage[len(path.package) :])
