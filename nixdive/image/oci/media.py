"""Media types of the OCI image specification (media-types.md), and Docker's for the same things."""

from __future__ import annotations

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"

DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"

INDEXES = frozenset({INDEX, DOCKER_INDEX})
MANIFESTS = frozenset({MANIFEST, DOCKER_MANIFEST})
CONFIGS = frozenset({CONFIG, DOCKER_CONFIG})

_OF_LAYERS = ("application/vnd.oci.image.", "application/vnd.docker.")
_MAY_NOT = "nondistributable"
_SUFFIXES = {"none": "", "gzip": "+gzip", "zstd": "+zstd"}
_LAYERS = {
    **{LAYER + suffix: name for name, suffix in _SUFFIXES.items()},
    **{
        LAYER.replace("layer.v1", f"layer.{_MAY_NOT}.v1") + suffix: name for name, suffix in _SUFFIXES.items()
    },
    DOCKER_LAYER: "none",
    DOCKER_LAYER + ".gzip": "gzip",
    DOCKER_LAYER + ".zstd": "zstd",
}


def layer_type(compression: str) -> str:
    """Return the media type of a layer whose blob is compressed so: none, gzip, zstd; others have none."""
    return LAYER + _SUFFIXES.get(compression, f"+{compression}")


def kept_type(media_type: str | None, compression: str) -> str:
    """Return the media type of a layer that is kept as it was found: one that may not be pushed stays so."""
    if media_type is not None and _MAY_NOT in media_type and compression_of(media_type) == compression:
        return media_type
    return layer_type(compression)


def may_be_layer(media_type: str | None) -> bool:
    """Whether a media type is one of a layer, or may be meant as one: misspelt, or of a later version."""
    return media_type is None or media_type.startswith(_OF_LAYERS)


def is_usual(media_type: str | None, compression: str) -> bool:
    """Whether a media type that states another compression is the usual one: skopeo's for a plain layer."""
    return compression == "none" and media_type == DOCKER_LAYER + ".gzip"


def compression_of(media_type: str) -> str | None:
    """Return the compression that a layer's media type states, or None if it is not a layer's."""
    return _LAYERS.get(media_type)
