"""The directory form of skopeo and podman (`dir:`, containers-transports(5)), read as an OCI layout.

manifest.json is the manifest itself, or an index whose manifests are beside it as <digits>.manifest.json;
blobs are named by the digits of their digests.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from nixdive.digest import digest_of, hex_of
from nixdive.errors import MalformedImageError
from nixdive.image.oci import media
from nixdive.image.readers.files import DirectoryFiles, Place, whole
from nixdive.image.readers.stored import json_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_MANIFEST = "manifest.json"
_INDEX = "index.json"
_LAYOUT = "oci-layout"
_BLOBS = "blobs/sha256/"
_OTHERS = ".manifest.json"


def is_skopeo_dir(files: DirectoryFiles) -> bool:
    """Whether the files are an image in that form, by what manifest.json says of itself."""
    names = files.names()
    if _MANIFEST not in names or _INDEX in names or _LAYOUT in names:
        return False
    try:
        found = json_of(files, _MANIFEST)
    except MalformedImageError:
        return False
    return isinstance(found, dict) and found.get("schemaVersion") == 2


class SkopeoDirFiles:
    """The files of such a directory under the names that they have in an OCI layout.

    Args:
        files: the directory.

    Raises:
        MalformedImageError: manifest.json cannot be read.
    """

    def __init__(self, files: DirectoryFiles) -> None:
        self.where = files.where
        self._files = files
        data = whole(files, _MANIFEST)
        self._manifest = digest_of(data)
        found = json.loads(data)
        kind = found.get("mediaType") or (media.INDEX if "manifests" in found else media.MANIFEST)
        listed = {"mediaType": kind, "digest": self._manifest, "size": len(data)}
        self._made = {  # what a layout has, and this form has not
            _INDEX: json.dumps({"schemaVersion": 2, "manifests": [listed]}).encode(),
            _LAYOUT: b'{"imageLayoutVersion": "1.0.0"}',
        }
        self._there = files.names()

    def names(self) -> frozenset[str]:
        """Return the names of all files."""
        blobs = (self._name(one) for one in self._there)
        return frozenset({*self._made, *(f"{_BLOBS}{one}" for one in blobs if one)})

    def _name(self, name: str) -> str:
        if name == _MANIFEST:
            return hex_of(self._manifest)
        return "" if name == "version" else name.removesuffix(_OTHERS)

    def _member(self, name: str) -> str:
        digits = name.removeprefix(_BLOBS)
        if digits == hex_of(self._manifest):
            return _MANIFEST
        return digits + _OTHERS if digits + _OTHERS in self._there else digits

    def size(self, name: str) -> int:
        """Return the bytes of a file."""
        made = self._made.get(name)
        return self._files.size(self._member(name)) if made is None else len(made)

    def head(self, name: str, count: int) -> bytes:
        """Return the first bytes of a file."""
        made = self._made.get(name)
        return self._files.head(self._member(name), count) if made is None else made[:count]

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield a file in pieces."""
        if name in self._made:
            yield self._made[name]
        else:
            yield from self._files.chunks(self._member(name))

    def place(self, name: str) -> Place:
        """Return the range of a file's bytes."""
        return self._files.place(self._member(name))
