"""What the documents of an image say beside what is understood here: it is passed on as it is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from nixdive.image.oci.kinds import MAP

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Said:
    """Keys in the documents of an image that are not interpreted here, unchanged.

    Attributes:
        manifest: keys of its manifest.
        config: keys of the descriptor of its config.
        annotations: those of the entry in the index.
        index: keys of the index.
    """

    manifest: Mapping[str, Any] = field(default_factory=dict, compare=False)
    config: Mapping[str, Any] = field(default_factory=dict, compare=False)
    annotations: Mapping[str, str] = field(default_factory=dict, compare=False)
    index: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def annotated(self, more: Mapping[str, str]) -> Said:
        """Return the same with further annotations of the manifest; what has none to add to stays."""
        had = self.manifest.get("annotations") or {}
        if not more or not MAP.holds(had):
            return self
        return replace(self, manifest={**self.manifest, "annotations": {**had, **more}})
