"""The layers above those of the store: files at the image's root, made here, or tars that are there."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Self

from nixdive import there
from nixdive.contents.tar_header import BLOCK, is_header
from nixdive.errors import ImageError, MalformedImageError, NixdiveError, UnreadablePathError
from nixdive.image.checks.layers import of_member
from nixdive.image.oci.spec import Stamp
from nixdive.image.root.nix_database import SCHEMA, database
from nixdive.image.root.tree import Tree, link
from nixdive.image.sources import Raw, Repacked, TarFile
from nixdive.image.tars.tar import TarLayer
from nixdive.layering.plan import Layer, LayerKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.contents.entry import Contents, FileEntry
    from nixdive.image.base import BaseImage
    from nixdive.image.checks.refusal import Refusal
    from nixdive.image.root.request import Folder, Permission, RootRequest
    from nixdive.store.path import StorePath

_MOST_HASHED, _PIECE = 1 << 20, 1 << 16  # bytes
_LAYER = "a layer is a tar, packed or not, or a directory of its files"
_DATABASE = "/nix/var/nix/db"
_ROOTS = "/nix/var/nix/gcroots/docker"  # where dockerTools has them


@dataclass(frozen=True, slots=True)
class TopLayer:
    """One layer above those of the store.

    Attributes:
        made: its files, or a tar that is passed through byte for byte.
        reason: what it is, in plans and in the image's history.
        digest: what its tar hashes to with the usual time and owner; None for a large one.
    """

    made: Tree | TarFile | Repacked
    reason: str
    digest: str | None = None

    @classmethod
    def ready(cls, tar: Path, reason: str = "customisation layer") -> Self:
        """Return the layer in a tar, compressed or not, or in a directory that has a layer.tar.

        Raises:
            UnreadablePathError: it is missing.
            MalformedImageError: it is no tar, or it is compressed, and damaged.
        """
        place = tar / "layer.tar" if there.is_folder(tar, UnreadablePathError) else tar
        file = TarFile.of(Path(there.resolved(place, UnreadablePathError)))
        stored = file.stored
        if stored.compression == "none":
            with there.reading(place, UnreadablePathError), there.opened(file.path) as opened:
                start = opened.read(BLOCK)
            if not (is_header(start) or start == bytes(BLOCK)):
                raise MalformedImageError(
                    f"{place}: it is no tar",
                    hint="a layer is a tar, packed or not, or a directory of its files",
                )
        return cls(file if stored.compression == "none" else Repacked.of(stored), reason)

    def raw(self, stamp: Stamp) -> Raw:
        """Return the bytes of the layer."""
        if isinstance(self.made, Tree):
            return TarLayer(self.made.entries, self.made.contents, stamp, owners=self.made.owners)
        return self.made

    def hashed(self) -> Self:
        """Return the layer with its digest, if it is small: prices ask whether a registry has it."""
        raw = self.raw(Stamp())
        if raw.size > _MOST_HASHED:
            return self
        found = sha256()
        try:
            for piece in raw.blocks(lambda: memoryview(bytearray(_PIECE))):
                found.update(piece)
        except NixdiveError:  # told when it is written
            return self
        return replace(self, digest=f"sha256:{found.hexdigest()}")

    def refused(self) -> Iterator[Refusal]:
        """Yield what engines do not accept in it."""
        if not isinstance(self.made, Tree):
            yield from of_member(self.made.stored)

    @property
    def layer(self) -> Layer:
        """The layer as plans count it."""
        size = self.raw(Stamp()).size
        return Layer(LayerKind.CUSTOMISATION, (), size, self.reason, tar_digest=self.digest)


@dataclass(frozen=True, slots=True)
class Customisation:
    """The layers above those of the store.

    Attributes:
        tops: lowest first; never empty.
    """

    tops: tuple[TopLayer, ...]

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers as plans count them."""
        return tuple(top.layer for top in self.tops)

    def top_of(self, layer: Layer) -> TopLayer | None:
        """Return the layer that a layer of a plan stands for, or None."""
        return next((top for top in self.tops if top.layer == layer), None)

    @classmethod
    def asked(
        cls,
        root: RootRequest,
        linked: Sequence[StorePath],
        closure: Closure,
        contents: Contents,
        base: BaseImage | None = None,
    ) -> Self | None:
        """Return the layers that were asked for, or None if nothing was.

        Args:
            root: what is asked of the root.
            linked: store paths whose files are linked there.
            closure: the store paths that a Nix inside is to know.
            contents: the files of store paths.
            base: the image below, or None.

        Raises:
            ImageError: two of the wishes contradict each other, or a permission has nothing to apply to.
            MalformedImageError: the base image, or a tar, cannot be read.
            UnreadablePathError: a path is missing.
        """
        made = [*_root(root, linked, closure, contents, base)]
        for text in root.layers:
            place = Path(text)
            if there.is_folder(place, UnreadablePathError):
                tree = Tree.directory(place, base, keep_owners=root.keep_owners)
                made.append(TopLayer(tree, f"files of {place.name or place}"))
            else:
                made.append(TopLayer.ready(place, f"layer of {place.name}"))
        made = [*_permitted(made, root.permissions)]
        return cls(tuple(top.hashed() for top in _told_apart(made))) if made else None


def _root(
    root: RootRequest,
    linked: Sequence[StorePath],
    closure: Closure,
    contents: Contents,
    base: BaseImage | None,
) -> Iterator[TopLayer]:
    """Yield the layer of links, directories and users, if any of them is asked for."""
    files: dict[bytes, FileEntry] = {one.name: one for one in Tree.links(linked, contents).entries}
    data = {name.encode(): text.encode() for name, text in root.texts.items()}
    folders: list[Folder] = list(root.homes)
    if root.nix_db:
        infos = closure.infos
        data[f"{_DATABASE}/db.sqlite".encode()] = database(infos, Stamp().mtime)
        data[f"{_DATABASE}/schema".encode()] = SCHEMA
        roots = (closure.paths[i] for i in closure.roots)
        for one in (link(f"{_ROOTS}/{path.base}", path) for path in dict.fromkeys((*roots, *linked))):
            files[one.name] = one
    folders += root.folders
    if not files and not data and not folders:
        return
    asked = [name for name, said in (("links", linked), ("files", data or folders)) if said]
    yield TopLayer(
        Tree.made(files.values(), base, folders=folders, data=data), f"{' and '.join(asked)} at the root"
    )


def _told_apart(made: Sequence[TopLayer]) -> Iterator[TopLayer]:
    """Yield the layers, each with a reason of its own, by which plans know them."""
    seen: Counter[str] = Counter()
    for top in made:
        seen[top.reason] += 1
        count = seen[top.reason]
        yield top if count == 1 else TopLayer(top.made, f"{top.reason} ({count})")


def _permitted(made: Sequence[TopLayer], permissions: Sequence[Permission]) -> Iterator[TopLayer]:
    used: set[Permission] = set()
    for top in made:
        if isinstance(top.made, Tree):
            tree, matched = top.made.permitted(permissions)
            used |= matched
            yield TopLayer(tree, top.reason)
        else:
            yield top
    missed = next((one for one in permissions if one not in used), None)
    if missed is not None:
        raise ImageError(
            f"--perm {missed.glob}: no file at the root has such a name",
            hint="store paths stay as they are; it goes with --contents, --mkdir, --passwd and --layer DIR",
        )
