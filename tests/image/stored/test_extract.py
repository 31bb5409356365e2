from __future__ import annotations

import io
import os
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.errors import Cancelled, ImageError, MalformedImageError, WriteError
from nixdive.image.readers.found import read_image
from nixdive.image.stored.extract import extract
from nixdive.progress import NullProgress
from tests.gnu_tar import gnu_tar, with_holes
from tests.image.made import archive, layer

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.image.readers.stored import StoredImage

BIG = "0123456789" * 300_000  # more than one piece


@pytest.fixture(params=[False, True], ids=["plain", "gzip"])
def image(request: Any, tmp_path: Path) -> StoredImage:
    layers = [
        layer(
            "usr/bin/tool=old", f"usr/lib/big={BIG}", "usr/lib/hard=>usr/lib/big", "bin->usr/bin", "gone=1"
        ),
        layer("usr/bin/tool=new", ".wh.gone=", "d/", "d/a=1", "d/out->/etc/passwd", "empty="),
    ]
    (tmp_path / "in").mkdir()
    return read_image(archive(tmp_path / "in/image.tar", layers, packed=request.param))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def tree(folder: Path) -> dict[str, str]:
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        else:
            found[name] = "/" if path.is_dir() else path.read_text()
    return found


def test_everything(image: StoredImage, out: Path) -> None:
    done = extract(image, "/", out)
    assert tree(out) == {
        "bin": "-> usr/bin",
        "d": "/",
        "d/a": "1",
        "d/out": "-> /etc/passwd",
        "empty": "",
        "usr": "/",
        "usr/bin": "/",
        "usr/bin/tool": "new",
        "usr/lib": "/",
        "usr/lib/big": BIG,
        "usr/lib/hard": BIG,
    }
    assert (out / "usr/lib/big").samefile(out / "usr/lib/hard")
    assert (done.names, done.size, done.left_out) == (11, len(BIG) + 4, ())


def test_one_layer(image: StoredImage, out: Path) -> None:
    extract(image, "/", out, layer=0)
    found = tree(out)
    assert (found["usr/bin/tool"], found["gone"]) == ("old", "1")
    assert "d" not in found
    with pytest.raises(ImageError, match="no layer 3"):
        extract(image, "/", out, layer=2)


@pytest.mark.parametrize("above", ["first=new", ".wh.first=", "other=1"], ids=["replaced", "deleted", "kept"])
def test_a_hard_link_has_the_bytes_of_its_layer_whatever_becomes_of_the_first_name(
    tmp_path: Path, out: Path, above: str
) -> None:
    layers = [layer("first=old", "second=>first", "third=>second"), layer(above)]
    extract(read_image(archive(tmp_path / "image.tar", layers)), "/", out)
    assert (tree(out)["second"], tree(out)["third"]) == ("old", "old")
    assert (out / "second").samefile(out / "third")


@pytest.mark.parametrize("name", ["/usr/lib", "usr/lib/", "./usr/lib"])
def test_a_directory_lands_under_its_own_name(image: StoredImage, out: Path, name: str) -> None:
    extract(image, name, out)
    assert list(tree(out)) == ["lib", "lib/big", "lib/hard"]


def test_a_file_behind_a_link_of_the_image(image: StoredImage, out: Path) -> None:
    extract(image, "/bin/tool", out)
    assert tree(out) == {"tool": "new"}
    extract(image, "bin", out)
    assert tree(out)["bin"] == "-> usr/bin"


@pytest.mark.parametrize("name", ["/nowhere", "/gone", "/bin/nothing", "../etc", "/d/out/x"])
def test_what_is_not_there_is_an_error(image: StoredImage, out: Path, name: str) -> None:
    with pytest.raises(ImageError):
        extract(image, name, out)
    assert not out.exists()


def test_nothing_is_replaced_unless_asked_for(image: StoredImage, out: Path) -> None:
    (out / "usr/lib").mkdir(parents=True)
    (out / "usr/lib/mine").write_text("mine")
    (out / "d").write_text("a file")
    before = tree(out)
    with pytest.raises(WriteError, match="d: it already exists"):
        extract(image, "/", out)
    assert tree(out) == before
    extract(image, "/", out, force=True)
    after = tree(out)
    assert (after["usr/lib/mine"], after["usr/lib/big"], after["d/a"]) == ("mine", BIG, "1")
    assert not list(out.glob(".nixdive-*"))


def test_a_directory_is_never_replaced_by_a_file(image: StoredImage, out: Path) -> None:
    (out / "empty").mkdir(parents=True)
    with pytest.raises(WriteError, match="a directory is in the way"):
        extract(image, "/", out, force=True)
    assert tree(out) == {"empty": "/"}


@pytest.mark.parametrize("force", [False, True])
def test_links_that_are_there_are_not_followed(image: StoredImage, out: Path, *, force: bool) -> None:
    elsewhere = out.parent / "elsewhere"
    elsewhere.mkdir()
    out.mkdir()
    (out / "usr").symlink_to(elsewhere)
    if force:
        extract(image, "/usr", out, force=True)
        assert (out / "usr").is_dir()
        assert not (out / "usr").is_symlink()
    else:
        with pytest.raises(WriteError, match="usr: it already exists"):
            extract(image, "/usr", out)
    assert list(elsewhere.iterdir()) == []


class Stopping(NullProgress):
    def __init__(self) -> None:
        self.phase = ""

    def start(self, what: str, total: int | None) -> None:
        self.phase = what

    def cancelled(self) -> bool:
        return self.phase == "extracting"


