"""The tar reader beside Python's tarfile and GNU tar, on whole archives and on damaged ones."""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.contents import tar as tar_module
from nixdive.contents.entry import EntryKind, stretches
from nixdive.contents.tar import Pieces, Span, TarReader
from nixdive.contents.tar_header import is_header
from nixdive.errors import MalformedImageError
from tests.examples import examples
from tests.gnu_tar import gnu_tar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nixdive.contents.tar_header import TarMember

BLOCK = 512
FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
KINDS = {
    tarfile.REGTYPE: EntryKind.FILE,
    tarfile.LNKTYPE: EntryKind.HARDLINK,
    tarfile.SYMTYPE: EntryKind.SYMLINK,
    tarfile.CHRTYPE: EntryKind.CHARACTER,
    tarfile.BLKTYPE: EntryKind.BLOCK,
    tarfile.DIRTYPE: EntryKind.DIRECTORY,
    tarfile.FIFOTYPE: EntryKind.FIFO,
}


def packed(members: list[tuple[dict[str, Any], bytes]], form: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form, errors="surrogateescape") as tar:
        for fields, data in members:
            info = tarfile.TarInfo()
            for field, value in fields.items():
                setattr(info, field, value)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def as_v7(data: bytes) -> bytes:
    """Return an archive of plain short names without what POSIX added to its headers."""
    made = bytearray(data)
    for member in TarReader(Pieces([data]), "x"):
        at = member.start - BLOCK
        made[at + 257 : at + 512] = bytes(255)
        made[at + 148 : at + 156] = b" " * 8
        made[at + 148 : at + 156] = b"%06o\0 " % sum(made[at : at + 512])
    return bytes(made)


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def read(data: bytes, size: int = 1 << 20) -> list[TarMember]:
    return list(TarReader(Pieces(pieces(data, size)), "some.tar"))


@contextmanager
def in_file(data: bytes, before: int = 0) -> Iterator[Span]:
    """Lay an archive into a file, between other bytes."""
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(b"\xff" * before + data + b"\xff" * 700)
        yield Span(file.fileno(), before, len(data))


def read_in_file(data: bytes, before: int = 0) -> list[TarMember]:
    with in_file(data, before) as window:
        return list(TarReader(window, "some.tar"))


def whole(data: bytes, member: TarMember) -> bytes:
    """Return the data of a member, holes and all."""
    found = stretches(member.start, member.size, member.extents)
    return b"".join(bytes(count) if at is None else data[at : at + count] for count, at in found)


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1, max_size=180)
LONG = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
NUMBERS = st.integers(0, 0o7777777)
FIELDS = st.fixed_dictionaries(
    {
        "name": LONG,
        "mode": st.integers(0, 0o7777),
        "uid": NUMBERS | st.integers(0, 1 << 40),
        "gid": NUMBERS,
        "mtime": st.integers(0, 1 << 36),
        "uname": st.text("abc-é", max_size=12),
        "gname": st.text("xyz", max_size=40),
    }
)
PLAIN = st.tuples(FIELDS, st.binary(max_size=2000))
LINKS = st.tuples(
    st.builds(
        lambda fields, kind, target: fields | {"type": kind, "linkname": target},
        FIELDS,
        st.sampled_from(
            [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE]
        ),
        LONG,
    ),
    st.just(b""),
)


@examples(150)
@given(
    st.lists(PLAIN | LINKS, max_size=5),
    st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
    st.integers(1, 5000),
)
def test_what_tarfile_writes_is_read_as_tarfile_reads_it(
    members: list[tuple[dict[str, Any], bytes]], form: int, size: int
) -> None:
    data = packed(members, form)
    with tarfile.open(fileobj=io.BytesIO(data), errors="surrogateescape") as tar:
        expected = list(tar)
    found = read(data, size)
    assert found == read_in_file(data, size)
    assert len(found) == len(expected)
    for mine, theirs in zip(found, expected, strict=True):
        # the trailing slash of a directory is not a part of its name
        assert os.fsdecode(mine.name).rstrip("/") == theirs.name.rstrip("/")
        assert (mine.kind, mine.mode, mine.size) == (KINDS[theirs.type], theirs.mode, theirs.size)
        assert (mine.uid, mine.gid, mine.mtime) == (theirs.uid, theirs.gid, theirs.mtime)
        assert (os.fsdecode(mine.uname), os.fsdecode(mine.gname)) == (theirs.uname, theirs.gname)
        assert mine.start == theirs.offset_data
        if mine.kind in {EntryKind.SYMLINK, EntryKind.HARDLINK}:
            assert os.fsdecode(mine.link) == theirs.linkname


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.binary(max_size=600)), min_size=1, max_size=4))
def test_a_header_needs_no_magic(files: list[tuple[str, bytes]]) -> None:
    data = packed(
        [({"name": name, "mode": 0o640, "mtime": 7}, body) for name, body in files], FORMATS["ustar"]
    )
    old = as_v7(data)
    assert b"ustar" not in old[:512]
    assert is_header(old)
    assert [one._replace(owners=b"") for one in read(data)] == read(old)


