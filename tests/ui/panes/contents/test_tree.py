from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.contents.difference import ROOT, Change, Listing
from nixdive.contents.names import parent_of
from nixdive.ui.draw.line import plain, width
from nixdive.ui.naming import STORE, plain_name
from nixdive.ui.panes.contents.rows import Scene, heads, label, lines_of, middle, row, title
from nixdive.ui.panes.contents.tree import ALL, ContentsTree, Folding, Order
from nixdive.workspace.files.comparison import Compared, Comparison
from tests.contents.layers import changed, layers

GIT = f"nix/store/{'a' * 32}-git-2.39"
LIB = f"nix/store/{'b' * 32}-alib-1"


def listing(*texts: list[str]) -> Listing:
    return Listing.of(changed(layers(*texts), len(texts) - 1, len(texts) - 1))


def tree(*texts: list[str]) -> ContentsTree:
    return ContentsTree(listing(*texts))


def names(shown: ContentsTree) -> list[str]:
    return [one.name.decode() for one in shown.rows]


@pytest.fixture
def git() -> ContentsTree:
    return tree([f"{GIT}/bin/git=12345", f"{GIT}/lib/git-core/add=1", f"{LIB}/x=1"])


def test_single_directories_are_one_row_but_store_paths_are_their_own(git: ContentsTree) -> None:
    assert names(git) == [
        "/nix/store",
        f"/{LIB}",  # by name, not by hash
        f"/{LIB}/x",
        f"/{GIT}",
        f"/{GIT}/bin",
        f"/{GIT}/bin/git",
        f"/{GIT}/lib/git-core",
        f"/{GIT}/lib/git-core/add",
    ]
    assert [one.depth for one in git.rows] == [0, 1, 2, 1, 2, 3, 2, 3]
    assert [one.parent for one in git.rows] == [-1, 0, 1, 0, 3, 4, 3, 6]
    assert git.rows[6].above == f"/{GIT}".encode()


def test_a_directory_is_closed_and_opened(git: ContentsTree) -> None:
    closed = git.toggled(3)
    assert names(closed) == names(git)[:4]
    assert closed.toggled(3).rows == git.rows
    assert git.toggled(5) is git  # a file


def test_all_are_closed_and_opened(git: ContentsTree) -> None:
    closed = git.all_toggled()
    assert names(closed) == ["/nix/store", f"/{LIB}", f"/{GIT}"]
    assert closed.all_toggled().rows == git.rows


def test_what_was_closed_stays_closed_in_another_layer() -> None:
    one = tree(["etc/a=1", "usr/b=1"])
    closed = one.toggled(0)
    assert names(closed) == ["/etc", "/usr", "/usr/b"]
    assert names(replace(closed, listing=listing(["etc/c=1"]))) == ["/etc"]


def test_kinds_hide_files_but_not_the_way_to_others() -> None:
    shown = tree(["etc/a=1", "etc/b=1"], ["etc/a=2", "etc/.wh.b", "etc/d=1"])
    assert names(shown) == ["/etc", "/etc/a", "/etc/b", "/etc/d"]
    no_added = shown.with_kind(Change.ADDED)
    assert names(no_added) == ["/etc", "/etc/a", "/etc/b"]
    only_removed = no_added.with_kind(Change.MODIFIED)
    assert names(only_removed) == ["/etc", "/etc/b"]
    assert names(only_removed.with_kind(Change.ADDED).with_kind(Change.MODIFIED)) == names(shown)


def test_the_largest_first(git: ContentsTree) -> None:
    assert names(replace(git, order=Order.SIZE))[1] == f"/{GIT}"
    assert Order.NAME.next() is Order.SIZE
    assert Order.SIZE.next() is Order.NAME


