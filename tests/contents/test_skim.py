"""An index of headers alone says what a pass over all bytes says, wherever the tar comes from."""

from __future__ import annotations

import os
import tarfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.contents import skim as skim_module
from nixdive.contents.entry import NOTHING
from nixdive.contents.layer_index import Facts, LayerIndex, index_headers, index_layer
from nixdive.contents.tar import Pieces, TarReader
from nixdive.errors import MalformedImageError
from tests.contents.test_layer_index import MEMBERS, member, pieces, tar
from tests.contents.test_tar import FIELDS, FORMATS, in_file
from tests.examples import examples

if TYPE_CHECKING:
    from collections.abc import Callable

SHORT = st.sampled_from(["a", "a/b", "./a/b", "a/b/", "/a/b", "a//c", ".hidden", "a/.wh.b", "a/.wh..wh..opq"])
NAMES = st.lists(
    st.sampled_from(["a", "b", "nix", "store", ".", "..x", ".wh.a", "c" * 60, "d" * 120]),
    min_size=1,
    max_size=5,
).map("/".join)
PLAIN = st.tuples(
    st.builds(lambda fields, name: fields | {"name": name}, FIELDS, NAMES | SHORT), st.binary(max_size=1500)
)
OTHER = st.tuples(
    st.builds(
        lambda fields, name, kind, target: fields | {"name": name, "type": kind, "linkname": target},
        FIELDS,
        NAMES | SHORT,
        st.sampled_from([tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE]),
        NAMES,
    ),
    st.just(b""),
)
MADE = st.lists(PLAIN | OTHER, max_size=8)


def outcome(made: Callable[[], LayerIndex]) -> tuple[Any, ...]:
    """Return the entries without what is in data, and the size; or the error."""
    try:
        index = made()
    except MalformedImageError as error:
        return (str(error),)
    return tuple(one._replace(digest=b"", references=NOTHING) for one in index.entries), index.size


def check(data: bytes, size: int) -> None:
    expected = outcome(lambda: index_layer(pieces(data, size), "layer"))
    assert outcome(lambda: index_layer(pieces(data, size), "layer", facts=Facts.NONE)) == expected
    for before in (0, 700):
        with in_file(data, before) as window:
            assert outcome(lambda: index_headers(TarReader(window, "layer"), len(data))) == expected


def written(members: list[tuple[dict[str, Any], bytes]], form: int) -> bytes:
    made = []
    for fields, data in members:
        info = tarfile.TarInfo()
        for field, value in (fields | {"size": len(data)}).items():
            setattr(info, field, value)
        made.append((info, data))
    return tar(*made, form=form)


@examples(150)
@given(MADE, st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]), st.integers(1, 5000))
def test_headers_say_what_the_whole_says(
    members: list[tuple[dict[str, Any], bytes]], form: int, size: int
) -> None:
    check(written(members, form), size)


@examples(150)
@given(MADE, st.binary(max_size=700), st.integers(0, 6000), st.integers(1, 5000))
def test_a_damaged_tar_ends_in_the_same_error(
    members: list[tuple[dict[str, Any], bytes]], noise: bytes, at: int, size: int
) -> None:
    data = bytearray(written(members, tarfile.PAX_FORMAT))
    data[at : at + len(noise)] = noise
    check(bytes(data), size)


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_every_cut_ends_in_the_same_error(form: int) -> None:
    named = () if form == tarfile.USTAR_FORMAT else ("a/" + "n" * 200, "a/" + "m" * 150)
    long = [member(name, b"deep") for name in named]
    data = tar(*MEMBERS, *long, form=form)
    for end in range(0, len(data), 97):
        check(data[:end], 1 << 20)


def test_few_calls_read_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of files of a megabyte each, the headers are read and little more."""
    data = tar(member("a/", type=tarfile.DIRTYPE), *(member(f"a/{n}", bytes(1 << 20)) for n in range(20)))
    read: list[int] = []
    pread = os.pread

    def counted(descriptor: int, count: int, offset: int) -> bytes:
        found = pread(descriptor, count, offset)
        read.append(len(found))
        return found

    with in_file(data) as window:
        monkeypatch.setattr(os, "pread", counted)
        index = index_headers(TarReader(window, "x"), len(data))
    assert len(index.entries) == 21
    assert len(read) <= 25
    assert sum(read) <= 25 * 4096


def test_limits_hold_between_the_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    data = tar(member("a/", type=tarfile.DIRTYPE), *(member(f"a/{n}") for n in range(50)))
    monkeypatch.setattr(skim_module, "_MOST", 7)
    check(data, 999)
    monkeypatch.setenv("NIXDIVE_BOUNDS", "tar-entries=30")
    with pytest.raises(MalformedImageError, match="more than 30 entries"):
        index_headers(TarReader(Pieces([data]), "x"), len(data))
