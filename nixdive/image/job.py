"""One image on its way: where the bytes of its layers come from, and what it is once they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nixdive.image import media
from nixdive.image.checks import image as check
from nixdive.image.checks.config import checked_config, refusals
from nixdive.image.checks.layers import of_file, of_found, of_name
from nixdive.image.checks.refusal import Refusal, raise_for
from nixdive.image.config import canonical, config_document, whole_config
from nixdive.image.digest import digest_of
from nixdive.image.materials import histories, materials, plan_text
from nixdive.image.name import ImageName
from nixdive.image.readers.stored import Said, StoredLayer
from nixdive.image.writers.parts import Blob, Parts
from nixdive.image.written import WrittenImage, WrittenLayer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nixdive.contents.entry import Contents
    from nixdive.image.base import BaseImage
    from nixdive.image.customisation import Customisation
    from nixdive.image.sources import Raw
    from nixdive.image.spec import ImageSpec
    from nixdive.layering.plan import Layer, LayerPlan

# as long as every other
_ANY_DIGEST = f"sha256:{0:064x}"


class ImageJob:
    """An image to be written.

    Attributes:
        name: its name.
        notes: what one or the other engine does not do with it, though all of them load it; one line each.

    Raises:
        ImageError: an engine would refuse the image, or lose something of it.
    """

    def __init__(self, plan: LayerPlan, spec: ImageSpec, base: BaseImage | None) -> None:
        self.name = ImageName.parse(spec.name)
        self._plan = plan
        self._spec = spec
        self._base = base
        text = plan_text(plan, base)
        opened = base.inner if base is not None and base.opened else {}
        below = None if base is None or base.opened else base
        where = str(self.name)
        found = [*check.of_layers(len(plan.layers)), *check.of_spec(spec, below.platform if below else None)]
        if below is not None:
            found += [
                one._replace(what=f"base image: {one.what}")
                for one in refusals({"Env": below.inner.get("Env")})
            ]
        raise_for(where, found)
        asked = checked_config(spec.config, where, known=opened)
        env = below.env if below else ()
        self._config = whole_config(asked, env, text)
        self._found = {one.digest: one for one in base.blobs if one.digest} if base is not None else {}
        self._said = base.stored.said if base is not None and base.opened else Said()
        self._kept = base.stored.config if base is not None and base.opened else {}
        document = self._document([_ANY_DIGEST] * len(plan.layers))
        no_room: tuple[str, ...] = ()
        if text is not None and any(check.of_size("config", len(canonical(document)))):
            self._config = whole_config(asked, env)
            document = self._document([_ANY_DIGEST] * len(plan.layers))
            no_room = (
                "the plan is in no label: with it the config would be larger than podman and skopeo take",
            )
        raise_for(
            where,
            [
                *refusals(self._config, opened),
                *check.of_fields(document),
                *check.of_size("config", len(canonical(document))),
                *check.of_said(self._said, [one.said for one in self._found.values()]),
            ],
        )
        lost = check.lost(spec.image_format, self._said, [one.said for one in self._found.values()])
        self.notes = (*no_room, *lost, *check.notes(self._config))

    def layers(self, contents: Contents, customisation: Customisation | None) -> list[Raw | StoredLayer]:
        """Return where the bytes of each layer of the plan come from.

        Raises:
            ImageError: an engine would refuse a layer that stays as it is.
        """
        raise_for(str(self.name), list(self._refused(customisation)))
        return materials(self._plan, self._spec, contents, base=self._base, customisation=customisation)

    def _refused(self, customisation: Customisation | None) -> Iterator[Refusal]:
        base = self._base
        if base is not None:
            stays = {layer.diff_id for layer in self._plan.layers}
            for blob, index in zip(base.blobs, base.indexes, strict=False):
                if blob.diff_id in stays:
                    yield from of_found(blob, index)
            for blob, twice in zip(base.blobs, base.repeated, strict=False):
                yield from of_name(blob.where, twice)
        if customisation is not None and customisation.tar is not None:
            yield from of_file(customisation.tar)

    def parts(self, blobs: Sequence[Blob]) -> Parts:
        """Return what the image is, from the blobs of its layers, lowest first."""
        written = tuple(
            self._written(layer, blob) for layer, blob in zip(self._plan.layers, blobs, strict=True)
        )
        config = canonical(self._document([layer.diff_id for layer in written]))
        return Parts(self.name, self._spec.platform.spelled, config, written, self._said)

    def _written(self, layer: Layer, blob: Blob) -> WrittenLayer:
        found = self._found.get(blob.digest)
        return WrittenLayer(
            blob.diff_id,
            blob.digest,
            media.kept_type(found.media_type if found else None, blob.compression),
            blob.size,
            blob.uncompressed_size,
            layer.paths,
            found.said if found else {},
        )

    def _document(self, diff_ids: Sequence[str]) -> dict[str, Any]:
        return config_document(
            self._spec,
            self._config,
            self._plan.layers,
            diff_ids,
            histories=histories(self._plan, self._base),
            kept=self._kept,
        )

    def image(
        self,
        parts: Parts,
        manifest_digest: str,
        *,
        target: str,
        total: int,
        reference: str | None,
        seconds: float,
    ) -> WrittenImage:
        """Return what there is to tell of it, now that it is written."""
        return WrittenImage(
            target,
            str(self.name),
            self._spec.image_format,
            digest_of(parts.config),
            manifest_digest,
            parts.layers,
            total,
            seconds,
            reference,
            self.notes,
        )
