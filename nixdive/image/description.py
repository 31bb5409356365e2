"""The documents of an image apart from its layers: checked before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nixdive.image.checks import image as check
from nixdive.image.checks.config import checked_config, refusals
from nixdive.image.checks.refusal import Refusal, raise_for
from nixdive.image.materials import histories, plan_text
from nixdive.image.oci.config import canonical, config_document, whole_config
from nixdive.image.oci.name import ImageName
from nixdive.image.oci.said import Said

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from nixdive.image.base import BaseImage
    from nixdive.image.oci.spec import ImageSpec
    from nixdive.layering.plan import LayerPlan

# as long as every other
_ANY_DIGEST = f"sha256:{0:064x}"


@dataclass(frozen=True, slots=True)
class Description:
    """The documents of an image, complete but for the digests of its layers.

    Attributes:
        name: its name.
        plan: its layers.
        spec: platform, time and format.
        base: the image below, or the one that was opened, or None.
        config: the `config` object of its config.
        notes: limitations of single engines, although all of them load it; one line each.
    """

    name: ImageName
    plan: LayerPlan
    spec: ImageSpec
    base: BaseImage | None
    config: Mapping[str, Any]
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, plan: LayerPlan, spec: ImageSpec, base: BaseImage | None) -> Description:
        """Return the description of a new image.

        Raises:
            ImageError: an engine would refuse the image, or lose a part of it.
        """
        name = ImageName.parse(spec.name)
        below = None if base is None or base.opened else base
        known = base.inner if base is not None and base.opened else {}
        raise_for(str(name), list(_of_spec(spec, below)))
        asked = checked_config(spec.config, str(name), known=known)
        env, text = below.env if below else (), plan_text(plan, base)
        found = cls(name, plan, spec, base, whole_config(asked, env, text))
        notes: tuple[str, ...] = ()
        if text is not None and any(check.of_size("config", found.config_size)):
            found = replace(found, config=whole_config(asked, env))
            notes = (
                "the plan is not stored in a label: the config would be larger than podman and skopeo accept",
            )
        raise_for(str(name), list(found.refused(known)))
        lost = check.lost(spec.image_format, found.said, found.said_of_layers)
        return replace(
            found,
            notes=(*notes, *lost, *check.notes(found.config), *check.crowded(len(plan.layers))),
        )

    @property
    def said(self) -> Said:
        """Other keys of the documents: those of the image that was opened, and the new annotations."""
        found = self.base.stored.said if self.base is not None and self.base.opened else Said()
        return found.annotated(self.spec.annotations)

    @property
    def said_of_layers(self) -> list[Mapping[str, Any]]:
        """Other keys in the descriptor of each existing layer."""
        return [layer.said for layer in self.base.blobs] if self.base is not None else []

    @property
    def config_size(self) -> int:
        """Bytes of the config."""
        return len(canonical(self.document([_ANY_DIGEST] * len(self.plan.layers))))

    def document(self, diff_ids: Sequence[str]) -> dict[str, Any]:
        """Return the image config, with the diff_id of each layer, lowest first."""
        return config_document(
            self.spec,
            self.config,
            self.plan.layers,
            diff_ids,
            histories=histories(self.plan, self.base),
            kept=self.base.stored.config if self.base is not None and self.base.opened else None,
        )

    def refused(self, known: Collection[str]) -> Iterator[Refusal]:
        """Yield what engines do not accept in the documents; see `checked_config` for `known`."""
        yield from refusals(self.config, known)
        yield from check.of_fields(self.document(()))
        yield from check.of_size("config", self.config_size)
        yield from check.of_said(self.said, self.said_of_layers)


def _of_spec(spec: ImageSpec, below: BaseImage | None) -> Iterator[Refusal]:
    yield from check.of_spec(spec, below.platform if below else None)
    for found in refusals({"Env": below.inner.get("Env")} if below else {}):
        yield found._replace(what=f"base image: {found.what}")
