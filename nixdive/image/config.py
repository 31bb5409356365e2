"""The config of an OCI image (image-spec, config.md): what runs, what the layers are, how they came about."""

from __future__ import annotations

import json
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
    base_history: Sequence[Mapping[str, Any]] = (),
    plan_text: str | None = None,
) -> bytes:
    """Return the config.

    Args:
        spec: name, config object, architecture and time.
        layers: all layers of the plan, lowest first.
        diff_ids: one for each layer.
        base_env: the variables of the base image, the only thing that is inherited.
        base_history: the history of the base layers; entries for layers as many as there are base layers.
        plan_text: the plan file of the image, for its label; a label of that name in the spec holds instead.
    """
    config = dict(spec.config)
    env = merged_env(base_env, config.get("Env") or ())
    if env:
        config["Env"] = env
    if plan_text is not None:
        config["Labels"] = {PLAN_LABEL: plan_text} | dict(config.get("Labels") or {})
    count = sum(layer.kind == "base" for layer in layers)
    history = [dict(entry) for entry in base_history]
    if sum(not entry.get("empty_layer") for entry in history) != count:
        # docker refuses more entries than layers, and tools match them by position
        history = [{"created": spec.created, "created_by": "base layer"} for _ in range(count)]
    for layer in layers[count:]:
        made_by = " ".join(layer.paths) or (
            "links at the root" if layer.kind == "customisation" else "no store path"
        )
        history.append({"created": spec.created, "created_by": made_by})
    return canonical(
        {
            "architecture": spec.architecture,
            "config": config,
            "created": spec.created,
            "history": history,
            "os": "linux",
            "rootfs": {"diff_ids": list(diff_ids), "type": "layers"},
        }
    )
