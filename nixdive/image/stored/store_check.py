"""The store paths of an image against what the Nix of this machine has recorded of them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from nixdive.contents.disk import DiskContents
from nixdive.contents.nar import nar_hash
from nixdive.errors import UnknownPathError
from nixdive.image.oci.history import store_dir
from nixdive.image.stored.contents import ImageContents
from nixdive.image.stored.indexed import index_image
from nixdive.image.stored.verify import Problem, Unchecked, Verified
from nixdive.store.nar_hash import sha256_hex
from nixdive.store.nix.disk import disk_root
from nixdive.store.nix.query import query

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nixdive.image.readers.stored import StoredImage
    from nixdive.progress import Progress
    from nixdive.store.path import StorePath

NOT_RECORDED = "Nix has recorded no hash of it here"


def check_store(image: StoredImage, origin: str, progress: Progress) -> Verified:
    """Compare the NAR hash of each store path in an image with what Nix has recorded of it.

    Args:
        image: the image; store paths in layers that cannot be read count as missing.
        origin: what the user named.
        progress: notified of the layer bytes that are read.

    Returns:
        The store paths that differ, and those of which Nix has recorded nothing; `checked` counts the paths.

    Raises:
        NixCommandError: there is no Nix, or it failed.
        MalformedImageError: no layer can be read.
        Cancelled: the user stopped it.
    """
    contents = ImageContents(image.layers, index_image(image, progress), store_dir(image.config))
    recorded = _recorded(contents.paths, origin, progress)
    problems, unchecked, checked = [], [], 0
    for path in contents.paths:
        stated = recorded.get(path)
        if stated is None:
            unchecked.append(Unchecked(str(path), None, NOT_RECORDED))
            continue
        checked += 1
        found = nar_hash(contents, path, progress)
        if found != stated:
            problems.append(
                Problem(str(path), f"its NAR hash is sha256:{found}, Nix recorded sha256:{stated}")
            )
    return Verified(checked, tuple(problems), tuple(unchecked))


def _recorded(paths: Sequence[StorePath], origin: str, progress: Progress) -> Mapping[StorePath, str]:
    """Return the hashes that Nix has recorded, in hexadecimal digits."""
    disk = DiskContents(disk_root(paths))
    here = [path for path in paths if disk.has(path)]
    if not here:
        return {}
    try:
        infos = query(here, origin, "", progress).infos
    except UnknownPathError:  # something lies in the store that is not registered
        infos = ()
        for path in here:
            with suppress(UnknownPathError):
                infos += query([path], origin, "", progress).infos
    hashes = {info.path: sha256_hex(info.nar_hash) for info in infos if info.nar_hash}
    return {path: digits for path, digits in hashes.items() if digits is not None}
