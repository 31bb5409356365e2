"""The store paths that an image has from a store, and not from its layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nixdive.sizes import prose
from nixdive.words import counted

if TYPE_CHECKING:
    from nixdive.store.path import StorePath


class Mounts(NamedTuple):
    """What nix-snapshotter mounts where a container of the image runs.

    Attributes:
        paths: the store paths, in the order in which they are named.
        nar_size: NAR bytes of all of them; None unless all are on this machine.
    """

    paths: tuple[StorePath, ...]
    nar_size: int | None

    @property
    def words(self) -> str:
        """The paths in words, and that nothing counts them."""
        size = "" if self.nar_size is None else f" ({prose(self.nar_size)} as NARs)"
        count = counted(len(self.paths), "store path")
        return f"{count}{size} from a store, mounted by nix-snapshotter: in no layer, and in no figure here"
