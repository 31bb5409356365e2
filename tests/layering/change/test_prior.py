"""Rates from structure and names."""

from __future__ import annotations

import pytest
from hypothesis import given

from nixdive.layering.change.names import is_data, is_own, is_prone, package_set
from nixdive.layering.change.prior import KINDS, prior
from tests.layering.made import SEEDS, closure_of, random_closure


def test_all_releases_are_of_some_kind() -> None:
    assert sum(kind.share for kind in KINDS) == pytest.approx(1)
    assert all(kind.words > 0 for kind in KINDS)


@given(SEEDS)
def test_rates_are_chances(seed: int) -> None:
    closure = random_closure(seed)
    rates = prior(closure)
    assert rates.own.shape == (len(closure), len(KINDS))
    assert (rates.own >= 0).all()
    assert (rates.own <= 1).all()
    assert sum(rates.own[:, 2]) >= 1 - 1e-9, "a security release has a cause"
    for one in rates.sets:
        assert len(set(one.members)) == len(one.members) > 2


def test_applications_change_more_than_libraries_and_those_more_than_data() -> None:
    names = ["glibc-2.40", "tzdata-2024a", *(f"lib{i}-1" for i in range(30)), "app-1", "image-env"]
    rows: list[list[int]] = [[], [], *([0] for _ in range(30)), [*range(2, 32), 1], [32]]
    rates = prior(closure_of(rows, names, [1 << 20] * 34))
    own = rates.own[:, 0]
    assert own[32] == own[33] == 0.5
    assert own[32] > own[5] > own[1]
    assert own[0] < own[5], "what all need changes less by itself"
    assert rates.own[0, 4] > rates.own[5, 4], "but a rebuild begins there"


@pytest.mark.parametrize(
    ("lineage", "data"),
    [
        ("tzdata", True),
        ("nss-cacert", True),
        ("dejavu-fonts", True),
        ("hunspell-dict-en-us", True),
        ("glibc-locales", True),
        ("curl-man", True),
        ("source", True),
        ("python3.11-multidict", False),
        ("python3.11-frozendict", False),
        ("fontconfig", False),
        ("datamash", False),
        ("openssl", False),
        ("source-highlight", False),
    ],
)
def test_data(lineage: str, data: bool) -> None:  # noqa: FBT001  of a table
    assert is_data(lineage) is data


@pytest.mark.parametrize(
    ("lineage", "version", "own"),
    [
        ("nginx.conf", "", True),
        ("image-env", "", True),
        ("entrypoint.sh", "", True),
        ("my-service", "0.0.0", True),
        ("config", "", True),
        ("fontconfig", "2.15", False),
        ("bash", "5.2", False),
        ("app", "", True),
    ],
)
def test_what_people_write_themselves(lineage: str, version: str, own: bool) -> None:  # noqa: FBT001  of a table
    assert is_own(lineage, version) is own


@pytest.mark.parametrize(
    ("lineage", "name"),
    [
        ("python3.11-flask", "python"),
        ("python3", None),
        ("libpython3.11-minimal", "python"),
        ("perl5.38-URI", "perl"),
        ("liburi-perl", "perl"),
        ("node_modules", "node"),
        ("nodejs", None),
        ("ruby3.1-rails", "ruby"),
        ("texlive-bin", "texlive"),
        ("libqt5core", "qt"),
        ("glibc", None),
    ],
)
def test_sets(lineage: str, name: str | None) -> None:
    assert package_set(lineage) == name


def test_who_gets_security_updates() -> None:
    assert all(map(is_prone, ("openssl", "libssl3", "libexpat1", "curl", "python3.11", "git-doc")))
    assert not any(map(is_prone, ("opensslx", "gitea", "tarsnap", "libfoo")))