def test_a_filter_keeps_the_directories_above_and_opens_the_way(git: ContentsTree) -> None:
    found = git.all_toggled().filtered(re.compile("store/git.*add"))
    assert names(found) == ["/nix/store", f"/{GIT}", f"/{GIT}/lib/git-core", f"/{GIT}/lib/git-core/add"]
    assert found.matched == {f"/{GIT}/lib/git-core/add".encode()}
    by_hash = git.filtered(re.compile("b{32}-alib-1$"))
    assert names(by_hash) == ["/nix/store", f"/{LIB}"]
    assert names(git.filtered(re.compile("nowhere"))) == []


def test_much_is_opened_level_by_level_as_there_is_room() -> None:
    many = tree([f"usr/{i}/{j}=1" for i in range(20) for j in range(20)])
    assert 21 <= len(many.rows) <= 70
    assert sum(one.opened for one in many.rows) == 3
    assert len(many.all_toggled().all_toggled().rows) == 421


def test_a_name_is_found_or_what_lies_above_it(git: ContentsTree) -> None:
    assert git.find(f"/{GIT}/bin/git".encode()) == 5
    assert git.toggled(4).find(f"/{GIT}/bin/git".encode()) == 4
    assert git.find(b"/other") is None


def test_a_deep_image_is_no_deeper_than_the_stack() -> None:
    deep = tree(["/".join(["d"] * 1500) + "/x=1", *(f"{'/'.join(['d'] * i)}/y=1" for i in range(1, 1500))])
    assert len(deep.all_toggled().all_toggled().rows) > 2900


NAMES = st.sampled_from(
    ["a", "a/b", "a/b/c", "a/d", "e", "e/f/g", "a/.wh.b", f"{GIT}/x", f"{GIT}/y/z", f"{LIB}/x"]
)
TEXTS = st.lists(st.lists(NAMES, unique=True), min_size=1, max_size=3)


@given(
    TEXTS,
    st.sets(st.sampled_from(list(Change))),
    st.sampled_from([None, "a", "x$", "git"]),
    st.sampled_from(list(Order)),
    st.sampled_from([None, True, False]),
    st.integers(0, 5),
)
def test_rows_are_those_of_the_listing_each_once_below_its_directory(
    texts: list[list[str]],
    kinds: set[Change],
    pattern: str | None,
    order: Order,
    every: bool | None,  # noqa: FBT001  hypothesis gives it
    fold: int,
) -> None:
    stack = [[name if ".wh." in name else f"{name}=1" for name in one] for one in texts]
    one = ContentsTree(listing(*stack), frozenset(kinds), re.compile(pattern) if pattern else None, order)
    shown = replace(one, folding=Folding(every))
    whole = replace(shown, folding=Folding(all=True))
    assert set(names(shown)) <= {name.decode() for name in one.listing.found}
    assert len(set(names(shown))) == len(shown.rows)
    # every name that is shown when all is open is of a kind that is shown, or above one
    for entry in whole.rows:
        if not whole.shown_in(entry.name):
            assert one.listing.found[entry.name].change in kinds
    for entry in shown.rows:
        if entry.parent >= 0:
            assert entry.above == shown.rows[entry.parent].name
        else:
            assert entry.above == ROOT
    if shown.rows:
        folded = shown.toggled(fold % len(shown.rows))
        less, more = sorted((set(names(folded)), set(names(shown))), key=len)
        assert less <= more


def scene(shown: ContentsTree, **options: bool) -> Scene:
    extent = Comparison().extent(0, baseline=False)
    compared = Compared(shown.listing, extent, None)
    return Scene(compared, shown, options.get("columns", True), options.get("hashes", False))


def test_a_row_has_dives_columns_and_the_letter() -> None:
    shown = tree([f"{GIT}/bin/git:0555=12345", f"{GIT}/bin/sh->git"])
    drawn = [plain(row(scene(shown), one, 59, chosen=False)).rstrip() for one in shown.rows]
    assert drawn == [
        "drwxr-xr-x     0:0     5B A ▼ nix/store",
        "drwxr-xr-x     0:0     5B A └─▼ git-2.39",
        "drwxr-xr-x     0:0     5B A   └─▼ bin",
        "-r-xr-xr-x     0:0     5B A     ├── git",
        "lrwxrwxrwx     0:0     ·  A     └── sh → git",
    ]


