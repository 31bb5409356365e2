"""Build the store of the demo with Nix and write the files that nixdive ships.

    python3 nixdive/demo/recipe/build.py

Needs root on Debian 12, apt, and the packages nix-bin, musl-tools, gcc, dpkg-dev, autoconf, automake,
libtool, bison, tcl and ncurses-bin. Given the same Debian versions, two runs give the same files.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
import shutil
import stat
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import zstandard

HERE = Path(__file__).resolve().parent
# derivations name the sources by this place, so it must not vary
WORK = Path("/var/cache/nixdive-demo")
NIX_CONFIG = """
build-users-group =
sandbox = false
substitute = false
filter-syscalls = false
experimental-features = nix-command
"""
TOOLS = (
    "gcc-12",
    "binutils",
    "musl-dev",
    "autoconf",
    "automake",
    "libtool",
    "tcl",
    "libc-bin",
    "ncurses-bin",
)
ATTEMPTS = 5  # some releases of Nix lose a builder now and then
LEVEL = 19
WINDOW_LOG = 23  # the whole archive, so that files that are alike find each other

log = logging.getLogger("demo")


def run(*command: str, **more: Any) -> str:
    """Run a program and return what it says; its standard error is the user's."""
    environment = {**os.environ, "NIX_CONFIG": NIX_CONFIG, "LC_ALL": "C"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment, **more)
    return str(done.stdout)


def fetch(sources: Path) -> None:
    """Download what sources.json names through apt, with an index of its own, and check every digest."""
    index = WORK / "apt"
    (index / "parts").mkdir(parents=True, exist_ok=True)
    (index / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    sources.mkdir(parents=True, exist_ok=True)
    listed = Path("/etc/apt/sources.list.d/debian.sources").read_text("utf-8")
    (index / "parts" / "demo.sources").write_text(
        listed.replace("Types: deb\n", "Types: deb deb-src\n"), "utf-8"
    )
    options = (
        "-oDir::Etc::sourcelist=/dev/null",
        f"-oDir::Etc::sourceparts={index / 'parts'}",
        f"-oDir::State::lists={index / 'lists'}",
        "-oAPT::Sandbox::User=root",
    )
    updated = False
    for wanted in json.loads((HERE / "sources.json").read_text("utf-8")).values():
        missing = [name for name, digest in wanted["files"].items() if not intact(sources / name, digest)]
        if not missing:
            continue
        if not updated:
            run("apt-get", *options, "-q", "update")
            updated = True
        package = f"{wanted['apt']}={wanted['version']}"
        # a mirror may lack a file that is not wanted here: what counts is checked below
        subprocess.run(
            ["apt-get", *options, "-q", "source", "--download-only", "--only-source", package],
            check=False,
            cwd=sources,
            stdout=subprocess.DEVNULL,
        )
        for name in missing:
            if not intact(sources / name, wanted["files"][name]):
                raise SystemExit(f"{name}: apt did not deliver the file of sources.json ({package})")


def intact(file: Path, digest: str) -> bool:
    """Whether the file is there with this SHA-256."""
    return file.exists() and hashlib.sha256(file.read_bytes()).hexdigest() == digest


def build(attribute: str, sources: Path) -> str:
    """Build one version and return its store path."""
    toolchain = run("dpkg-query", "-W", "-f", "${Package} ${Version}\n", *TOOLS)
    command = (
        *("nix-build", str(HERE / "demo.nix"), "-A", attribute, "--no-out-link", "-Q", "-j", "2"),
        *("--argstr", "sourcesDir", str(sources), "--argstr", "toolchain", toolchain),
    )
    with (WORK / f"{attribute}.log").open("w", encoding="utf-8") as record:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return run(*command, stderr=record).strip()
            except subprocess.CalledProcessError:
                log.info("%s: attempt %d of %d failed", attribute, attempt, ATTEMPTS)
    raise SystemExit(f"{attribute}: it does not build; see {record.name}")


def metadata(root: str) -> list[dict[str, Any]]:
    """What Nix knows of a closure, without what depends on this machine."""
    kept = ("path", "narHash", "narSize", "references")
    known = json.loads(run("nix", "path-info", "--json", "-r", root))
    return sorted(({key: info[key] for key in kept} for info in known), key=lambda info: info["path"])


def archive(paths: list[str]) -> bytes:
    """Return a tar of the store paths, with the times and modes that Nix gives them."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in paths:
            top = Path(path)
            below = top.rglob("*") if top.is_dir() and not top.is_symlink() else ()
            for file in [top, *sorted(below)]:
                add(tar, file)
    return buffer.getvalue()


def add(tar: tarfile.TarFile, file: Path) -> None:
    """Add one file, directory or link."""
    status = file.lstat()
    member = tarfile.TarInfo(str(file).lstrip("/"))
    member.mtime = 1
    if stat.S_ISLNK(status.st_mode):
        member.type, member.mode, member.linkname = tarfile.SYMTYPE, 0o777, str(file.readlink())
        tar.addfile(member)
    elif stat.S_ISDIR(status.st_mode):
        member.type, member.mode = tarfile.DIRTYPE, 0o555
        tar.addfile(member)
    else:
        member.mode = 0o555 if status.st_mode & stat.S_IXUSR else 0o444
        data = file.read_bytes()
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))


def main() -> None:
    """Fetch, build both versions, write the four files."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    sources = WORK / "sources"
    fetch(sources)
    before, after = (metadata(build(version, sources)) for version in ("v1", "v2"))
    demo = HERE.parent
    for name, infos in (("before.json", before), ("closure.json", after)):
        text = ",\n".join(json.dumps(info, sort_keys=True) for info in infos)
        (demo / name).write_text(f"[\n{text}\n]\n", "utf-8")
    paths = [info["path"] for info in after]
    parameters = zstandard.ZstdCompressionParameters.from_level(
        LEVEL, window_log=WINDOW_LOG, write_checksum=True
    )
    packed = zstandard.ZstdCompressor(compression_params=parameters).compress(archive(paths))
    (demo / "store.tar.zst").write_bytes(packed)
    licences = next(path for path in paths if "-demo-licences-" in path)
    shutil.copyfile(f"{licences}/share/licenses/LICENSES.md", demo / "LICENSES.md")
    log.info("%d store paths, %d bytes", len(paths), len(packed))


if __name__ == "__main__":
    main()
