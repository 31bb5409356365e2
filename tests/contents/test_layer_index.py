from __future__ import annotations

import io
import random
import tarfile
from contextlib import suppress
from hashlib import blake2b, sha256
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.contents.entry import EntryKind
from nixdive.contents.layer_index import index_layer
from nixdive.errors import MalformedImageError
from tests.contents.test_tar import FORMATS, KINDS
from tests.examples import examples
from tests.gnu_tar import gnu_tar

if TYPE_CHECKING:
    from pathlib import Path


def member(name: str, data: bytes = b"", **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, data


def tar(*members: tuple[tarfile.TarInfo, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form, errors="surrogateescape") as file:
        for info, data in members:
            file.addfile(info, io.BytesIO(data))
    return out.getvalue()


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def header(name: bytes, size: bytes = b"00000000000\0", flag: bytes = b"0") -> bytes:
    block = bytearray(512)
    block[: len(name)] = name
    block[100:108] = b"0000644\0"
    block[124:136] = size
    block[148:156] = b" " * 8
    block[156:157] = flag
    block[257:265] = b"ustar\x0000"
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


MEMBERS = (
    member("a/", type=tarfile.DIRTYPE, mode=0o755, mtime=1),
    member("a/file", b"data" * 300, mode=0o4755, uid=1000, gid=100, mtime=1_700_000_000),
    member("a/empty"),
    member("a/link", type=tarfile.SYMTYPE, linkname="../b"),
    member("a/hard", type=tarfile.LNKTYPE, linkname="a/file"),
    member("dev/null", type=tarfile.CHRTYPE),
    member("dev/sda", type=tarfile.BLKTYPE),
    member("pipe", type=tarfile.FIFOTYPE),
    member("/absolute", b"x"),
    member("./dotted", b"y" * 511),
    member("caf\udce9", b"z" * 513),
)


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("size", [1 << 20, 700, 512, 1])
def test_an_index_says_what_tarfile_says(form: int, size: int) -> None:
    long = () if form == tarfile.USTAR_FORMAT else (member("d/" * 90 + "n" * 200, b"deep", linkname=""),)
    links = () if form == tarfile.USTAR_FORMAT else (member("l", type=tarfile.SYMTYPE, linkname="t" * 300),)
    data = tar(*MEMBERS, member("p/" * 60 + "prefixed", b"1"), *long, *links, form=form)
    index = index_layer(pieces(data, size), "layer")
    assert index.size == len(data)
    assert index.diff_id == f"sha256:{sha256(data).hexdigest()}"
    with tarfile.open(fileobj=io.BytesIO(data), errors="surrogateescape") as file:
        expected = list(file)
    assert len(expected) == len(index.entries)
    for entry, info in zip(index.entries, expected, strict=True):
        raw = info.name.encode("utf-8", "surrogateescape")
        assert entry.name == b"/" + raw.removeprefix(b"./").strip(b"/")
        assert (entry.kind, entry.mode) == (KINDS[info.type], info.mode)
        assert (entry.uid, entry.gid, entry.mtime) == (info.uid, info.gid, info.mtime)
        if info.isreg():
            body = data[info.offset_data : info.offset_data + info.size]
            assert (entry.size, entry.offset) == (info.size, info.offset_data)
            assert entry.digest == blake2b(body, digest_size=16).digest()
        elif info.islnk():
            assert (entry.size, entry.target) == (0, b"/" + info.linkname.encode())
        else:
            assert (entry.size, entry.target, entry.digest) == (0, info.linkname.encode(), b"")


def test_sizes_and_times_of_pax_hold() -> None:
    info, data = member("big-times", b"12345", mtime=1.75, uid=3_000_000_000, gid=8 << 30)
    entry = index_layer([tar((info, data))], "layer").entries[0]
    assert (entry.mtime, entry.uid, entry.gid, entry.size) == (1, 3_000_000_000, 8 << 30, 5)
    early = index_layer([tar(member("early", mtime=-1.5))], "layer").entries[0]
    assert early.mtime == -2


@pytest.mark.parametrize(
    ("name", "kind", "shown"),
    [
        ("d/.wh.gone", EntryKind.WHITEOUT, b"/d/gone"),
        (".wh.top", EntryKind.WHITEOUT, b"/top"),
        ("d/.wh..wh..opq", EntryKind.OPAQUE, b"/d"),
        (".wh..wh..opq", EntryKind.OPAQUE, b"/"),
        ("d/x.wh..wh..opq", EntryKind.FILE, b"/d/x.wh..wh..opq"),
        ("d/.wh.x/y", EntryKind.FILE, b"/d/.wh.x/y"),
        ("d/.wh.", EntryKind.WHITEOUT, b"/d/"),
    ],
)
def test_whiteouts_are_told_apart(name: str, kind: EntryKind, shown: bytes) -> None:
    index = index_layer([tar(member(name))], "layer")
    assert [(entry.name, entry.kind) for entry in index.entries] == [(shown, kind)]


def test_what_aufs_keeps_is_left_out() -> None:
    assert index_layer([tar(member(".wh..wh.plnk/"), member(".wh..wh.aufs"))], "layer").entries == ()


def test_references_are_found_across_pieces() -> None:
    hashes = [f"{digit * 32}".encode() for digit in "0sz"]
    body = random.Random(2).randbytes(3000) + b"".join(b"/nix/store/" + one + b"-x\n" for one in hashes)
    data = tar(
        member("f", body + bytes(2000)),
        member("none", b"/nix/store/" + b"e" * 32),
        member("l", type=tarfile.SYMTYPE, linkname="/nix/store/" + "a" * 32 + "-y/bin"),
    )
    for size in (1, 7, 43, 512, 3100, 1 << 20):
        first, second, third = index_layer(pieces(data, size), "layer").entries
        assert first.references == frozenset(hashes), size
        assert second.references == frozenset()
        assert third.references == {b"a" * 32}


def test_totals_count_what_is_there() -> None:
    index = index_layer([tar(*MEMBERS, member(".wh.x"))], "layer")
    assert index.files == len(MEMBERS) - 1
    assert index.file_bytes == 1200 + 1 + 511 + 513


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"not a tar at all " * 100, "checksum"),
        (b"short", "ends too early"),
        (tar(member("big", b"x" * 9000))[:4000], "in the middle of big"),
        (header(b"big", b"77777777777\0") + bytes(1024), "in the middle of big"),
        (header(b"big", b"\x80\0\0\0" + (1 << 62).to_bytes(8, "big")) + bytes(1024), "in the middle of big"),
        (header(b"neg", b"\xff" * 10 + (-512).to_bytes(2, "big", signed=True)), "negative"),
        (header(b"odd", b"zzzzzzzzzzz\0"), "digits"),
        (header(b"odd", b"00000000008\0"), "octal|literal|digit"),
        (header(b"v", flag=b"V"), "v is the label of a volume"),
        (header(b"q", flag=b"q"), "unknown type"),
        (header(b"../up"), "leaves the root"),
        (header(b"x", b"00000002000\0", b"x") + b"999999 path=x\n".ljust(1024, b"\0"), "as long as it says"),
        (header(b"x", b"00000000013\0", b"x") + b"11 size=-1\n".ljust(512, b"\0") + header(b"y"), "negative"),
        (header(b"x", b"00100000000\0", b"x"), "larger than 1 MiB"),
    ],
)
def test_what_is_no_layer_is_refused_with_the_cause(data: bytes, cause: str) -> None:
    with pytest.raises(MalformedImageError, match=cause) as caught:
        index_layer(pieces(data, 600), "image.tar: layer.tar")
    assert str(caught.value).startswith("image.tar: layer.tar: ")


