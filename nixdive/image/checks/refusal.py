"""Something that engines do not accept."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nixdive.errors import ImageError
from nixdive.words import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN = 3

DOCKER, PODMAN, CONTAINERD, SKOPEO = "docker", "podman", "containerd", "skopeo"
# those that know Docker's keys in addition to those of the specification
DOCKERS = (DOCKER, PODMAN)
# those that read an image as OCI describes it
READERS = (PODMAN, CONTAINERD, SKOPEO)
RUNNING = (DOCKER, PODMAN, CONTAINERD)
ALL = (DOCKER, PODMAN, CONTAINERD, SKOPEO)


class Refusal(NamedTuple):
    """Something that is not accepted.

    Attributes:
        what: what is wrong, beginning with where it is.
        engines: those that refuse to load or run the image because of it; empty if they silently drop it.
        hint: what to do about it, or None.
    """

    what: str
    engines: tuple[str, ...] = ()
    hint: str | None = None

    def __str__(self) -> str:
        if not self.engines:
            return self.what
        verb = "refuses" if len(self.engines) == 1 else "refuse"
        return f"{self.what}: {listed(self.engines)} {verb} it"


def raise_for(where: str, found: Sequence[Refusal]) -> None:
    """Raise ImageError if there are any; the message lists the first few of them."""
    if not found:
        return
    words = [str(one) for one in found[:_SHOWN]]
    if len(found) > _SHOWN:
        words.append(f"and {len(found) - _SHOWN} more")
    raise ImageError(f"{where}: {'; '.join(words)}", hint=next((one.hint for one in found if one.hint), None))
