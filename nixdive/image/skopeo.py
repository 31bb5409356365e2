"""skopeo, for images that only it can reach: in a daemon, or in podman's storage."""

from __future__ import annotations

import os
import re
import subprocess
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING

from nixdive.child import started
from nixdive.errors import Cancelled, SourceError, WriteError
from nixdive.image.oci.platform import Platform
from nixdive.image.readers.files import DirectoryFiles
from nixdive.unfinished import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from nixdive.image.oci.spec import ImageSpec
    from nixdive.image.written import WrittenImage
    from nixdive.progress import Progress


_PATIENCE = 0.1  # seconds between two checks for cancellation


def copied(text: str, platform: Platform | None, progress: Progress) -> DirectoryFiles:
    """Copy an image into a temporary OCI layout, which is removed with the value that is returned.

    Layers keep their compression.

    Args:
        text: the image as skopeo names it: docker-daemon:NAME:TAG.
        platform: which one of an image for several platforms; None for this machine's.
        progress: notified of the phase, and asked whether to stop.

    Raises:
        SourceError: skopeo is missing, or fails.
        Cancelled: the user stopped it.
    """
    progress.start("copying with skopeo", None)
    folder = temporary_folder(SourceError)
    try:
        wanted = platform or Platform.here()
        command = ["skopeo", "--override-os", wanted.os, "--override-arch", wanted.architecture]
        command += ["--override-variant", wanted.variant] if wanted.variant else []
        command += ["copy", "--quiet", "--dest-oci-accept-uncompressed-layers"]
        command += _reaching(text, "--src-")
        _run([*command, text, f"oci:{folder.path}/image"], text, progress)
        files = DirectoryFiles(folder.path / "image", text)
    except BaseException:
        folder.remove()
        raise
    weakref.finalize(files, folder.remove)
    return files


def send(layout: Path, text: str, progress: Progress) -> None:
    """Copy the only image of an OCI layout to a place that only skopeo can reach.

    Args:
        layout: the layout.
        text: the place as skopeo names it.
        progress: notified of the phase, and asked whether to stop.

    Raises:
        WriteError: skopeo is missing, or fails.
        Cancelled: the user stopped it.
    """
    progress.start("sending with skopeo", None)
    command = ["skopeo", "copy", "--quiet", *_reaching(text, "--dest-")]
    try:
        _run([*command, f"oci:{layout}", text], text, progress)
    except SourceError as error:
        raise WriteError(str(error), hint=error.hint) from error


def inspected(text: str) -> bytes:
    """Return the config of an image, as skopeo prints it; no layer is fetched.

    Raises SourceError if skopeo is missing or fails.
    """
    return _run(["skopeo", "inspect", "--config", *_reaching(text, "--"), text], text, None)


def _reaching(text: str, prefix: str) -> list[str]:
    """Return the options with which skopeo reaches a daemon that DOCKER_HOST names."""
    host = os.environ.get("DOCKER_HOST")  # which skopeo does not use by itself
    if host and text.startswith("docker-daemon:"):
        return [f"{prefix}daemon-host", host]
    return []


def _run(command: Sequence[str], text: str, progress: Progress | None) -> bytes:
    try:
        with started(command) as run:
            try:
                out, told = _ended(run, progress)
            except BaseException:
                run.terminate()
                raise
    except FileNotFoundError:
        raise SourceError(f"{text}: skopeo is needed to reach it", hint="install skopeo") from None
    except OSError as error:
        raise SourceError(f"{text}: skopeo: {error.strerror}") from error
    if run.returncode:
        lines = told.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise SourceError(f"{text}: skopeo: {_reason(lines[-1])}")
    return out


def _ended(run: subprocess.Popen[bytes], progress: Progress | None) -> tuple[bytes, bytes]:
    while True:
        try:
            return run.communicate(timeout=None if progress is None else _PATIENCE)
        except subprocess.TimeoutExpired:
            if progress is not None and progress.cancelled():
                raise Cancelled from None


def _reason(line: str) -> str:
    found = re.search(r'msg="((?:[^"\\]|\\.)*)"', line)
    return found[1].replace('\\"', '"') if found else line


def write_remote(
    target: str, spec: ImageSpec, write: Callable[[ImageSpec, Path], WrittenImage], progress: Progress
) -> WrittenImage:
    """Write an image into a temporary OCI layout, and let skopeo copy it.

    Args:
        target: the place as skopeo names it: docker-daemon:NAME:TAG.
        spec: name, config and compression; the format is always that of a layout.
        write: writes the image into a directory.
        progress: notified while copying, and asked whether to stop.

    Raises:
        WriteError: skopeo is missing, or fails.
        Cancelled: the user stopped it.
    """
    folder = temporary_folder(WriteError)
    try:
        written = write(replace(spec, image_format="oci"), folder.path / "image")
        send(folder.path / "image", target, progress)
    finally:
        folder.remove()
    return replace(written, target=target)
