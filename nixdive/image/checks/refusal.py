"""Something that engines do not take."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nixdive.errors import ImageError
from nixdive.words import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN = 3

DOCKER, PODMAN, CONTAINERD, SKOPEO = "docker", "podman", "containerd", "skopeo"
# those that know the keys of Docker besides those of the specification
DOCKERS = (DOCKER, PODMAN)
# those that read an image as OCI describes it
READERS = (PODMAN, CONTAINERD, SKOPEO)
RUNNING = (DOCKER, PODMAN, CONTAINERD)
ALL = (DOCKER, PODMAN, CONTAINERD, SKOPEO)


class Refusal(NamedTuple):
    """Something that is not taken.

    Attributes:
        what: what is wrong, beginning with where it stands.
        engines: those that refuse the image for it, to load or to run; empty where they silently lose it.
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
    """Raise ImageError where something was found; the message names the first few of them."""
    if not found:
        return
    words = [str(one) for one in found[:_SHOWN]]
    if len(found) > _SHOWN:
        words.append(f"and {len(found) - _SHOWN} more")
    raise ImageError(f"{where}: {'; '.join(words)}", hint=next((one.hint for one in found if one.hint), None))
