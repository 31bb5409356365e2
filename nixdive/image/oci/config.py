"""The config of an OCI image (image-spec, config.md): what to run, the layers, and their history."""

from __future__ import annotations

import json
from itertools import repeat
from typing import TYPE_CHECKING, Any

from nixdive.image.oci.plan_label import is_plan_label, plan_labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nixdive.image.oci.spec import ImageSpec
    from nixdive.layering.plan import Layer


_PLATFORM = frozenset({"architecture", "os", "variant", "os.version", "os.features"})


def canonical(value: Any) -> bytes:
    """Return a value as JSON: keys sorted, no spaces, ASCII only; the same bytes for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=dict).encode("ascii")


def merged_env(base: Sequence[str], new: Sequence[str]) -> list[str]:
    """Return the variables of both; each is in its first position with its last value."""
    values: dict[str, str] = {}
    for variable in (*base, *new):
        values[variable.partition("=")[0]] = variable
    return list(values.values())


def whole_config(
    config: Mapping[str, Any], base_env: Sequence[str] = (), plan_text: str | None = None
) -> dict[str, Any]:
    """Return the `config` object of an image.

    Args:
        config: the requested values.
        base_env: the variables of the base image, the only thing that is inherited.
        plan_text: the plan file of the image, for its labels; an existing label is kept.
    """
    whole = dict(config)
    env = merged_env(base_env, whole.get("Env") or ())
    if env:
        whole["Env"] = env
    labels = dict(whole.get("Labels") or {})
    if plan_text is not None and not any(map(is_plan_label, labels)):
        whole["Labels"] = plan_labels(plan_text) | labels
    return whole


def config_document(
    spec: ImageSpec,
    config: Mapping[str, Any],
    layers: Sequence[Layer],
    diff_ids: Sequence[str],
    *,
    histories: Sequence[Sequence[Mapping[str, Any]]] = (),
    kept: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the image config.

    Args:
        spec: platform and time.
        config: its `config` object.
        layers: all layers of the plan, lowest first.
        diff_ids: one for each layer.
        histories: for each layer the history entries that it brings along; empty for a new layer.
        kept: fields of the image that was opened, used for those that are not made here: author and so on.
    """
    history: list[dict[str, Any]] = []
    for layer, brought in zip(layers, histories or repeat(()), strict=False):
        history += map(dict, brought)
        if not brought:  # tools match entries and layers by position
            history.append(_step(layer, spec))
    made = {
        **spec.platform.spelled.described,
        "config": config,
        "created": spec.created,
        "history": history,
        "rootfs": {"diff_ids": list(diff_ids), "type": "layers"},
    }
    rest = {key: value for key, value in (kept or {}).items() if key not in _PLATFORM}
    return rest | made


def _step(layer: Layer, spec: ImageSpec) -> dict[str, str]:
    words = {"base": "base layer", "customisation": layer.reason, "store": "no store path"}
    return {"created": spec.created, "created_by": " ".join(layer.paths) or words[layer.kind]}
