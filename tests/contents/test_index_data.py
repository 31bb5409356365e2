"""An index as bytes: what was read comes back, and what is no index is none."""

from __future__ import annotations

import json
import tarfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.contents.entry import EntryKind, LayerEntry
from nixdive.contents.index_data import FORMAT, index_data, index_in
from nixdive.contents.layer_index import Facts, LayerIndex, index_layer
from tests.contents.test_layer_index import MEMBERS, member, tar
from tests.gnu_tar import gnu_tar, with_holes

if TYPE_CHECKING:
    from pathlib import Path

REFERENCES = (
    member("one", b"/nix/store/" + b"a" * 32 + b"-x /nix/store/" + b"b" * 32 + b"-y"),
    member("other", b"/nix/store/" + b"a" * 32 + b"-x"),
    member("link", type=tarfile.SYMTYPE, linkname="/nix/store/" + "c" * 32 + "-y/bin"),
    member("d/.wh.gone"),
    member("d/.wh..wh..opq"),
    member("early", mtime=-1.5, uid=3_000_000_000, gid=8 << 30),
)


@pytest.mark.parametrize("facts", [Facts.NONE, Facts.REFERENCES, Facts.DIGESTS, Facts.ALL])
def test_what_was_read_comes_back(facts: Facts) -> None:
    index = index_layer([tar(*MEMBERS, *REFERENCES)], "layer", facts=facts)
    found = index_in(index_data(index))
    assert found == replace(index, diff_id="", facts=facts & ~Facts.DIFF_ID)
    assert found is not None
    assert {*map(type, found.entries)} == {LayerEntry}


def test_a_layer_without_files_comes_back() -> None:
    index = LayerIndex((), 1024, "", facts=Facts.REFERENCES)
    assert index_in(index_data(index)) == index


def test_holes_and_names_of_all_bytes_come_back(tmp_path: Path) -> None:
    with_holes(tmp_path / "holes")
    data = gnu_tar(tmp_path, "--sparse", "--format=gnu")
    index = index_layer([data], "layer")
    assert [entry for entry in index.entries if entry.extents]
    odd = LayerEntry(b"/" + bytes(range(1, 256)), EntryKind.SYMLINK, target=bytes(range(256)))
    index = replace(index, entries=(*index.entries, odd))
    found = index_in(index_data(index))
    assert found is not None
    assert found.entries == index.entries


def changed(**keys: Any) -> bytes:
    body = json.loads(index_data(index_layer([tar(*MEMBERS, *REFERENCES)], "layer")))
    return json.dumps({key: value for key, value in (body | keys).items() if value != "gone"}).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"[" * 100_000,
        b"\xff",
        changed(format="nixdive.index/0"),
        changed(format="gone"),
        changed(names="gone"),
        changed(names=[]),
        changed(names=["\u1000"] * (len(MEMBERS) + len(REFERENCES))),
        changed(names=1),
        changed(kinds=["folder"] * (len(MEMBERS) + len(REFERENCES))),
        changed(modes=[1.5] * (len(MEMBERS) + len(REFERENCES))),
        changed(sizes=[True] * (len(MEMBERS) + len(REFERENCES))),
        changed(digests=["x"] * (len(MEMBERS) + len(REFERENCES))),
        changed(references=[99] * (len(MEMBERS) + len(REFERENCES))),
        changed(sets=[[1]]),
        changed(extents=[]),
        changed(extents={"99": [[1, 2]]}),
        changed(extents={"0": [[1]]}),
        changed(size="1"),
        changed(facts=[1]),
    ],
)
def test_what_is_no_index_is_none(data: bytes) -> None:
    assert index_in(changed()) is not None
    assert index_in(data) is None


def test_the_format_says_what_is_in_it() -> None:
    """Whoever changes one of these raises the number: older files then say too little, or something else."""
    assert FORMAT == "nixdive.index/1"
    assert [*json.loads(changed())] == [
        *("format", "size", "facts", "names", "kinds", "modes", "uids", "gids", "sizes", "mtimes", "offsets"),
        *("targets", "digests", "sets", "references", "extents"),
    ]
    assert LayerEntry._fields == (
        *("name", "kind", "mode", "uid", "gid", "size", "mtime", "target", "digest", "offset", "references"),
        "extents",
    )
    assert [fact.value for fact in (Facts.REFERENCES, Facts.DIGESTS)] == [1, 2]
