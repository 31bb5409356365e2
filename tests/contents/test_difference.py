from __future__ import annotations

from hypothesis import given

from nixdive.contents.difference import Change, changed_between, counted, same
from nixdive.contents.entry import EntryKind
from nixdive.contents.file_tree import extended, stacked
from tests.contents.layers import entry, layers
from tests.contents.test_file_tree import IMAGES
from tests.examples import examples


def changes(first: int, last: int, *texts: list[str]) -> dict[str, str]:
    found = changed_between(layers(*texts), first, last)
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
        found = changed_between(indexes, first, len(indexes) - 1)
        assert found.keys() == lower.files.keys() | upper.files.keys()
        assert sum(counted(found).values()) == len(found)
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