@pytest.mark.parametrize("cells", [20, 41, 53, 59, 90])
@pytest.mark.parametrize("columns", [True, False])
def test_no_row_is_wider_than_its_pane(git: ContentsTree, cells: int, *, columns: bool) -> None:
    long = tree([f"{GIT}/{'x' * 80}/{'y' * 90}->{'z' * 70}"])
    for shown in (git, long):
        for hashes in (True, False):
            drawn = scene(shown, columns=columns, hashes=hashes)
            assert width(heads(drawn, cells, title(drawn.compared))) <= cells
            for one in shown.rows:
                assert width(row(drawn, one, cells, chosen=False)) <= cells


def test_hashes_are_shown_when_asked_for(git: ContentsTree) -> None:
    one = git.rows[3]
    assert label(scene(git), one) == ("git-2.39", "")
    assert label(scene(git, hashes=True), one) == ("aaaaaaa-git-2.39", "")
    assert label(scene(git), git.rows[6]) == ("lib/git-core", "")


def test_a_wrapped_name_has_all_its_letters() -> None:
    shown = tree([f"etc/{'x' * 100}=1"])
    drawn = scene(shown)
    one = shown.rows[1]
    parts = [
        plain(row(drawn, one, 59, chosen=False, part=part)).strip()
        for part in range(1, lines_of(drawn, one, 59))
    ]
    assert len(parts) >= 3
    assert all(set(part) == {"x"} for part in parts)


def test_names_are_made_visible() -> None:
    shown = tree(["etc/a\x1b[31m=1"])
    text = plain(row(scene(shown), shown.rows[1], 59, chosen=False))
    assert "\x1b" not in text
    assert "\\x1b" in text


def test_the_middle_of_a_name_is_left_out() -> None:
    assert (
        middle("libcurl3-gnutls-7.88.1-10+deb12u5", 23)
        == "libcurl3-gnu…0+deb12u5"[:12] + "…" + "1-10+deb12u5"[-10:]
    )
    assert middle("short", 10) == "short"
    assert plain_name(f"/{GIT}/bin") == "/nix/store/git-2.39/bin"
    assert plain_name("/nix/store/other") == "/nix/store/other"
    assert frozenset(Change) == ALL
    assert STORE == b"/nix/store"


@pytest.mark.parametrize(
    ("comparison", "baseline", "below", "here"),
    [
        (Comparison(), True, range(3), range(3, 4)),
        (Comparison(whole=True), True, range(0), range(4)),
        (Comparison(whole=True), False, range(1), range(1, 4)),
        (Comparison(baseline=False, whole=True), True, range(1), range(1, 4)),
        (Comparison(start=1), True, range(2), range(2, 4)),
        (Comparison(start=5), True, range(4), range(4, 6)),
        (Comparison(start=3), True, range(4), range(4, 4)),
    ],
)
def test_the_layers_of_a_comparison(
    comparison: Comparison, *, baseline: bool, below: range, here: range
) -> None:
    extent = comparison.extent(3, baseline=baseline)
    assert (extent.below, extent.here) == (below, here)
    assert {extent.mark(i) for i in here} <= {"here"}
    assert {extent.mark(i) for i in below} <= {"below"}


def test_toggling_a_comparison() -> None:
    assert Comparison().toggled().whole
    assert not Comparison(whole=True).toggled().whole
    assert Comparison(start=2).toggled() == Comparison()
    assert parent_of(b"/a") == ROOT


def test_what_did_not_change_is_opened_last_and_a_crowd_stays_closed() -> None:
    crowd = [f"bin/{i}=1" for i in range(200)]
    shown = tree([*crowd, "etc/a=1", "usr/b=1"], ["etc/a=2"])
    assert names(shown) == ["/bin", "/etc", "/etc/a", "/usr"]
    assert len(tree(crowd).rows) == 201  # there is nothing else to see
