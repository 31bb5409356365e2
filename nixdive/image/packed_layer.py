"""A layer packed by itself: a directory with its blob, and a document that says what the blob was made of.

The blob is that of the layer in an image, so that whoever has all of them puts the image together without
packing, or having, the files.

```
DIR/layer.json            nixdive.layer/1
DIR/blobs/sha256/<hex>    the blob
```
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nixdive import there
from nixdive.contents.layer_index import Facts, index_layer
from nixdive.digest import hex_of, is_digest
from nixdive.errors import MalformedImageError
from nixdive.image.compression import compression
from nixdive.image.oci import media
from nixdive.image.oci.spec import Stamp
from nixdive.image.readers.files import DirectoryFiles
from nixdive.image.readers.stored import Descriptor, StoredLayer, json_of
from nixdive.image.tars.tar import FORMAT
from nixdive.layering.plan import LayerKind
from nixdive.progress import Progress, check
from nixdive.store.path import StorePath
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from nixdive.image.oci.spec import ImageSpec
    from nixdive.image.writers.parts import Blob
    from nixdive.layering.plan import LayerPlan

DOCUMENT = "layer.json"
BLOBS = "blobs/sha256"
_FORMAT = "nixdive.layer/1"
_HINT = "nixdive pack writes one"


@dataclass(frozen=True, slots=True)
class PackedLayer:
    """A layer that was packed by itself.

    Attributes:
        place: the directory, as the user named it.
        paths: the store paths in it, in the order of its tar.
        stamp: time and owner of its entries.
        made_by: what else the bytes of its blob depend on: the compressor, its version and level.
        stored: the blob, not read yet.
        tar_size: bytes of its uncompressed tar.
    """

    place: str
    paths: tuple[StorePath, ...]
    stamp: Stamp
    made_by: str
    stored: StoredLayer
    tar_size: int

    def misfit(self, spec: ImageSpec) -> str:
        """Return why an image of this spec would have other bytes in such a layer; empty if it has these."""
        if self.stamp != spec.stamp:
            return "it is packed with another time or owner"
        wanted = made_by(spec.compression)
        return "" if self.made_by == wanted else f"it is packed by {self.made_by}, and the image by {wanted}"

    def check(self, progress: Progress) -> None:
        """Read the blob, and compare it with the document; `progress.advance` gets its bytes.

        Raises:
            MalformedImageError: it has another digest, diff_id or size, or is no tar.
            Cancelled: the user stopped it.
        """
        packed = sha256()
        progress.start("verifying", self.stored.size)

        def read() -> Iterator[bytes]:
            for data in self.stored.chunks():
                check(progress)
                packed.update(data)
                progress.advance(len(data))
                yield data

        index = index_layer(self.stored.tar(read()), self.stored.where, facts=Facts.DIFF_ID)
        for what, stated, found in (
            ("digest", self.stored.digest, f"sha256:{packed.hexdigest()}"),
            ("diff_id", self.stored.diff_id, index.diff_id),
            ("uncompressed size", self.tar_size, index.size),
        ):
            if stated != found:
                raise self.stored.malformed(f"its {what} is {found}, {DOCUMENT} says {stated}")


def made_by(method: str) -> str:
    """Return what the bytes of a layer's blob depend on beside its files, their time and owner."""
    found = compression(method)
    return f"layer {FORMAT}, {'no compression' if found is None else found.made_by}"


def fitting(packed: Sequence[PackedLayer], spec: ImageSpec) -> dict[tuple[StorePath, ...], StoredLayer]:
    """Return the blobs that layers of an image would have, by their store paths."""
    return {one.paths: one.stored for one in packed if not one.misfit(spec)}


