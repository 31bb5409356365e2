"""`verify` notices every changed byte and every cut, except those that change nothing that anybody reads.

A sample; with NIXDIVE_FAULTS=29 every byte is changed, and each file is cut at every length.
"""

from __future__ import annotations

import re
import tarfile
from typing import TYPE_CHECKING

import pytest

from nixdive.errors import NixdiveError
from nixdive.image.stored.verify import verify
from tests.faults.attack import ROUNDS
from tests.image.made import archive, layer
from tests.program import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_FORMS = [
    (form, method)
    for form in ("hybrid", "oci-archive", "oci")
    for method in ("none", "gzip", "zstd")
] + [("docker-archive", "none")]  # fmt: skip
_STEP = max(1, 29 // ROUNDS)
# in the header of a member, behind the digits of its checksum: each is a zero or a space, by the writer
_ENDS_OF_CHECKSUM = (154, 155)
# keys that may be missing: under another name they are unknown ones, which everybody ignores; and the name
# that people gave the image, which nothing else repeats
_FREE = {
    "index.json": rb'"(annotations|io\.containerd\.image\.name|org\.opencontainers\.image\.ref\.name)"'
    rb'|"(mediaType|platform|architecture|os)"|"docker\.io/library/made:1"',
    "manifest.json": rb'made:1|"RepoTags"',
}


@pytest.fixture(params=_FORMS, ids="-".join)
def image(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    paths = [f"nix/store/{letter * 32}-lib" for letter in "01"]
    layers = [layer(f"{path}/", f"{path}/data=text", f"{path}/link->data") for path in paths]
    base = archive(tmp_path / "base.tar", layers, os="linux", architecture="amd64")
    form, method = request.param
    target = tmp_path / "image"
    done = run("write", base, "-o", target, "--format", form, "--compression", method, "-q")
    assert done.returncode == 0, done.stderr
    assert verify(target) == ()
    return target


def _noticed(image: Path) -> bool:
    try:
        return bool(verify(image))
    except NixdiveError:
        return True


def _free(name: str, data: bytes) -> set[int]:
    """Return the places in a document at which a change changes nothing."""
    found = re.finditer(_FREE[name], data) if name in _FREE else ()
    return {place for match in found for place in range(*match.span())}


def _files(image: Path) -> Iterator[tuple[Path, set[int], set[int]]]:
    """Yield each file with the places at which a change changes nothing, and those of a zero or a space."""
    if image.is_dir():
        for file in sorted(one for one in image.rglob("*") if one.is_file()):
            yield file, _free(file.name, file.read_bytes()), set()
        return
    free = set(range(image.stat().st_size))  # what fills the blocks up
    ends = set()
    data = image.read_bytes()
    with tarfile.open(image) as tar:
        for member in tar:
            begin, end = member.offset_data, member.offset_data + member.size
            free -= set(range(member.offset, end))
            free |= {begin + place for place in _free(member.name, data[begin:end])}
            ends |= {begin - 512 + place for place in _ENDS_OF_CHECKSUM}
    end = max(set(range(len(data))) - free) + 1
    marks = end + -end % 512
    yield image, free - set(range(marks, marks + 1024)), ends


def test_every_changed_byte_is_noticed(image: Path, trial: Callable[[], int]) -> None:
    for file, free, ends in _files(image):
        data = bytearray(file.read_bytes())
        for place in range(0, len(data), _STEP):
            if place in free:
                continue
            for bit in (0x01, 0x20):
                if place in ends and data[place] ^ bit in b"\0 ":
                    continue
                trial()
                data[place] ^= bit
                file.write_bytes(data)
                assert _noticed(image), f"{file.name} at {place}: {bytes(data[place - 20 : place + 20])!r}"
                data[place] ^= bit
        file.write_bytes(data)
    assert verify(image) == ()


def test_every_cut_is_noticed(image: Path, trial: Callable[[], int]) -> None:
    for file, free, _ in _files(image):
        data = file.read_bytes()
        whole = max(set(range(len(data))) - free) + 1  # what follows the two marks is not needed
        for length in {*range(0, len(data), 1 if _STEP == 1 else 17 * _STEP), *range(0, len(data), 512)}:
            if length >= whole and length % 512 == 0:
                continue
            trial()
            file.write_bytes(data[:length])
            assert _noticed(image), f"{file.name} cut at {length} of {len(data)}"
        file.write_bytes(data)
