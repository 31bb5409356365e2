"""Everything that can go wrong for a user, as one tree.

NixdiveError                   every error that a user can cause or meet
├── SourceError                the inputs give no closure
│   ├── NixCommandError        the local Nix failed
│   ├── UnknownPathError       a store path that is not in the closure, or not on this machine
│   └── MalformedGraphError    a closure file that does not follow its format
├── PlanError                  a request that no plan can meet
│   ├── BudgetError            more layers are needed than the budget allows
│   ├── PinError               a pin that matches nothing, or contradicts another
│   ├── FrozenError            a frozen layer that cannot stay as it is
│   ├── PipelineError          a layering pipeline that cannot run
│   └── PlanFileError          a plan file that cannot be read
├── ImageError                 the bytes of an image
│   ├── MalformedImageError    an archive, layout or layer that cannot be read
│   └── UnreadablePathError    a store path whose files cannot be read
├── RegistryError              a registry that cannot be reached, or refuses
├── WriteError                 a target that cannot be written
│   └── ExistsError            the target already exists, and may be replaced
├── CacheError                 the directory of the cache cannot be used
├── ClusterError               processes on other machines that cannot be used
├── LinkError                  a link that is not RATE/RTT
├── MissingExtraError          a package that an extra installs is not there
└── UnknownNameError           a client, strategy, format or compression that does not exist

The core raises these and prints nothing; the two front ends turn them into text.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


# a password, which may hold a colon or an @ that nobody has escaped; but not NAME:TAG@DIGEST of an image
_LOGIN = re.compile(r"(://[^/\s:@]*):[^/\s]*@(?!sha\d+:)")
# a token in place of the user's name: names are shorter
_TOKEN = re.compile(r"(https?://)[\w.~%-]{20,}@")
_PARAMETER = re.compile(
    r"(?i)([?&;][\w.-]*(?:token|passw(?:or)?d|secret|signature|credential|api[_-]?key|(?<=[?&;])sig)=)[^&;#\s'\"]+"
)


def masked(text: str) -> str:
    """Return a text without what logs in by the addresses in it: https://name:***@host/?token=***."""
    if "://" in text:
        text = _TOKEN.sub(r"\1***@", _LOGIN.sub(r"\1:***@", text))
    return _PARAMETER.sub(r"\1***", text) if "=" in text else text


class NixdiveError(Exception):
    """An error that is shown in one line, without the passwords of what the user named.

    Attributes:
        hint: what the user can do about it, in one line, or None.
        lines: what another program said last, where that says more.
    """

    def __init__(self, message: str, *, hint: str | None = None, lines: Sequence[str] = ()) -> None:
        super().__init__(masked(message))
        self.hint = None if hint is None else masked(hint)
        self.lines = tuple(map(masked, lines))


class SourceError(NixdiveError):
    """The inputs that the user named give no closure."""


class NixCommandError(SourceError):
    """The local Nix is missing, or failed."""


class UnknownPathError(SourceError):
    """A store path that is not in the closure, or not on this machine."""


class MalformedGraphError(SourceError):
    """A closure file that does not follow its format.

    Args:
        file: the file as the user named it.
        where: the path or position inside the file, or None for the whole file.
        cause: what is wrong there.
        hint: what to do about it.
    """

    def __init__(self, file: str, where: str | None, cause: str, *, hint: str | None = None) -> None:
        super().__init__(": ".join(part for part in (file, where, cause) if part), hint=hint)
        self.file = file
        self.where = where
        self.cause = cause


class LinkError(NixdiveError):
    """A text that describes no link."""


class PlanError(NixdiveError):
    """A request that no plan can meet."""


class BudgetError(PlanError):
    """More layers are needed than the budget allows.

    Attributes:
        needed: how many, where a budget of so many would do.
    """

    def __init__(self, message: str, *, hint: str | None = None, needed: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.needed = needed


class PinError(PlanError):
    """A pin that matches nothing, or contradicts another pin."""


class FrozenError(PlanError):
    """A frozen layer that cannot stay as it is."""


class PipelineError(PlanError):
    """A layering pipeline that cannot run; the message names the stage and its position."""


class PlanFileError(PlanError):
    """A plan file that cannot be read; the message names file, line and key."""


class ImageError(NixdiveError):
    """The bytes of an image are wrong."""


class MalformedImageError(ImageError):
    """An archive, layout or layer that cannot be read."""


class UnreadablePathError(ImageError):
    """A store path whose files cannot be read."""


class RegistryError(NixdiveError):
    """A registry that cannot be reached, or refuses what is asked; or no login for it can be read.

    Args:
        message: the cause, in one line.
        hint: what to do about it.
        status: the HTTP status of the answer, or None if there was none.
        codes: the error codes of the answer, as OCI's distribution-spec lists them: MANIFEST_UNKNOWN.
        digests: those of blobs that the registry says it does not have.
        wait: the seconds that the registry wants to be left alone, or None.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        status: int | None = None,
        codes: Sequence[str] = (),
        digests: Sequence[str] = (),
        wait: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.codes = tuple(codes)
        self.digests = tuple(digests)
        self.wait = wait


class WriteError(NixdiveError):
    """A target that cannot be written; what was there before is unchanged."""


class ExistsError(WriteError):
    """The target already exists; it is replaced only if the user says so."""


class CacheError(NixdiveError):
    """The directory of the cache cannot be used; everything works without it."""


class ClusterError(NixdiveError):
    """Processes on other machines that cannot be used."""


class MissingExtraError(NixdiveError):
    """A package is missing that is installed with an extra alone.

    Args:
        what: what needs it.
        package: its name.
        extra: the name of the extra of nixdive that installs it.
    """

    def __init__(self, what: str, package: str, extra: str) -> None:
        super().__init__(
            f"{what} needs the package {package}, which is not installed",
            hint=f"pip install 'nixdive[{extra}]', or {package} beside nixdive",
        )


class UnknownNameError(NixdiveError):
    """An unknown name; the hint suggests the nearest known one, or lists them all."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(names)}"
        super().__init__(f"no {kind} is called {name!r}", hint=hint)


class Cancelled(Exception):  # noqa: N818  it is the user's wish, not an error
    """The user stopped the work; nothing was written."""
