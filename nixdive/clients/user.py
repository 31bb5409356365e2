"""The clients and the link of the user, as config.toml says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from nixdive.clients.delivery import Delivery
from nixdive.clients.link import DEFAULT_LINK, Link
from nixdive.errors import NixdiveError, UnknownNameError
from nixdive.user_settings import settings, where

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CLIENT: Final = "client"
LINK: Final = "link"


def names_in(value: Any) -> tuple[str, ...]:
    """Return the names that a value of the setting `client` has: one, or a list of them.

    Raises:
        UnknownNameError: there is no such client.
        ValueError: it is another value; the message says what it has to be.
    """
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        raise ValueError(f'{CLIENT} must be a name, or a list like ["skopeo", "docker"]')
    Delivery.of(names)
    return tuple(names)


def link_in(value: Any) -> Link:
    """Return the link that a value of the setting `link` describes.

    Raises:
        LinkError: the text is not one.
        ValueError: it is not a text.
    """
    if not isinstance(value, str):
        raise ValueError(f'{LINK} must be a text like "100mbit/20ms"')  # noqa: TRY004  of a file, not of code
    return Link.parse(value)


def wrong_in(name: str, value: Any) -> str | None:
    """Return what is wrong with a value of one of these settings, or None."""
    try:
        names_in(value) if name == CLIENT else link_in(value)
    except UnknownNameError as error:
        return f"{name}: {error}; {error.hint}"
    except (NixdiveError, ValueError) as error:
        return str(error)
    return None


def user_delivery(names: Sequence[str], link: Link | None, tell: Callable[[str], None]) -> Delivery:
    """Return the delivery that was asked for; where nothing was, that of config.toml, else the usual one.

    Args:
        names: of clients.
        link: or None.
        tell: is given what is wrong with a setting that would count.

    Raises:
        UnknownNameError: there is no client of one of these names.
    """
    wanted = [name for name, given in ((CLIENT, names), (LINK, link)) if not given]
    found = settings(*wanted) if wanted else {}
    for name, value in found.items():
        if (wrong := wrong_in(name, value)) is not None:
            tell(f"{where()}: {wrong}")
    good = {name: value for name, value in found.items() if wrong_in(name, value) is None}
    if not names and CLIENT in good:
        names = names_in(good[CLIENT])
    if link is None and LINK in good:
        link = link_in(good[LINK])
    return Delivery.of(names, link or DEFAULT_LINK)
