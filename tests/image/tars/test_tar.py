from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.contents.disk import DiskContents
from nixdive.contents.entry import FileEntry, Kind
from nixdive.errors import UnreadablePathError
from nixdive.image.oci.spec import Stamp
from nixdive.image.tars.tar import TarLayer
from tests.examples import examples

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.layering.plan import LayerPlan

_TYPES = {Kind.FILE: tarfile.REGTYPE, Kind.SYMLINK: tarfile.SYMTYPE, Kind.DIRECTORY: tarfile.DIRTYPE}


class _Memory:
    """Contents whose file entries carry their own data by name."""

    def __init__(self, data: Any) -> None:
        self._data = data

    def has(self, path: Any) -> Any:
        return True

    def entries(self, path: Any) -> Any:
        return []

    def open(self, entry: Any) -> Any:
        return io.BytesIO(self._data[entry.name])


def _bytes(layer: Any, buffer_size: int = 1 << 12) -> Any:
    buffer = memoryview(bytearray(buffer_size))
    return b"".join(bytes(block) for block in layer.blocks(lambda: buffer))


def _by_tarfile(entries: Any, data: Any, stamp: Any) -> Any:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT, encoding="utf-8") as tar:
        for entry in entries:
            info = tarfile.TarInfo(entry.name.decode("utf-8", "surrogateescape"))
            info.type, info.mode, info.size = _TYPES[entry.kind], entry.mode, entry.size
            info.linkname = entry.target.decode("utf-8", "surrogateescape")
            info.mtime, info.uid, info.gid = stamp.mtime, stamp.uid, stamp.gid
            info.uname, info.gname = stamp.uname, stamp.gname
            tar.addfile(info, io.BytesIO(data.get(entry.name, b"")))
    return out.getvalue()


def _data(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    assert file is not None
    return file.read()


_NAME = st.one_of(
    st.binary(min_size=1, max_size=130).map(lambda raw: raw.replace(b"\0", b"0").replace(b"/", b"1")),
    st.text("abé名\U0001f600-. ", min_size=1, max_size=130).map(lambda text: text.encode()),
    st.integers(90, 105).map(lambda length: b"n" * length),
)


@st.composite
def _trees(draw: st.DrawFn) -> Any:
    data, entries = {}, []
    for name in draw(st.lists(_NAME, max_size=6, unique=True)):
        kind = draw(st.sampled_from(Kind))
        full = b"/nix/store/" + name
        mode = draw(st.integers(0, 0o7777))
        if kind is Kind.FILE:
            data[full] = draw(st.integers(0, 6000)) * b"x"
            entries.append(FileEntry(full, kind, mode, len(data[full])))
        else:
            entries.append(FileEntry(full, kind, mode, 0, draw(_NAME) if kind is Kind.SYMLINK else b""))
    return entries, data


_STAMPS = st.builds(
    Stamp,
    st.one_of(st.integers(-5, 5), st.integers(8**11 - 2, 8**11 + 2)),
    st.one_of(st.integers(0, 9), st.integers(2**21 - 2, 2**21 + 2)),
    st.one_of(st.integers(0, 9), st.integers(2**21 - 2, 2**21 + 2)),
    st.text("aé", max_size=40),
    st.text("bz", max_size=40),
)


@examples(150)
@given(_trees(), _STAMPS, st.integers(1024, 9000))
def test_bytes_are_those_of_tarfile(tree: Any, stamp: Any, buffer_size: int) -> None:
    entries, data = tree
    layer = TarLayer(entries, _Memory(data), stamp)
    made = _bytes(layer, buffer_size)
    assert made == _by_tarfile(entries, data, stamp)
    assert len(made) == layer.size


@pytest.mark.parametrize("buffer_size", [700, 1 << 18, 1 << 22])
def test_a_store_layer_is_the_same_whatever_the_buffer(
    store: Path, contents: DiskContents, plan: LayerPlan, buffer_size: int
) -> None:
    paths = [path for layer in plan.layers for path in layer.paths]
    layer = TarLayer.of_paths(paths, contents, Stamp())
    made = _bytes(layer, buffer_size)
    assert len(made) == layer.size
    with tarfile.open(fileobj=io.BytesIO(made)) as tar:
        members = tar.getmembers()
        assert [member.name for member in members[:2]] == ["/nix", "/nix/store"]
        assert not any(member.islnk() for member in members)
        for member in members:
            if member.isreg():
                assert _data(tar, member) == (store / member.name[1:]).read_bytes()


def test_a_layer_without_paths_has_only_the_store() -> None:
    assert TarLayer.of_paths((), DiskContents(), Stamp()).size == 10_240


@pytest.mark.parametrize("change", [b"", b"yyy" * 400_000])
@pytest.mark.parametrize("name", ["f3", "data"])
def test_a_file_that_changes_its_size_is_an_error(
    store: Path, contents: DiskContents, plan: LayerPlan, change: Any, name: str
) -> None:
    path = plan.layers[2].paths[0]
    layer = TarLayer.of_paths((path,), contents, Stamp())
    (store / path[1:] / name).write_bytes(change if name == "f3" else change * 5)
    with pytest.raises(UnreadablePathError, match="changed"):
        _bytes(layer)