def test_names_cannot_imply_directories_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIXDIVE_BOUNDS", "implied-folders=10000")
    deep = [member(f"{n}/" + "d/" * 40 + "f") for n in range(10)]
    with pytest.raises(MalformedImageError, match="imply"):
        index_layer([tar(*deep)], "layer")
    folders = {"/".join(info.name.split("/")[:depth]) for info, _ in deep for depth in range(1, 42)}
    listed = [member(name, type=tarfile.DIRTYPE) for name in sorted(folders)]
    assert index_layer([tar(*listed, *deep)], "layer").files == 10


def test_names_in_errors_are_visible_and_short() -> None:
    with pytest.raises(MalformedImageError) as caught:
        index_layer([header(b"\x1b[2J" + b"/.." * 30, flag=b"0")], "layer")
    assert str(caught.value).isprintable()
    with pytest.raises(MalformedImageError) as caught:
        index_layer([tar(member("../" * 400 + "n" * 60_000))], "layer")
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("data", [b"", bytes(1024), bytes(512), tar()])
def test_a_layer_may_be_empty(data: bytes) -> None:
    index = index_layer([data] if data else [], "layer")
    assert (index.entries, index.size) == ((), len(data))
    assert index.diff_id == f"sha256:{sha256(data).hexdigest()}"


@examples(60)
@given(
    st.lists(st.tuples(st.binary(min_size=1, max_size=300), st.binary(max_size=2000)), max_size=6),
    st.integers(1, 3000),
)
def test_any_names_and_data_come_back(files: list[tuple[bytes, bytes]], size: int) -> None:
    files = [
        (name.replace(b"\0", b"0").replace(b"/", b"_").replace(b".", b"_"), body) for name, body in files
    ]
    members = [member(name.decode("utf-8", "surrogateescape"), body) for name, body in files]
    data = tar(*members, form=tarfile.GNU_FORMAT)
    index = index_layer(pieces(data, size), "layer")
    assert [entry.name for entry in index.entries] == [b"/" + name for name, _ in files]
    for entry, (_, body) in zip(index.entries, files, strict=True):
        assert data[entry.offset : entry.offset + entry.size] == body


@examples(200)
@given(st.binary(max_size=1600), st.integers(0, 1500))
def test_damaged_tars_end_in_one_error_or_an_index(noise: bytes, at: int) -> None:
    data = bytearray(tar(*MEMBERS))
    data[at : at + len(noise)] = noise
    with suppress(MalformedImageError):
        index_layer([bytes(data)], "layer")


def test_a_sparse_file_is_what_it_is_without_holes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    body = bytes(5 << 20) + b"/nix/store/" + b"a" * 32 + bytes(3000) + b"end" + bytes(1 << 20)
    with (tmp_path / "s").open("wb") as file:
        for at in (body.index(b"/nix"), body.index(b"end")):
            file.seek(at)
            file.write(body[at : at + 43].rstrip(b"\0"))
        file.truncate(len(body))
    packed = gnu_tar(tmp_path, "--sparse", "--hole-detection=raw", names=["s"])
    assert len(packed) < 20_000
    (plain,) = index_layer([tar(member("s", body))], "layer").entries
    for size in (1000, 1 << 20):
        (sparse,) = index_layer(pieces(packed, size), "layer").entries
        assert sparse._replace(offset=0, extents=None, mode=0, mtime=0, uid=0, gid=0) == plain._replace(
            offset=0, mode=0, mtime=0, uid=0, gid=0
        )
        assert sparse.extents is not None
        data = bytearray(len(body))
        at = sparse.offset
        for start, length in sparse.extents:
            data[start : start + length] = packed[at : at + length]
            at += length
        assert bytes(data) == body
    monkeypatch.setenv("NIXDIVE_BOUNDS", "holes=1000")
    assert index_layer([packed], "layer").entries[0].digest != plain.digest
