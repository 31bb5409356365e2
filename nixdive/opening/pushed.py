"""An image that was pushed before: the store paths in its layers, and the plan that it was written by."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from nixdive.errors import ImageError, MalformedImageError, PlanFileError, SourceError
from nixdive.image.base import read_image
from nixdive.image.config import PLAN_LABEL
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.planfile import parse_plan
from nixdive.layering.request import PlanRequest
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_MOST_LAYERS = 10_000


def pushed_plan(text: str, *, transport: bool) -> LayerPlan:
    """Return the layers of an image that was written before, by its config alone: no layer is read.

    The plan has the request of the plan file that the image bears, else one for `keep`. Layers of which the
    history tells no store paths are base layers. NAR sizes are not known; they are 0.

    Args:
        text: an archive or layout, or, with `transport`, the name of an image as skopeo takes it.
        transport: whether the text is such a name.

    Raises:
        ImageError: there is no image, or it is damaged; the message names it.
        SourceError: skopeo is missing, or says no.
    """
    config = _remote_config(text) if transport else read_image(Path(text)).config
    rootfs = config.get("rootfs")
    found = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
    count = len(found) if isinstance(found, list) else 0
    if count > _MOST_LAYERS:
        raise MalformedImageError(f"{text}: it has {count} layers")
    history = config.get("history")
    steps = [one for one in history if isinstance(one, dict)] if isinstance(history, list) else []
    steps = [one for one in steps if not one.get("empty_layer")]
    laid = [_store_paths(one) for one in steps] if len(steps) == count else [()] * count
    layers = (
        Layer(LayerKind.STORE, paths, 0, "as it was pushed")
        if paths
        else Layer(LayerKind.BASE, (), 0, "as it was pushed")
        for paths in laid
    )
    return LayerPlan(_request(config, text), tuple(layers))


def _request(config: dict[str, Any], text: str) -> PlanRequest:
    inner = config.get("config")
    labels = inner.get("Labels") if isinstance(inner, dict) else None
    label = labels.get(PLAN_LABEL) if isinstance(labels, dict) else None
    if not isinstance(label, str):
        return PlanRequest("keep")
    try:
        return parse_plan(label, f"{text}: label {PLAN_LABEL}")
    except PlanFileError:  # of another version, or not ours: the layers are known in any case
        return PlanRequest("keep")


def _store_paths(step: dict[str, Any]) -> tuple[StorePath, ...]:
    """Return the store paths that a history entry names, as nixdive and as nixpkgs write it."""
    made_by, comment = step.get("created_by"), step.get("comment")
    if isinstance(comment, str) and comment.startswith("store paths: ["):
        words: Sequence[str] = re.findall(r"'([^']*)'", comment)
    else:
        words = made_by.split(" ") if isinstance(made_by, str) else ()
    try:
        return tuple(dict.fromkeys(map(StorePath.parse, words)))
    except ValueError:
        return ()


def _remote_config(text: str) -> dict[str, Any]:
    host = urlsplit(text).hostname if text.startswith("docker://") else None
    unsafe = ["--tls-verify=false"] if host in _LOOPBACK else []
    command = ["skopeo", "inspect", "--config", *unsafe, text]
    try:
        run = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        raise SourceError(f"{text}: skopeo is needed to ask for it", hint="install skopeo") from None
    except OSError as error:
        raise SourceError(f"{text}: skopeo: {error.strerror}") from error
    if run.returncode:
        lines = run.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise SourceError(f"{text}: skopeo: {_reason(lines[-1])}")
    try:
        config = msgspec.json.decode(run.stdout)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ImageError(f"{text}: its config is no JSON: {error}") from error
    if not isinstance(config, dict):
        raise ImageError(f"{text}: its config is no JSON object")
    return config


def _reason(line: str) -> str:
    found = re.search(r'msg="((?:[^"\\]|\\.)*)"', line)
    return found[1].replace('\\"', '"') if found else line