def test_nothing_is_left_when_it_is_stopped(image: StoredImage, out: Path) -> None:
    with pytest.raises(Cancelled):
        extract(image, "/", out / "new/there", progress=Stopping())
    assert not out.exists()
    out.mkdir()
    (out / "mine").write_text("mine")
    with pytest.raises(Cancelled):
        extract(image, "/", out, progress=Stopping())
    assert tree(out) == {"mine": "mine"}


def test_a_move_that_fails_is_taken_back(
    image: StoredImage, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (out / "usr/lib").mkdir(parents=True)
    (out / "usr/lib/big").write_text("mine")
    (out / "bin").write_text("mine")
    before = tree(out)
    rename, count = os.rename, 0

    def failing(source: bytes, target: bytes) -> None:
        nonlocal count
        count += 1
        if count == 6:
            raise OSError(5, "Input/output error")
        rename(source, target)

    monkeypatch.setattr(os, "rename", failing)
    with pytest.raises(WriteError, match="Input/output error"):
        extract(image, "/", out, force=True)
    assert count > 6
    assert tree(out) == before
    assert not list(out.glob(".nixdive-*"))


def special(*members: tuple[str, bytes, int, str]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for name, kind, mode, target in members:
            info = tarfile.TarInfo(name)
            info.type, info.mode, info.linkname, info.mtime = kind, mode, target, 1_000_000_000
            tar.addfile(info)
    return data.getvalue()


@pytest.mark.parametrize("name", ["/", "/hs"])
def test_a_hard_link_to_a_symbolic_link_is_one_too(name: str, tmp_path: Path, out: Path) -> None:
    image = read_image(archive(tmp_path / "image", [layer("t=data", "s->t", "hs=>s"), layer("s=file")]))
    done = extract(image, name, out)
    assert done.left_out == ()
    assert tree(out) == {"hs": "-> t"} | ({"s": "file", "t": "data"} if name == "/" else {})


def test_devices_and_special_bits_are_not_made(tmp_path: Path, out: Path) -> None:
    members = (
        ("dev/null", tarfile.CHRTYPE, 0o666, ""),
        ("pipe", tarfile.FIFOTYPE, 0o666, ""),
        ("su", tarfile.REGTYPE, 0o4755, ""),
        ("none", tarfile.REGTYPE, 0, ""),
        ("closed", tarfile.DIRTYPE, 0o1000, ""),
        ("hard", tarfile.LNKTYPE, 0o644, "../../etc/shadow"),
    )
    image = read_image(archive(tmp_path / "image", [special(*members)]))
    done = extract(image, "/", out)
    assert done.left_out == (b"/dev/null", b"/hard", b"/pipe")
    assert sorted(tree(out)) == ["closed", "dev", "none", "su"]
    modes = {name: (out / name).stat().st_mode & 0o7777 for name in ("su", "none", "closed")}
    assert modes == {"su": 0o755, "none": 0o400, "closed": 0o700}
    assert (out / "su").stat().st_mtime == 1_000_000_000
    for name in ("/pipe", "/hard"):
        with pytest.raises(ImageError, match="never written"):
            extract(image, name, tmp_path / "other")


def test_files_below_links_stay_in_the_directory(tmp_path: Path, out: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    layers = [layer(f"out->{elsewhere}"), layer(f"x->{elsewhere}", "out/file=1", "x/y=2")]
    extract(read_image(archive(tmp_path / "image", layers)), "/", out)
    assert tree(out) == {"out": "/", "out/file": "1", "x": "/", "x/y": "2"}
    assert list(elsewhere.iterdir()) == []


def test_names_that_leave_are_refused(tmp_path: Path, out: Path) -> None:
    image = read_image(archive(tmp_path / "image", [layer("../../escaped=1")]))
    with pytest.raises(MalformedImageError, match="leaves the root"):
        extract(image, "/", out)
    assert not out.exists()


def test_names_that_are_not_text_come_out_as_they_are(tmp_path: Path, out: Path) -> None:
    image = read_image(archive(tmp_path / "image", [layer("caf\udce9=1", "-rf=2", "new\nline=3")]))
    extract(image, "/", out)
    assert {os.fsencode(path.name) for path in out.iterdir()} == {b"caf\xe9", b"-rf", b"new\nline"}


def test_deep_trees_leave_nothing_when_they_fail(tmp_path: Path, out: Path) -> None:
    image = read_image(archive(tmp_path / "image", [layer("d/" * 10_000 + "f=1")]))
    with pytest.raises(WriteError, match="too long"):
        extract(image, "/", out)
    assert not out.exists()


def test_a_name_no_file_system_takes_is_an_error(tmp_path: Path, out: Path) -> None:
    image = read_image(archive(tmp_path / "image", [layer("n" * 300 + "=1", "a=1")]))
    with pytest.raises(WriteError, match="too long"):
        extract(image, "/", out)
    assert not out.exists()


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("options", [["--format=gnu"], ["--format=posix"]], ids=" ".join)
def test_a_sparse_file_keeps_its_holes(tmp_path: Path, out: Path, packed: bool, options: list[str]) -> None:  # noqa: FBT001
    (tmp_path / "in").mkdir()
    size = len(with_holes(tmp_path / "in/holes"))
    (tmp_path / "in/other").write_text("other")
    made = gnu_tar(tmp_path / "in", "--sparse", *options, names=["holes", "other"])
    done = extract(read_image(archive(tmp_path / "image.tar", [made], packed=packed)), "/", out)
    assert (done.names, done.size) == (2, size + 5)
    for name in ("holes", "other"):
        assert (out / name).read_bytes() == (tmp_path / "in" / name).read_bytes()
    assert (out / "holes").stat().st_blocks * 512 < 1 << 20
