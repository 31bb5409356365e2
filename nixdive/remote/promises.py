"""What manifests that a registry has promise about its blobs, so that nobody has to ask."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nixdive.digest import is_digest
from nixdive.errors import MalformedImageError, NixdiveError, RegistryError
from nixdive.image.oci import media
from nixdive.json_text import parsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nixdive.remote.name import RemoteName
    from nixdive.remote.repository import Repository

_MOST_IMAGES = 16  # of an index
_NONE = frozenset({401, 403, 404})


@dataclass(slots=True)
class Promises:
    """Blobs that a registry should have.

    Attributes:
        here: the digests of those in the repository that is pushed to.
        elsewhere: those in other repositories of the registry, each with its repository.
    """

    here: set[str] = field(default_factory=set)
    elsewhere: dict[str, str] = field(default_factory=dict)

    def take_back(self, digests: Iterable[str]) -> None:
        """Forget blobs that are not there after all."""
        self.here.difference_update(digests)
        for digest in digests:
            self.elsewhere.pop(digest, None)


def promised(repository: Repository, references: Iterable[str]) -> set[str]:
    """Return the digests of the blobs of manifests; one that may not be read, or is not an image's, has none.

    Args:
        repository: where they are.
        references: tags and digests; of an index the first images count.

    Raises:
        RegistryError: the registry cannot be reached, or fails.
        Cancelled: the user stopped it.
    """
    found: set[str] = set()
    waiting = list(dict.fromkeys(references))
    while waiting:
        try:
            said = repository.manifest(waiting.pop())
        except MalformedImageError:
            continue
        except RegistryError as error:
            if error.status in _NONE:
                continue
            raise
        value: Any = None
        with suppress(NixdiveError):
            value = parsed(said.data, MalformedImageError)
        if not isinstance(value, dict):
            continue
        if said.media_type in media.INDEXES:
            waiting += [*_digests(value.get("manifests"))][:_MOST_IMAGES]
        else:
            found.update(_digests([value.get("config")]), _digests(value.get("layers")))
    return found


def earlier_ones(name: RemoteName, images: Iterable[RemoteName]) -> dict[str, list[str]]:
    """Return the references of images in the registry of a name, by repository; that of the name comes first.

    What the tag stands for now is among them.
    """
    found = {name.repository: [name.tag]}
    for one in images:
        if one.host == name.host:
            found.setdefault(one.repository, []).append(one.reference)
    return found


def _digests(descriptors: Any) -> Iterator[str]:
    for one in descriptors if isinstance(descriptors, list) else []:
        if isinstance(one, dict) and is_digest(one.get("digest")):
            yield one["digest"]