def test_a_directory_of_v7_ends_in_a_slash() -> None:
    data = packed(
        [({"name": "d/", "type": tarfile.AREGTYPE}, b""), ({"name": "d/f"}, b"x")], FORMATS["ustar"]
    )
    assert [one.kind for one in read(as_v7(data))] == [EntryKind.DIRECTORY, EntryKind.FILE]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    (folder / "plain").write_bytes(b"plain" * 200)
    (folder / "empty").touch()
    with (folder / "holes").open("wb") as file:
        for at in (3 << 20, 5 << 20, *range(6 << 20, 9 << 20, 1 << 16)):
            file.seek(at)
            file.write(os.urandom(4096))
        file.truncate(10 << 20)
    with (folder / "begins").open("wb") as file:
        file.write(b"data" * 1024)
        file.truncate(1 << 20)
    (folder / "nothing").touch()
    os.truncate(folder / "nothing", 1 << 20)
    (folder / "link").symlink_to("plain")
    (folder / "hard").hardlink_to(folder / "plain")
    return folder


@pytest.mark.parametrize(
    "options",
    [
        ["--format=gnu", "--sparse"],
        ["--format=oldgnu", "--sparse"],
        *[["--format=posix", "--sparse", f"--sparse-version={version}"] for version in ("0.0", "0.1", "1.0")],
        ["--format=ustar"],
        ["--format=v7"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("size", [1 << 20, 512, 700])
def test_what_gnu_tar_writes_is_read(tree: Path, options: list[str], size: int) -> None:
    data = gnu_tar(tree, *options)
    found = read(data, size)
    assert found == read_in_file(data, 100)
    assert sum(one.extents is not None for one in found) == (3 if "--sparse" in options else 0)
    names = {os.fsdecode(one.name).removeprefix("./").rstrip("/"): one for one in found}
    assert names.keys() == {"", "plain", "hard", "empty", "holes", "begins", "nothing", "link"}
    for name, member in names.items():
        status = (tree / name).lstat()
        assert (member.mode, member.mtime) == (status.st_mode & 0o7777, int(status.st_mtime))
        if member.kind is EntryKind.FILE:
            assert whole(data, member) == (tree / name).read_bytes(), name
            assert member.stored < member.size or member.extents is None


def test_long_names_of_gnu_tar_are_read(tmp_path: Path) -> None:
    deep = tmp_path / "tree" / "/".join(["d" * 200] * 3)
    deep.mkdir(parents=True)
    (deep / ("n" * 250)).write_bytes(b"x")
    (deep / "link").symlink_to("t" * 300)
    for form in ("gnu", "posix"):
        data = gnu_tar(tmp_path / "tree", f"--format={form}")
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            expected = [(one.name, one.linkname) for one in tar]
        assert [(os.fsdecode(one.name).rstrip("/"), os.fsdecode(one.link)) for one in read(data)] == expected


SMALL: list[tuple[dict[str, Any], bytes]] = [
    ({"name": "first", "mtime": 5}, b"data"),
    ({"name": "n" * 120, "uname": "me"}, b"d" * 700),
    ({"name": "dir", "type": tarfile.DIRTYPE, "mode": 0o755}, b""),
    ({"name": "link", "type": tarfile.SYMTYPE, "linkname": "first"}, b""),
]


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_no_byte_of_a_header_changes_unnoticed(form: int) -> None:
    data = packed([one for one in SMALL if form != tarfile.USTAR_FORMAT or len(one[0]["name"]) < 100], form)
    members = read(data)
    end = data.rindex(b"link\0") // BLOCK * BLOCK + BLOCK
    headers = [member.start - BLOCK for member in members]
    for start in (*headers, end, end + BLOCK):
        for at in range(start, start + BLOCK):
            for mask in (1, 0x10, 0x20, 0x80, 0xFF):
                changed = bytearray(data)
                changed[at] ^= mask
                try:
                    # a leading zero of the checksum may as well be a space, a NUL behind it too
                    assert read(bytes(changed)) == members, (at, mask)
                except MalformedImageError:
                    continue
                assert start + 148 <= at < start + 156, (at, mask)


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_no_cut_is_taken_for_the_end(form: int) -> None:
    data = packed([one for one in SMALL if form != tarfile.USTAR_FORMAT or len(one[0]["name"]) < 100], form)
    end = data.rindex(b"link\0") // BLOCK * BLOCK + BLOCK
    seen = set()
    for size in [*range(2, end, 7), *range(end, end + 1200), *range(512, len(data), 512)]:
        for kind in (nullcontext(Pieces([data[:size]])), in_file(data[:size])):
            with kind as window:
                reader = TarReader(window, "x")
                try:
                    count = len(list(reader))
                except MalformedImageError:
                    count = -1
                seen.add(count)
                assert (count == -1 and size < end) or (reader.marks == 2) == (size >= end + 2 * BLOCK), size
    assert {-1, len(read(data))} < seen


def test_a_cut_names_the_member() -> None:
    data = packed(SMALL, tarfile.GNU_FORMAT)
    for size, told in (
        (100, "it ends too early"),
        (514, "it ends too early in the middle of first"),
        (1100, "it ends too early behind first"),
    ):
        for kind in (nullcontext(Pieces([data[:size]])), in_file(data[:size])):
            with kind as window, pytest.raises(MalformedImageError) as caught:
                list(TarReader(window, "a.tar: layer"))
            assert str(caught.value) == f"a.tar: layer: {told}"


def test_a_bad_header_names_its_place() -> None:
    data = bytearray(packed(SMALL, tarfile.GNU_FORMAT))
    data[1030] ^= 1
    for damaged, told in (
        (bytes(data), "at byte 1024, behind first: the checksum of a header is wrong"),
        (b"text" * 500, "it is not a tar that can be read: the checksum of a header is wrong"),
    ):
        with pytest.raises(MalformedImageError) as caught:
            read(damaged)
        assert str(caught.value) == f"some.tar: {told}"


def test_one_block_of_zeros_is_no_end() -> None:
    data = packed(SMALL[:1], tarfile.GNU_FORMAT)[:1024]
    with pytest.raises(MalformedImageError, match="a single block of zeros, where two mark the end"):
        read(data + bytes(512) + data)
    reader = TarReader(Pieces([data + bytes(512)]), "x")
    assert (len(list(reader)), reader.marks) == (1, 1)
    reader = TarReader(Pieces([data]), "x")
    assert (len(list(reader)), reader.marks) == (1, 0)
    assert len(read(data + bytes(1024) + data)) == 1


def test_data_of_the_last_member_need_no_padding() -> None:
    data = packed(SMALL[:1], tarfile.GNU_FORMAT)
    reader = TarReader(Pieces([data[: 512 + 4]]), "x")
    assert (len(list(reader)), reader.marks) == (1, 0)


def test_data_in_a_file_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed([({"name": f"f{number}"}, bytes(1 << 20)) for number in range(20)], tarfile.PAX_FORMAT)
    counted = []

    def pread(descriptor: int, count: int, at: int) -> bytes:
        found = os.pread(descriptor, count, at)
        counted.append(len(found))
        return found

    monkeypatch.setattr(tar_module, "os", type("os", (), {"pread": staticmethod(pread)}))
    with in_file(data) as window:
        assert len(list(TarReader(window, "x"))) == 20
    assert sum(counted) <= 21 * tar_module._AHEAD


def test_counts_and_names_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed([({"name": f"{number}" * 50}, b"") for number in range(4)], tarfile.GNU_FORMAT)
    monkeypatch.setenv("NIXDIVE_BOUNDS", "archive-entries=3")
    with pytest.raises(MalformedImageError, match=r"more than 3 entries \(the bound archive-entries"):
        list(TarReader(Pieces([data]), "x", "archive-entries"))
    monkeypatch.setenv("NIXDIVE_BOUNDS", "tar-names=160")
    with pytest.raises(MalformedImageError, match="names take more than 160 B"):
        read(data)


def header(name: bytes, size: int, flag: bytes, **fields: bytes) -> bytes:
    block = bytearray(BLOCK)
    block[: len(name)] = name
    block[100:108] = b"0000644\0"
    block[124:136] = b"%011o\0" % size
    block[156:157] = flag
    block[257:265] = b"ustar  \0"
    for at, value in fields.items():
        block[int(at[1:]) : int(at[1:]) + len(value)] = value
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def old_sparse(pairs: list[tuple[int, int]], stored: int, size: int) -> bytes:
    fields = {f"_{386 + 24 * i}": b"%011o\0%011o\0" % pair for i, pair in enumerate(pairs)}
    return header(b"s", stored, b"S", _483=b"%011o\0" % size, **fields) + b"d" * stored


def pax_sparse(records: bytes, data: bytes) -> bytes:
    return (
        header(b"x", len(records), b"x")
        + records.ljust(-(-len(records) // BLOCK) * BLOCK, b"\0")
        + header(b"s", len(data), b"0")
        + data
    )


def record(keyword: bytes, value: bytes) -> bytes:
    rest = b" %b=%b\n" % (keyword, value)
    length = len(rest) + 1
    while len(b"%d" % length) + len(rest) != length:
        length += 1
    return b"%d%b" % (length, rest)


NEWEST = record(b"GNU.sparse.major", b"1") + record(b"GNU.sparse.minor", b"0")


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (old_sparse([(0, 600)], 512, 600), "does not fit its data"),
        (old_sparse([(512, 512)], 512, 600), "does not fit its data"),
        (old_sparse([(512, 256), (0, 256)], 512, 2000), "out of order"),
        (old_sparse([(0, 256), (100, 256)], 512, 2000), "out of order"),
        (header(b"s", 512, b"S", _482=b"\1", _483=b"%011o\0" % 512), "does not fit its data"),
        (pax_sparse(NEWEST + record(b"GNU.sparse.realsize", b"9"), b"x\n".ljust(512)), "cannot be read"),
        (pax_sparse(NEWEST + record(b"GNU.sparse.realsize", b"9"), b"9" * 512), "cannot be read"),
        (pax_sparse(NEWEST + record(b"GNU.sparse.realsize", b"9"), b"99999\n".ljust(512)), "cannot be read"),
        (pax_sparse(NEWEST, b"0\n".ljust(512)), "cannot be read"),
        (
            pax_sparse(record(b"GNU.sparse.map", b"0,5,x,1") + record(b"GNU.sparse.size", b"9"), b"x" * 512),
            "cannot be read",
        ),
        (
            pax_sparse(record(b"GNU.sparse.map", b"0,5,7") + record(b"GNU.sparse.size", b"9"), b"x" * 512),
            "cannot be read",
        ),
    ],
)
def test_odd_maps_of_sparse_files_are_refused(data: bytes, cause: str) -> None:
    with pytest.raises(MalformedImageError, match=cause) as caught:
        read(data + bytes(1024))
    assert str(caught.value).startswith("some.tar: ")


def test_a_map_may_be_cut() -> None:
    for data in (header(b"s", 512, b"S", _482=b"\1"), pax_sparse(NEWEST, b"9" * 512)[:-512]):
        with pytest.raises(MalformedImageError, match=r"too early in the middle of s$|cannot be read"):
            read(data)


def test_a_sparse_file_of_an_unknown_version_is_a_plain_one() -> None:
    (found,) = read(pax_sparse(record(b"GNU.sparse.major", b"7"), b"x" * 512) + bytes(1024))
    assert (found.size, found.extents) == (512, None)


@examples(300)
@given(st.binary(max_size=600), st.integers(0, 3000), st.sampled_from([*FORMATS.values()]))
def test_noise_ends_in_one_error_or_in_members(noise: bytes, at: int, form: int) -> None:
    data = bytearray(packed([one for one in SMALL if len(one[0]["name"]) < 100], form)[:4096])
    data[at : at + len(noise)] = noise
    told = "some.tar: "
    try:
        for member in read(bytes(data)):
            assert member.start + member.stored <= len(data)
    except MalformedImageError as error:
        told = str(error)
    assert told.startswith("some.tar: ")
    assert "\n" not in told
