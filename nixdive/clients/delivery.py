"""How an image gets to where it runs: who pushes it, who pulls it, and over which link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from nixdive.clients.client import Client, client
from nixdive.clients.link import DEFAULT_LINK, Link
from nixdive.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterable

_PUSHES: Final = "nixdive"
_PULLS: Final = "docker"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Who carries an image, and over which link.

    Attributes:
        pushing: clients that push it.
        pulling: clients that pull it.
        link: between each of them and the registry.
    """

    pushing: tuple[Client, ...]
    pulling: tuple[Client, ...]
    link: Link

    @classmethod
    def of(cls, names: Iterable[str] = (), link: Link = DEFAULT_LINK) -> Self:
        """Return the delivery by the clients of these names.

        A client that can only push, pushes, and then the others pull; without one, a client that can do both
        does both. Where nobody is named for a side, nixdive pushes, and Docker's overlay2 store pulls.

        Raises:
            UnknownNameError: there is no such client.
        """
        named = tuple(client(name) for name in dict.fromkeys(names))
        pushing = tuple(one for one in named if one.pull is None) or tuple(one for one in named if one.push)
        pulling = tuple(one for one in named if one.pull)
        return cls(pushing or (client(_PUSHES),), pulling or (client(_PULLS),), link)

    @property
    def clients(self) -> tuple[Client, ...]:
        """All of them, each once."""
        return tuple(dict.fromkeys((*self.pushing, *self.pulling)))

    @property
    def most_layers(self) -> int:
        """The most layers with which an image loads and runs with all of them."""
        return self._narrowest[0]

    @property
    def limit(self) -> str:
        """What limits the number of layers, in a sentence."""
        most, name = self._narrowest
        return f"{name} takes at most {most} layers"

    @property
    def _narrowest(self) -> tuple[int, str]:
        limits = [(one.most_layers, one.title) for one in self.clients if one.most_layers is not None]
        return min(limits)  # whoever pulls has one

    @property
    def words(self) -> str:
        """The delivery in a few words: nixdive to docker, 100mbit/20ms."""
        push, pull = (listed((one.name for one in side), 2) for side in (self.pushing, self.pulling))
        return f"{push} to {pull}, {self.link}" if push != pull else f"{push}, {self.link}"
