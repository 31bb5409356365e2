"""OCI layouts made blob by blob, for tests."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from nixdive.image.oci import media

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

AMD64: dict[str, str] = {"os": "linux", "architecture": "amd64"}
ARM64: dict[str, str] = {"os": "linux", "architecture": "arm64"}
UNKNOWN: dict[str, str] = {"os": "unknown", "architecture": "unknown"}
EMPTY = "application/vnd.oci.empty.v1+json"
NAME = "org.opencontainers.image.ref.name"


class Layout:
    """A layout in a directory; every method returns the descriptor of what it has put there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._blobs = path / "blobs/sha256"
        self._blobs.mkdir(parents=True)
        (path / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    def blob(self, data: bytes, media_type: str, **keys: Any) -> dict[str, Any]:
        digits = sha256(data).hexdigest()
        (self._blobs / digits).write_bytes(data)
        return {"mediaType": media_type, "digest": f"sha256:{digits}", "size": len(data), **keys}

    def document(self, value: Any, media_type: str, **keys: Any) -> dict[str, Any]:
        return self.blob(json.dumps(value).encode(), media_type, **keys)

    def image(
        self,
        *layers: bytes,
        platform: dict[str, Any] = AMD64,
        stated: bool = False,
        pack: Callable[[bytes], bytes] = bytes,
        noted: Sequence[dict[str, str]] = (),
        **keys: Any,
    ) -> dict[str, Any]:
        """An image of these tars, each packed so; its descriptor names the platform where that is wanted.

        The last layers have these annotations.
        """
        ids = [f"sha256:{sha256(data).hexdigest()}" for data in layers]
        config = {**platform, "rootfs": {"type": "layers", "diff_ids": ids}}
        kind = media.LAYER if pack is bytes else f"{media.LAYER}+gzip"
        manifest = {
            "schemaVersion": 2,
            "mediaType": media.MANIFEST,
            "config": self.document(config, media.CONFIG),
            "layers": [
                self.blob(pack(data), kind, **({"annotations": notes} if notes else {}))
                for data, notes in zip(layers, (*({} for _ in layers[len(noted) :]), *noted), strict=True)
            ],
        }
        return self.document(manifest, media.MANIFEST, **({"platform": platform} if stated else {}), **keys)

    def attestation(self, subject: dict[str, Any]) -> dict[str, Any]:
        """What buildkit adds beside an image: a manifest with an in-toto statement as its layer."""
        manifest = {
            "schemaVersion": 2,
            "mediaType": media.MANIFEST,
            "config": self.document({**UNKNOWN, "rootfs": {"type": "layers", "diff_ids": []}}, media.CONFIG),
            "layers": [self.document({"subject": subject["digest"]}, "application/vnd.in-toto+json")],
        }
        notes = {
            "vnd.docker.reference.digest": subject["digest"],
            "vnd.docker.reference.type": "attestation-manifest",
        }
        return self.document(manifest, media.MANIFEST, platform=UNKNOWN, annotations=notes)

    def signature(self, subject: dict[str, Any]) -> dict[str, Any]:
        """An artifact of OCI 1.1 that refers to an image."""
        manifest = {
            "schemaVersion": 2,
            "mediaType": media.MANIFEST,
            "artifactType": "application/vnd.example.signature",
            "config": self.blob(b"{}", EMPTY),
            "layers": [self.blob(b"signed", "application/octet-stream")],
            "subject": subject,
        }
        return self.document(manifest, media.MANIFEST, artifactType="application/vnd.example.signature")

    def cosign(self, subject: dict[str, Any]) -> dict[str, Any]:
        """A signature as cosign stores it: with the config of an image, and a payload as its layer."""
        payload = self.blob(
            json.dumps({"critical": subject["digest"]}).encode(),
            "application/vnd.dev.cosign.simplesigning.v1+json",
        )
        config = {"architecture": "", "os": "", "rootfs": {"type": "layers", "diff_ids": [payload["digest"]]}}
        manifest = {
            "schemaVersion": 2,
            "mediaType": media.MANIFEST,
            "config": self.document(config, media.CONFIG),
            "layers": [payload],
        }
        tag = subject["digest"].replace(":", "-") + ".sig"
        return self.document(manifest, media.MANIFEST, annotations={NAME: tag})

    def index(self, *entries: dict[str, Any], **keys: Any) -> dict[str, Any]:
        """An index inside the layout."""
        value = {"schemaVersion": 2, "mediaType": media.INDEX, "manifests": entries}
        return self.document(value, media.INDEX, **keys)

    def list(self, *entries: dict[str, Any]) -> Path:
        """The index of the layout; returns the layout's directory."""
        (self.path / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": entries}))
        return self.path

    def place(self, descriptor: dict[str, Any]) -> Path:
        return self._blobs / str(descriptor["digest"]).removeprefix("sha256:")

    def without(self, manifest: dict[str, Any], *, documents: bool = False) -> None:
        """Take the layers of an image away; its manifest and config too, if its documents are meant."""
        stated = json.loads(self.place(manifest).read_bytes())
        gone = [*stated["layers"], *([stated["config"], manifest] if documents else [])]
        for one in gone:
            self.place(one).unlink(missing_ok=True)
