"""Where an image or a plan is written: forms and their file names, and what there is at a place already."""

from __future__ import annotations

import os
import re
import shutil
import stat
from pathlib import Path
from typing import Final, NamedTuple

from nixdive import there
from nixdive.errors import ImageError, WriteError
from nixdive.image.commands import is_remote
from nixdive.image.writers.archive import is_special
from nixdive.image.writers.layout import is_layout
from nixdive.remote.name import RemoteName, is_in_registry
from nixdive.sizes import prose

# an estimate of gzip or zstd is never so far off
_SURELY = 0.75


class Place(NamedTuple):
    """A place, looked at.

    Attributes:
        words: what is there, in a few words.
        wrong: whether nothing of this form can be written there.
        folder: a folder that is missing and could be made, or None.
        disk: the root of its file system; empty where it is not known.
        free: bytes that are free there, or None.
        moment: when what is there was written, in seconds since the epoch, or None.
    """

    words: str
    wrong: bool = False
    folder: Path | None = None
    disk: str = ""
    free: int | None = None
    moment: float | None = None

    def lacks(self, needed: int, *, exact: bool) -> bool:
        """Whether so many bytes surely have no room there."""
        return self.free is not None and self.free < needed * (1 if exact else _SURELY)


def look(text: str, form: str) -> Place:
    """Return what is at a place that the user types."""
    if not text:
        return Place("name a file, or docker://HOST/NAME:TAG", wrong=True)
    if is_remote(text):
        return _remote(text, form)
    try:
        return _look(Path(text).expanduser(), form)
    except RuntimeError:
        return Place("no such user", wrong=True)
    except WriteError as error:
        return Place(_few(str(error).removeprefix(": ")), wrong=True)
    except OSError as error:
        return Place(_few(there.cause(error, text)), wrong=True)


def _remote(text: str, form: str) -> Place:
    """Return what is said of a registry or an engine; neither is asked before something is written."""
    if form not in IMAGES:
        return Place("a plan goes into a file", wrong=True)
    if not is_in_registry(text):
        if shutil.which("skopeo") is None:
            return Place("skopeo is needed to reach it", wrong=True)
        return Place("an engine, by skopeo")
    try:
        name = RemoteName.parse(text)
    except ImageError as error:
        return Place(_few(str(error).removeprefix(f"{text}: ")), wrong=True)
    if name.digest is not None:
        return Place("an image is written to a tag", wrong=True)
    return Place(f"a tag in {name.host}")


def _look(path: Path, form: str) -> Place:
    path = Path(there.resolved(path, WriteError, ""))
    if not there.is_folder(path.parent, WriteError, ""):
        top = next(one for one in path.parents if there.exists(one, WriteError, ""))
        possible = there.is_folder(top, WriteError, "") and os.access(top, os.W_OK)
        return Place("no such folder", wrong=True, folder=path.parent if possible else None)
    if not os.access(path.parent, os.W_OK):
        return Place("no permission to write there", wrong=True)
    words, wrong, moment = _found(path, form)
    status = os.statvfs(path.parent)
    free = status.f_bavail * status.f_frsize if status.f_blocks else None
    return Place(words, wrong, None, str(_disk(path.parent)), None if is_special(path) else free, moment)


def _few(cause: str) -> str:
    return cause.partition(":")[0].lower()


def _found(path: Path, form: str) -> tuple[str, bool, float | None]:
    status = there.status(path, WriteError, "")
    if status is None:
        return f"new {'folder' if form == 'oci' else 'file'}", False, None
    if stat.S_ISDIR(status.st_mode):
        return _folder(path, form)
    if form == "oci":
        return "a file, oci is a folder", True, None
    if stat.S_ISREG(status.st_mode):
        verb = "updates" if form == "plan file" else "replaces"
        return f"{verb} {prose(status.st_size)}", False, status.st_mtime
    special = is_special(path) and form in IMAGES
    return ("a pipe or device", False, None) if special else ("not a regular file", True, None)


def _folder(path: Path, form: str) -> tuple[str, bool, float | None]:
    if form != "oci":
        return "a folder", True, None
    try:
        found = is_layout(path, path)
    except WriteError:
        return "a folder of other things", True, None
    if not found:
        return "an empty folder", False, None
    return "goes into the layout", False, path.stat().st_mtime


def _disk(folder: Path) -> Path:
    device = folder.stat().st_dev
    for above in (folder, *folder.parents):
        if above.parent == above or above.parent.stat().st_dev != device:
            return above
    return folder


IMAGES: Final = {
    "hybrid": "one file for docker, podman, containerd and skopeo",
    "docker-archive": "the format of docker save",
    "oci-archive": "one file for podman, containerd and skopeo",
    "oci": "a folder, an OCI image layout",
}
PLANS: Final = {
    "plan file": "TOML to review and commit: O opens it, --plan carries it on",
    "JSON": "the plan and what it costs, as nixdive plan --json prints it",
}
BUILDS: Final = {
    "Nix": "an expression whose build writes the image",
    "pipeline": "a layeringPipeline that makes these layers with dockerTools",
    "layers": "JSON for builds that pack each layer by itself",
    "nix2container": "an expression of these layers for nix2container's buildImage",
}
_ENDINGS: Final = {
    "hybrid": ".tar",
    "docker-archive": ".tar",
    "oci-archive": ".tar",
    "oci": "",
    "plan file": ".plan.toml",
    "JSON": ".plan.json",
    "Nix": ".nix",
    "pipeline": ".pipeline.json",
    "layers": ".layers.json",
    "nix2container": ".layers.nix",
}
_TYPED = re.compile(r"\.[A-Za-z]\w*$")


def suggested(name: str, form: str) -> str:
    """Return the file that NAME:TAG suggests for a form; that of a plan, which goes on, has no version."""
    last = name.rpartition("/")[2]
    stem = last.replace(":", "-") if form in IMAGES else last.partition(":")[0]
    return f"./{stem}{_ENDINGS[form]}"


def renamed(file: str, name: str, before: str, after: str) -> str:
    """Return a file's name once another form is chosen.

    Args:
        file: as it stands in the field.
        name: NAME:TAG of the image.
        before: the form until now, whose ending goes if the name has it.
        after: the form to come, whose ending the name gets, unless the user typed one of another kind.
    """
    if is_remote(file):
        return file
    if not file or file == suggested(name, before):
        return suggested(name, after)
    ending = _ENDINGS[before]
    if ending and file.endswith(ending):
        return file.removesuffix(ending) + _ENDINGS[after]
    return file if ending or _TYPED.search(file) or file.endswith("/") else file + _ENDINGS[after]
