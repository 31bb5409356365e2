"""The config of an OCI image (image-spec, config.md): what runs, what the layers are, how they came about."""

from __future__ import annotations

import json
from itertools import repeat
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nixdive.image.spec import ImageSpec
    from nixdive.layering.plan import Layer


# the label that bears the plan file that an image was written by
PLAN_LABEL = "nixdive.plan"


def canonical(value: Any) -> bytes:
    """Return a value as JSON: keys sorted, no spaces, ASCII only; the same bytes for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=dict).encode("ascii")


def merged_env(base: Sequence[str], new: Sequence[str]) -> list[str]:
    """Return the variables of both; each stands where it came first with the value that came last."""
    values: dict[str, str] = {}
    for variable in (*base, *new):
        values[variable.partition("=")[0]] = variable
    return list(values.values())


def config_bytes(
    spec: ImageSpec,
    layers: Sequence[Layer],
    diff_ids: Sequence[str],
    *,
    base_env: Sequence[str] = (),
    histories: Sequence[Sequence[Mapping[str, Any]]] = (),
    plan_text: str | None = None,
) -> bytes:
    """Return the config.

    Args:
        spec: name, config object, platform and time.
        layers: all layers of the plan, lowest first.
        diff_ids: one for each layer.
        base_env: the variables of the base image, the only thing that is inherited.
        histories: for each layer the history entries that it brings along; empty for a new layer.
        plan_text: the plan file of the image, for its label; a label of that name in the spec holds instead.
    """
    config = dict(spec.config)
    env = merged_env(base_env, config.get("Env") or ())
    if env:
        config["Env"] = env
    if plan_text is not None:
        config["Labels"] = {PLAN_LABEL: plan_text} | dict(config.get("Labels") or {})
    history: list[dict[str, Any]] = []
    for layer, brought in zip(layers, histories or repeat(()), strict=False):
        history += map(dict, brought)
        if not brought:  # tools match entries and layers by position
            history.append({"created": spec.created, "created_by": _made_by(layer)})
    document = {
        "architecture": spec.architecture,
        "config": config,
        "created": spec.created,
        "history": history,
        "os": spec.os,
        "rootfs": {"diff_ids": list(diff_ids), "type": "layers"},
    }
    return canonical(document | ({"variant": spec.variant} if spec.variant else {}))


def _made_by(layer: Layer) -> str:
    words = {"base": "base layer", "customisation": "links at the root", "store": "no store path"}
    return " ".join(layer.paths) or words[layer.kind]
