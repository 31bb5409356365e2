"""Clients that copy or unpack images."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.conformance.programs import isolated, run, version_of
from tests.conformance.samples import TAG, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conformance.samples import Sample


def copiers(
    folder: Path, within: tuple[str, ...], go: Path | None
) -> Iterator[tuple[str, str, Callable[[Sample, str], str | None]]]:
    """Give name, version and action of those that are there.

    Args:
        folder: for what they keep.
        within: the words that start a program where it is.
        go: a folder with programs out of Go modules, if they are wanted.
    """
    here = Copiers(folder, within)
    yield from _there(
        here, {"skopeo": "--version", "umoci": "--version", "buildah": "--version", "oras": "version"}
    )
    if go is not None:
        yield from _there(Copiers(folder, (), f"{go}/"), {"crane": "version", "regctl": "version"})


def _there(
    here: Copiers, names: dict[str, str]
) -> Iterator[tuple[str, str, Callable[[Sample, str], str | None]]]:
    for name, word in names.items():
        if version := version_of(here.words(name, word), here.env):
            yield name, version, getattr(here, name)


class Copiers:
    """Each method gives an image to a place of a registry on loopback; umoci unpacks it, and it is run."""

    def __init__(self, folder: Path, within: tuple[str, ...], beside: str = "") -> None:
        self._folder, self._within, self._beside = folder, within, beside
        self.env = isolated(folder) | {"_CONTAINERS_ROOTLESS_UID": "65534"}
        (folder / "runtime").mkdir(exist_ok=True)

    def words(self, name: str, *words: str | Path) -> list[str | Path]:
        return [*self._within, self._beside + name, *words]

    def _run(self, name: str, *words: str | Path) -> str:
        return run(*self.words(name, *words), env=self.env)

    def skopeo(self, sample: Sample, place: str) -> None:
        known = "--preserve-digests" in self._run("skopeo", "copy", "--help")  # older ones keep them unasked
        keep = ("--preserve-digests",) if sample.oci and known else ()
        self._run(
            "skopeo", "copy", "-q", *keep, "--dest-tls-verify=false", _origin(sample), f"docker://{place}"
        )

    def umoci(self, sample: Sample, place: str) -> str:
        layout, bundle = _layout(sample.file, self._folder / "layout"), self._folder / "bundle"
        try:
            self._run("umoci", "unpack", "--image", f"{layout}:{TAG}", bundle)
            if not sample.command[0].startswith("/"):
                return ""
            return self._run("chroot", bundle / "rootfs", *sample.command)
        finally:
            shutil.rmtree(bundle, ignore_errors=True)

    def buildah(self, sample: Sample, place: str) -> None:
        store = (
            "--storage-driver",
            "vfs",
            "--root",
            self._folder / "vfs",
            "--runroot",
            self._folder / "vfsrun",
        )
        number = self._run("buildah", *store, "pull", "-q", _origin(sample)).split()[-1]
        try:
            self._run("buildah", *store, "push", "-q", "--tls-verify=false", number, f"docker://{place}")
        finally:
            self._run("buildah", *store, "rmi", "-f", number)

    def oras(self, sample: Sample, place: str) -> None:
        self._run("oras", "cp", "--from-oci-layout", f"{sample.file}:{TAG}", "--to-plain-http", place)

    def crane(self, sample: Sample, place: str) -> None:
        # it takes the docker-archive where a file is both
        origin = _layout(sample.file, self._folder / "layout") if sample.oci else sample.file
        self._run("crane", "push", "--insecure", origin, place)

    def regctl(self, sample: Sample, place: str) -> None:
        host = f"reg={place.partition('/')[0]},tls=disabled"
        if sample.file.is_dir():
            self._run("regctl", "--host", host, "image", "copy", f"ocidir://{sample.file}:{TAG}", place)
        else:
            self._run("regctl", "--host", host, "image", "import", place, sample.file)


def _layout(file: Path, unpacked_to: Path) -> Path:
    return file if file.is_dir() else unpacked(file, unpacked_to)


def _origin(sample: Sample) -> str:
    if sample.file.is_dir():
        return f"oci:{sample.file}:{TAG}"
    return f"oci-archive:{sample.file}:{TAG}" if sample.oci else f"docker-archive:{sample.file}"
