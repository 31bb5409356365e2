"""The demo is what it says: metadata and files of one store, small, with a licence for everything."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import struct
import subprocess
import sys
import tarfile
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import zstandard

import nixdive.demo
from nixdive.closure.closure import Closure
from nixdive.demo import Demo, load

HOME = Path(nixdive.demo.__file__).parent
LIMIT = 2_000_000


@pytest.fixture(scope="module")
def demo() -> Demo:
    return load()


@pytest.fixture(scope="module")
def files(demo: Demo) -> dict[str, tuple[tarfile.TarInfo, bytes]]:
    found = {}
    with tarfile.open(fileobj=io.BytesIO(zstandard.decompress(demo.archive.read_bytes())), mode="r:") as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isfile() else None
            assert member.name not in found
            found[member.name] = (member, file.read() if file else b"")
    return found


@pytest.fixture(scope="module")
def trees(files: dict[str, tuple[tarfile.TarInfo, bytes]]) -> dict[str, dict[str, Any]]:
    """The NAR of each store path, and the hashes of store paths that its files and links name."""
    children: dict[str, list[str]] = {}
    for name in files:
        children.setdefault(str(PurePosixPath(name).parent), []).append(name)
    return {
        "/" + top: {"nar": text("nix-archive-1") + nar(top, files, children)} for top in children["nix/store"]
    }


def text(value: str | bytes) -> bytes:
    """A string of the NAR format: its length in 8 bytes, itself, zeros up to a multiple of 8."""
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(data)) + data + b"\0" * (-len(data) % 8)


def nar(name: str, files: dict[str, tuple[tarfile.TarInfo, bytes]], children: dict[str, list[str]]) -> bytes:
    """One node as Nix serialises it (E. Dolstra's thesis, figure 5.2)."""
    member, data = files[name]
    if member.issym():
        body = [text("symlink"), text("target"), text(member.linkname)]
    elif member.isdir():
        body = [text("directory")]
        for child in sorted(children.get(name, ())):
            entry = [text("("), text("name"), text(PurePosixPath(child).name), text("node")]
            body += [text("entry"), *entry, nar(child, files, children), text(")")]
    else:
        body = [text("regular"), *([text("executable"), text("")] if member.mode & 0o100 else [])]
        body += [text("contents"), text(data)]
    return b"".join([text("("), text("type"), *body, text(")")])


def raw(name: str) -> Any:
    return json.loads((HOME / name).read_text("utf-8"))


def test_every_path_has_files_and_no_other_has(demo: Demo, trees: dict[str, dict[str, Any]]) -> None:
    assert set(trees) == {str(info.path) for info in demo.graph.infos}


def test_sizes_and_hashes_are_those_of_the_files(trees: dict[str, dict[str, Any]]) -> None:
    for info in raw("closure.json"):
        archived = trees[info["path"]]["nar"]
        assert len(archived) == info["narSize"], info["path"]
        digest = base64.b64encode(hashlib.sha256(archived).digest()).decode()
        assert info["narHash"] == f"sha256-{digest}", info["path"]


def test_references_are_what_the_files_name(demo: Demo, trees: dict[str, dict[str, Any]]) -> None:
    known = {info.path.hash_part: info.path for info in demo.graph.infos}
    for info in demo.graph.infos:
        named = set(re.findall(rb"/nix/store/([0-9a-z]{32})-", trees[info.path]["nar"]))
        assert {part.decode() for part in named} <= set(known), info.path
        assert {known[part.decode()] for part in named} == set(info.references), info.path


def test_links_lead_somewhere(files: dict[str, tuple[tarfile.TarInfo, bytes]]) -> None:
    for name, (member, _) in files.items():
        if member.issym():
            target = PurePosixPath("/", name).parent / member.linkname
            parts: list[str] = []
            for part in target.parts[1:]:
                parts = parts[:-1] if part == ".." else [*parts, part]
            assert "/".join(parts) in files, f"{name} -> {member.linkname}"


def test_times_and_modes_are_nixs(files: dict[str, tuple[tarfile.TarInfo, bytes]]) -> None:
    for member, _ in files.values():
        assert member.mtime == 1
        assert member.isdir() or member.isfile() or member.issym()
        assert member.mode in ({0o555} if member.isdir() else {0o777} if member.issym() else {0o444, 0o555})


def test_it_looks_like_a_service(demo: Demo) -> None:
    closure = Closure.of(demo.graph)
    depth = [0] * len(closure.paths)
    for _ in closure.paths:
        for i, below in enumerate(closure.references):
            depth[i] = max((depth[j] + 1 for j in below), default=0)
    sizes = [info.nar_size for info in demo.graph.infos]
    assert 35 <= len(sizes) <= 70
    assert max(depth) >= 5
    assert min(sizes) < 1500
    assert max(sizes) > 500_000
    musl = next(path for path in closure.paths if path.package == "musl")
    assert sum(musl in info.references for info in demo.graph.infos) > 20
    assert [closure.paths[i].package for i in closure.roots] == ["shop"]


def test_programs_are_loaded_and_linked_inside(files: dict[str, tuple[tarfile.TarInfo, bytes]]) -> None:
    foreign = re.compile(rb"/lib64/ld-linux|/lib/ld-musl|/usr/lib/|/tmp/nix-build|GLIBC_2")
    programs = [(name, data) for name, (_, data) in files.items() if data.startswith(b"\x7fELF")]
    assert len(programs) > 20
    for name, data in programs:
        found = [match for match in foreign.finditer(data) if not data[: match.start()].endswith(b"1.2.3")]
        assert not found or "-musl-" in name, (name, found)


def test_the_versions_differ_as_a_release_does(demo: Demo) -> None:
    old = {info.path.package: info.path for info in demo.before.infos}
    new = {info.path.package: info.path for info in demo.graph.infos}
    changed = {package for package in old.keys() & new.keys() if old[package] != new[package]}
    assert {"shop", "sqlite", "expat", "tzdata", "lua-sqlite", "lua-expat", "lua-env", "app-env"} <= changed
    assert {"musl", "zlib", "lua", "dash", "jq", "toybox", "ncurses", "libedit"} <= old.keys() - changed
    assert new.keys() - old.keys() == {"shop-plugin-search"}
    assert not old.keys() - new.keys()
    for info in demo.before.infos:  # whoever refers to what changed has changed
        if any(reference.package in changed for reference in info.references):
            assert info.path.package in changed


def test_both_closures_are_whole(demo: Demo) -> None:
    for graph in (demo.graph, demo.before):
        assert Closure.of(graph).roots
        assert graph.sized


def test_licences_cover_every_package(demo: Demo, files: dict[str, tuple[tarfile.TarInfo, bytes]]) -> None:
    document = (HOME / "LICENSES.md").read_text("utf-8")
    parts = document.split("\n## ")[1:]
    covered: set[str] = set()
    for part in parts:
        packages = re.search(r"^Packages: (.+?)\n\n", part, re.MULTILINE | re.DOTALL)
        licence = re.search(r"^Licence: (.+)$", part, re.MULTILINE)
        words = re.search(r"^```text\n(.+)^```$", part, re.MULTILINE | re.DOTALL)
        assert packages, part[:40]
        assert licence, part[:40]
        assert words, part[:40]
        assert re.search(r"^Source: .+", part, re.MULTILINE)
        assert len(words[1]) > 150 or licence[1] == "public domain"
        assert "GPL" not in licence[1]
        assert "General Public" not in words[1]
        covered.update(packages[1].split())
    assert covered == {info.path.package for info in demo.graph.infos}
    inside = next(
        data for name, (_, data) in files.items() if name.endswith("share/licenses/LICENSES.md") and data
    )
    assert inside.decode() == document


def test_what_the_wheel_carries_is_small() -> None:
    assert sum(file.stat().st_size for file in HOME.iterdir() if file.is_file()) < LIMIT


def test_the_command_and_the_shell_are_there(
    demo: Demo, files: dict[str, tuple[tarfile.TarInfo, bytes]]
) -> None:
    (command,) = demo.command
    member, script = files[command.lstrip("/")]
    assert member.mode == 0o555
    interpreter = re.match(rb"#!/(\S+)\n", script)
    assert interpreter
    assert interpreter[1].decode() in files
    for path in demo.contents:
        assert f"{path.lstrip('/')}/bin/sh" in files


def test_loading_leaves_the_archive_alone() -> None:
    code = "import sys, nixdive.demo as d; d.load(); print({'zstandard', 'textual'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
