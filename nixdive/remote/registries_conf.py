"""What containers-registries.conf(5) says: where images are pulled from instead, and what is blocked.

As podman and skopeo have it, mirrors and other locations are for pulling; a push goes to the registry that is
named. Of the tables whose prefix fits, the one with the longest prefix counts.
"""

from __future__ import annotations

import os
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from nixdive import there
from nixdive.errors import RegistryError
from nixdive.small_file import read_small

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nixdive.remote.name import RemoteName

_SYSTEM = Path("/etc/containers")
_VARIABLE = "CONTAINERS_REGISTRIES_CONF"
_FILE = "registries.conf"


class Source(NamedTuple):
    """A place of an image.

    Attributes:
        name: the image as it is called there; its text is what the user named.
        insecure: whether it may have no TLS, or a certificate that nobody vouches for.
    """

    name: RemoteName
    insecure: bool = False


class _Table(NamedTuple):
    """A [[registry]]."""

    prefix: str
    said: Mapping[str, Any]
    file: Path

    @property
    def insecure(self) -> bool:
        return self.said.get("insecure") is True

    def moved(self, name: RemoteName, location: Any, *, insecure: bool) -> Source:
        """Return where an image is below another location; raise RegistryError if that is no place."""
        if location is None:
            return Source(name, insecure)
        place, fits = f"{name.host}/{name.repository}", _fits(name, self.prefix)
        moved = f"{location}{place[fits or 0 :]}" if isinstance(location, str) else ""
        host, slash, repository = moved.partition("/")
        if not (host and slash and repository):
            raise RegistryError(f"{self.file}: {location!r} is no place of {place}: it is HOST or HOST/PATH")
        return Source(name._replace(host=host, repository=repository), insecure)

    def mirrors(self, name: RemoteName) -> Iterator[Source]:
        """Yield the mirrors that are asked for an image, in their order."""
        by_digest = "digest-only" if self.said.get("mirror-by-digest-only") is True else "all"
        listed = self.said.get("mirror")
        for one in listed if isinstance(listed, list) else []:
            if not isinstance(one, dict) or not one.get("location"):
                raise RegistryError(f"{self.file}: a mirror of {self.prefix} has no location")
            asked = one.get("pull-from-mirror", by_digest)
            if asked in ("all", "tag-only" if name.digest is None else "digest-only"):
                yield self.moved(name, one["location"], insecure=one.get("insecure") is True)


def pushed_to(name: RemoteName) -> Source:
    """Return where an image is pushed to: to where it is named.

    Raises:
        RegistryError: a file cannot be read, or says that the registry is blocked.
    """
    table = _table(name)
    return Source(name, insecure=table is not None and table.insecure)


def pulled_from(name: RemoteName) -> tuple[Source, ...]:
    """Return where an image is pulled from: mirrors, then where it is; they are tried one after the other.

    Raises:
        RegistryError: as `pushed_to`; or a location there is no place.
    """
    table = _table(name)
    if table is None:
        return (Source(name),)
    return (
        *table.mirrors(name),
        table.moved(name, table.said.get("location") or None, insecure=table.insecure),
    )


def configuration_folders() -> Iterator[Path]:
    """Yield the folders of the container tools' configuration: the user's, then the system's."""
    with suppress(RuntimeError):  # there is no home
        yield Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config", "containers")
    yield _SYSTEM


def _table(name: RemoteName) -> _Table | None:
    """Return what is said of an image, or None; raise RegistryError if it is blocked."""
    best: _Table | None = None
    for table in _tables():
        # a later file says again what an earlier one has said
        if _fits(name, table.prefix) is not None and (best is None or len(table.prefix) >= len(best.prefix)):
            best = table
    if best is not None and best.said.get("blocked") is True:
        raise RegistryError(
            f"{name.text}: it is blocked: {best.file} blocks {best.prefix}",
            hint="take out blocked = true there, or name another registry",
        )
    return best


def _tables() -> Iterator[_Table]:
    for file in _files():
        try:
            config = tomllib.loads(read_small(file, "document").decode("utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise RegistryError(f"{file}: {there.cause(error, file)}") from error
        except ValueError as error:
            raise RegistryError(f"{file}: it is not TOML: {error}") from None
        except RecursionError:
            raise RegistryError(f"{file}: it is nested too deeply") from None
        tables = config.get("registry")
        for table in tables if isinstance(tables, list) else []:
            prefix = table.get("prefix") or table.get("location") if isinstance(table, dict) else None
            if isinstance(prefix, str):
                yield _Table(prefix, table, file)


def _files() -> Iterator[Path]:
    """Yield the files that count, the later ones over the earlier.

    The one that a variable names, alone; else the user's, or without one the system's, and what is in
    registries.conf.d of the system and of the user.
    """
    if named := os.environ.get(_VARIABLE):
        yield Path(named)
        return
    folders = [*configuration_folders()]
    yield from [file for folder in folders if there.exists(file := folder / _FILE, RegistryError)][:1]
    for folder in reversed(folders):
        with suppress(OSError):  # it is not there, or not for this user
            yield from sorted(file for file in (folder / f"{_FILE}.d").iterdir() if file.suffix == ".conf")


def _fits(name: RemoteName, prefix: str) -> int | None:
    """Return how much of HOST/PATH a prefix stands for, or None where it does not fit."""
    place = f"{name.host}/{name.repository}"
    if prefix.startswith("*."):
        host, slash, path = prefix.partition("/")
        if not name.host.endswith(host[1:]):
            return None
        prefix = f"{name.host}{slash}{path}"
    if place == prefix or place.startswith(f"{prefix.rstrip('/')}/"):
        return len(prefix.rstrip("/"))
    return len(place) if prefix in {f"{place}:{name.tag}", f"{place}@{name.digest}"} else None
