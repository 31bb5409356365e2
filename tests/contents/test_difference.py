from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nixdive.contents.difference import ROOT, Change, Listing, placed, same, touched
from nixdive.contents.entry import EntryKind
from nixdive.contents.file_tree import extended, stacked
from nixdive.contents.names import parent_of
from tests.contents.layers import changed, entry, layers
from tests.contents.test_file_tree import IMAGES
from tests.examples import examples


def changes(first: int, last: int, *texts: list[str]) -> dict[str, str]:
    found = changed(layers(*texts), first, last)
    return {name.decode(): one.change.value for name, one in sorted(found.items())}


def test_each_kind_of_change() -> None:
    below = ["d/same=1", "d/new=1", "d/gone=1", "d/mode=1", "l->a", "quiet/x=1", "f/y=1", "t=1"]
    above = ["d/same=1", "d/new=2", "d/.wh.gone", "d/mode:600=1", "d/added=1", "l->b", ".wh.f", "t->x"]
    assert changes(1, 1, below, above) == {
        "/d": "modified",
        "/d/added": "added",
        "/d/gone": "removed",
        "/d/mode": "modified",
        "/d/new": "modified",
        "/d/same": "unmodified",
        "/f": "removed",
        "/f/y": "removed",
        "/l": "modified",
        "/quiet": "unmodified",
        "/quiet/x": "unmodified",
        "/t": "modified",
    }


def test_the_lowest_layer_adds_everything() -> None:
    assert set(changes(0, 0, ["a/b=1"]).values()) == {"added"}


def test_between_any_two_layers() -> None:
    image = (["a=1"], ["a=2"], [".wh.a"], ["a=1"])
    assert changes(1, 3, *image) == {"/a": "unmodified"}
    assert changes(1, 2, *image) == {"/a": "removed"}
    assert changes(2, 3, *image) == {"/a": "modified"}


def test_an_opaque_directory_hides_what_was_in_it() -> None:
    assert changes(1, 1, ["d/a=1", "d/b/c=1"], ["d/", "d/.wh..wh..opq", "d/a=1"]) == {
        "/d": "modified",
        "/d/a": "unmodified",
        "/d/b": "removed",
        "/d/b/c": "removed",
    }


def test_times_do_not_count() -> None:
    assert same(entry("a=1"), entry("a=1")._replace(mtime=5, offset=7))
    assert not same(entry("a=1"), entry("a=1")._replace(gid=5))


@examples(300)
@given(IMAGES)
def test_differences_are_those_of_the_trees(image: list[list[str]]) -> None:
    indexes = layers(*image)
    for first in range(len(indexes)):
        lower, upper = stacked(indexes, 0, first - 1), stacked(indexes)
        kept = dict(lower.files), {name: list(below) for name, below in lower.children.items()}
        assert extended(lower, indexes, first, len(indexes) - 1) == upper
        assert kept == (lower.files, {name: list(below) for name, below in lower.children.items()})
        found = changed(indexes, first, len(indexes) - 1)
        assert found.keys() == lower.files.keys() | upper.files.keys()
        for name, one in found.items():
            assert (one.before is None) == (name not in lower.files)
            assert (one.after is None) == (name not in upper.files)
            assert (one.change is Change.ADDED) == (one.before is None)
            assert (one.change is Change.REMOVED) == (one.after is None)
            if one.before and one.after and not same(one.before.entry, one.after.entry):
                assert one.change is Change.MODIFIED
            if one.after and one.after.entry.kind is EntryKind.DIRECTORY and one.change is Change.UNMODIFIED:
                inside = [below for below in found if below.startswith(name + b"/")]
                assert all(found[below].change is Change.UNMODIFIED for below in inside)


NAMES = st.sampled_from(["a", "a/b", "a/b/c", "a/d", "e", "e/f", "a/.wh.b", "e/.wh..wh..opq", "a/", "e/"])
LAYERS = st.lists(st.lists(st.tuples(NAMES, st.text("xy", max_size=3))), min_size=2, max_size=4)


def listed(*texts: list[str]) -> Listing:
    return Listing.of(changed(layers(*texts), 1, len(texts) - 1))


def test_directories_have_the_bytes_of_what_stays_below_them() -> None:
    listing = listed(["a/b=12345", "a/c=12"], ["a/.wh.b", "a/d=123"])
    assert listing.totals[b"/a"] == 5
    assert listing.totals[b"/a/b"] == 5
    assert listing.found[b"/a/b"].change is Change.REMOVED


def test_a_removed_directory_has_the_bytes_it_had() -> None:
    listing = listed(["a/b/c=12345", "z=1"], [".wh.a"])
    assert listing.totals[b"/a"] == 5
    assert listing.totals[ROOT] == 1


def test_touched_is_what_a_layer_brings_or_takes_with_its_directories() -> None:
    stack = layers(["a/b=1", "c/d=2", "e=3"], ["a/x=1", ".wh.e"])
    found = touched(changed(stack, 1, 1), 1)
    assert sorted(found) == [b"/a", b"/a/x", b"/e"]


@given(LAYERS)
def test_sizes_add_up(texts: list[list[tuple[str, str]]]) -> None:
    bare = ("/", ".wh.b", ".opq")
    stack = layers(
        *[[name if name.endswith(bare) else f"{name}={data}" for name, data in one] for one in texts]
    )
    found = changed(stack, 1, len(texts) - 1)
    for kept in (found, touched(found, len(texts) - 1)):
        listing = Listing.of(kept)
        assert all(parent_of(name) in (*kept, ROOT) for name in kept)
        assert sorted(name for below in listing.children.values() for name in below) == sorted(kept)
        for folder, below in listing.children.items():
            gone = folder != ROOT and kept[folder].change is Change.REMOVED
            own = 0 if folder == ROOT else placed(kept[folder]).entry.size
            counted = (name for name in below if gone or kept[name].change is not Change.REMOVED)
            assert listing.totals[folder] == own + sum(listing.totals[name] for name in counted)
        there = (one.after.entry for one in kept.values() if one.after)
        assert listing.totals[ROOT] == sum(one.size for one in there if one.kind is EntryKind.FILE)
