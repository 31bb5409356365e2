"""The name of an image: NAME:TAG as people type it, and the full name that every engine understands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from nixdive.errors import ImageError

if TYPE_CHECKING:
    from nixdive.store.path import StorePath

# distribution's reference grammar (reference/regexp.go)
_PART = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
_HOST = re.compile(r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]+)?")
# Docker Hub, by its current and its old name
_HUB = "docker.io"
_HUBS = {"index.docker.io": _HUB}
_LONGEST = 255  # characters of host and repository (distribution's reference.go: NameTotalLengthMax)
_SHOWN = 40
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


class ImageName(NamedTuple):
    """A repository and a tag.

    Attributes:
        host: the registry, or empty.
        repository: the path in the registry, lower case.
        tag: the tag.
    """

    host: str
    repository: str
    tag: str

    @classmethod
    def parse(cls, text: str) -> ImageName:
        """Return the name in a text; a missing tag is `latest`.

        Raises ImageError with the reason if no engine would accept it.
        """
        first, slash, rest = text.partition("/")
        if slash and ("." in first or ":" in first or first == "localhost"):
            host, path = _HUBS.get(first, first), rest
        else:
            host, path = "", text
        if host == _HUB and "/" not in path:  # names without a slash are in a folder there
            path = f"library/{path}"
        repository, colon, tag = path.partition(":")
        if host and not _HOST.fullmatch(host):
            raise _refused(text, f"{host!r} is not a host")
        if (lower := repository.lower()) != repository:
            raise _refused(text, f"{repository!r} has upper case, which a name cannot have: write {lower!r}")
        if not all(_PART.fullmatch(part) for part in repository.split("/")):
            raise _refused(text, f"{repository!r} is not a repository")
        if colon and not _TAG.fullmatch(tag):
            raise _refused(text, f"{tag!r} is not a tag")
        found = cls(host, repository, tag if colon else "latest")
        if (length := len(found.full) - len(found.tag) - 1) > _LONGEST:
            raise _refused(
                f"{text[:_SHOWN]}…",
                f"with its registry it is {length} characters long; engines accept at most {_LONGEST}",
            )
        return found

    def __str__(self) -> str:
        """Return it as docker shows it: redis:v1."""
        return f"{self.host}/{self.repository}:{self.tag}" if self.host else f"{self.repository}:{self.tag}"

    @property
    def full(self) -> str:
        """The name with the registry, as containerd and podman store it: docker.io/library/redis:v1."""
        if self.host:
            return str(self)
        return f"{_HUB}/{self}" if "/" in self.repository else f"{_HUB}/library/{self}"

    @property
    def familiar(self) -> ImageName:
        """The same name without what is meant where nothing is said: redis:v1."""
        if self.host != _HUB:
            return self
        return self._replace(host="", repository=self.repository.removeprefix("library/"))


def _refused(text: str, cause: str) -> ImageError:
    return ImageError(f"image name {text!r}: {cause}", hint="a name looks like team/app:1.0")


def name_of(root: StorePath) -> str:
    """Return NAME:TAG for an image of this root, from its package and version: "redis:v1".

    Characters that docker does not accept in a name become dashes, and a missing version "latest".
    """
    package = re.sub(r"[^a-z0-9]+", "-", root.package.lower()).strip("-")
    version = re.sub(r"[^\w.-]+", "-", root.version, flags=re.ASCII).lstrip(".-")
    return f"{package or 'image'}:{version[:128] or 'latest'}"