def misfits(packed: Sequence[PackedLayer], plan: LayerPlan, spec: ImageSpec) -> str:
    """Return in one line which of the packed layers an image does not use, and why; empty if it uses all."""
    wanted = {layer.paths for layer in plan.layers if layer.kind is LayerKind.STORE}
    causes = [
        (one, one.misfit(spec) if one.paths in wanted else "no layer of the plan has just its store paths")
        for one in packed
    ]
    found = [f"{one.place} is not used: {cause}" for one, cause in causes if cause]
    others = f"; {counted(len(found) - 1, 'more packed layer')} not used either" if found[1:] else ""
    return f"{found[0]}{others}" if found else ""


def document(paths: Sequence[StorePath], stamp: Stamp, method: str, blob: Blob) -> dict[str, Any]:
    """Return the document of a packed layer, nixdive.layer/1; sizes in bytes.

    Args:
        paths: in the order of its tar.
        stamp: time and owner of its entries.
        method: none, gzip, zstd or zstd:LEVEL.
        blob: what was written.
    """
    return {
        "format": _FORMAT,
        "paths": list(paths),
        "media_type": media.layer_type(blob.compression),
        "digest": blob.digest,
        "diff_id": blob.diff_id,
        "size": blob.size,
        "uncompressed_size": blob.uncompressed_size,
        "stamp": asdict(stamp),
        "made_by": made_by(method),
    }


def read_packed(text: str) -> PackedLayer:
    """Return the layer that `nixdive pack` has written into a directory; its blob is not read.

    Raises:
        MalformedImageError: there is none, or its document does not say what it should.
    """
    place = Path(text)
    if not there.is_folder(place, MalformedImageError):
        raise MalformedImageError(f"{text}: there is no such directory", hint=_HINT)
    files = DirectoryFiles(place, text)
    if not there.exists(place / DOCUMENT, MalformedImageError):
        raise MalformedImageError(f"{text}: it has no {DOCUMENT}", hint=_HINT)
    found = json_of(files, DOCUMENT)
    where = f"{text}: {DOCUMENT}"
    if not isinstance(found, dict) or found.get("format") != _FORMAT:
        raise MalformedImageError(f'{where}: its format is not "{_FORMAT}"')
    for key, holds, words in _KEYS:
        if not holds(found.get(key)):
            raise MalformedImageError(f"{where}: {key} is not {words}")
    stated = Descriptor.of(
        {"digest": found["digest"], "size": found["size"], "mediaType": found["media_type"]}, where
    )
    stored = StoredLayer.of(files, f"{BLOBS}/{hex_of(stated.digest)}", found["diff_id"], stated)
    if stored.fault or stored.size != stated.size:
        raise stored.malformed(stored.fault or f"it has {stored.size} bytes, not {stated.size}")
    return PackedLayer(
        text,
        tuple(map(StorePath, found["paths"])),
        Stamp(**found["stamp"]),
        found["made_by"],
        stored,
        found["uncompressed_size"],
    )


def _is_size(value: object) -> bool:
    return type(value) is int and value >= 0


def _is_stamp(value: object) -> bool:
    usual = asdict(Stamp())
    return (
        isinstance(value, dict)
        and value.keys() == usual.keys()
        and all(type(value[key]) is type(one) for key, one in usual.items())
    )


def _are_paths(value: object) -> bool:
    return isinstance(value, list) and len(value) > 0 and all(map(_is_path, value))


def _is_path(value: object) -> bool:
    try:
        return isinstance(value, str) and StorePath.parse(value) == value
    except ValueError:
        return False


_KEYS: tuple[tuple[str, Callable[[object], bool], str], ...] = (
    ("paths", _are_paths, "a list of store paths"),
    ("digest", is_digest, "a sha256 digest"),
    ("diff_id", is_digest, "a sha256 digest"),
    ("size", _is_size, "a number of bytes"),
    ("uncompressed_size", _is_size, "a number of bytes"),
    ("stamp", _is_stamp, "a time, an owner and a group"),
    ("media_type", lambda value: isinstance(value, str), "a text"),
    ("made_by", lambda value: isinstance(value, str), "a text"),
)
