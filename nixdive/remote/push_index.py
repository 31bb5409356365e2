"""Push an image for several platforms into a registry: manifests by their digests, the index to the tag."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from nixdive.image.image_index import layer_chunks
from nixdive.image.oci.media import INDEX
from nixdive.image.write_index import WrittenIndex
from nixdive.image.written import Pushed
from nixdive.remote.shipping import ToPut
from nixdive.remote.spool import Remade

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nixdive.image.image_index import ImageIndex
    from nixdive.progress import Progress
    from nixdive.remote.approach import Approach


def push_index(index: ImageIndex, approach: Approach, progress: Progress) -> WrittenIndex:
    """Send what the registry lacks, and put the manifests; the index comes last.

    Args:
        index: what to push.
        approach: the target, whose first requests are under way.
        progress: notified of the bytes that are sent, and asked whether to stop.

    Raises:
        RegistryError: the registry cannot be reached, or refuses.
        MalformedImageError: a blob is missing, or is not what its digest says.
        Cancelled: the user stopped it; the tag is as it was.
    """
    began = time.monotonic()
    shipping, name, layers = approach.shipping, approach.name, index.layers()

    def send(digests: Iterable[str]) -> None:
        for digest in digests:
            files, size = layers[digest]
            shipping.send(digest, size, Remade(partial(layer_chunks, files, digest, size)))

    there = shipping.there({digest: size for digest, (_, size) in layers.items()})
    progress.start("sending", sum(size for digest, (_, size) in layers.items() if digest not in there))
    send(digest for digest in layers if digest not in there)
    manifests = [ToPut(one.tag or one.digest, one.data, one.entry["mediaType"]) for one in index.all]
    manifests.append(ToPut(name.tag, index.data, INDEX))
    shipping.finish(
        list(index.configs().values()), manifests, lambda gone: send(sorted(layers.keys() & gone))
    )
    tally = shipping.tally
    sent, mounted = layers.keys() & tally.sent, layers.keys() & tally.mounted
    return WrittenIndex(
        name.text,
        f"{name.host}/{name.repository}:{name.tag}",
        "oci",
        index,
        name.tag,
        tally.size + sum(len(one.data) for one in manifests),
        time.monotonic() - began,
        Pushed(len(sent), len(mounted), len(layers) - len(sent) - len(mounted)),
    )
