"""The forms in which the form writes: images, and plans without one."""

from __future__ import annotations

import re
from typing import Final

IMAGES: Final = {
    "hybrid": "one file for docker, podman, containerd and skopeo",
    "docker-archive": "what docker save makes",
    "oci-archive": "one file for podman, containerd and skopeo",
    "oci": "a folder, an OCI image layout",
}
PLANS: Final = {
    "plan file": "TOML to review and commit: O opens it, --plan carries it on",
    "JSON": "the plan and what it costs, as nixdive plan --json prints it",
    "Nix": "an expression whose build writes the image",
    "pipeline": "a layeringPipeline that makes these layers with dockerTools",
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
    if not file or file == suggested(name, before):
        return suggested(name, after)
    ending = _ENDINGS[before]
    if ending and file.endswith(ending):
        return file.removesuffix(ending) + _ENDINGS[after]
    return file if ending or _TYPED.search(file) or file.endswith("/") else file + _ENDINGS[after]
