"""Where the files of the store that Nix uses lie on the disk."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from nixdive.errors import NixCommandError, SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.store.path import StorePath

_LOCAL = frozenset({"", "auto", "daemon", "local"})
_COMMANDS = (("config", "show", "--json"), ("show-config", "--json"))  # the second one up to 2.19


def disk_root(paths: Sequence[StorePath], *, ask: bool = True) -> str:
    """Return the root below which the files of store paths are; empty for the root of the machine.

    A store may be below another root: NIX_REMOTE=DIR, `store = DIR` in nix.conf, or the one that Nix makes in
    the home of a user where there is no /nix.

    Args:
        paths: the store paths.
        ask: whether Nix is asked for its settings where paths are not below the root of the machine.
    """
    named = root_of(os.environ.get("NIX_REMOTE", ""))
    if named:
        return named
    if not ask or all(map(os.path.lexists, paths)):
        return ""
    root = root_of(_configured()) or _of_user()
    return root if any(os.path.lexists(root + path) for path in paths) else ""


def is_local() -> bool:
    """Return whether the store that NIX_REMOTE names, if it names one, has its files on this machine."""
    named = os.environ.get("NIX_REMOTE", "")
    return is_here(named) or bool(root_of(named))


def is_here(uri: str) -> bool:
    """Return whether an address names the store of this machine, through whatever."""
    return uri in _LOCAL or uri.startswith("unix:")


def root_of(uri: str) -> str:
    """Return the root that the address of a store names; empty where it names none of this machine."""
    try:
        found = urlsplit(uri)
        if found.scheme not in {"", "local"}:
            return ""
        named = parse_qs(found.query).get("root", [""])[0]
        path = unquote(found.path) if found.scheme or uri.startswith("/") or "/" in uri else ""
    except ValueError:
        return ""
    root = named or path
    return os.path.abspath(root) if root.strip("/") else ""  # noqa: PTH100  links stay as they are named


def named_store(text: str) -> tuple[str, str]:
    """Return where the store that an address names is: its root on this machine, or its address elsewhere.

    Args:
        text: an address as Nix takes it: file:///cache, https://HOST, ssh-ng://HOST, s3://BUCKET, a root.

    Returns:
        The root and the address, one of them at least empty; both for the store that Nix uses by itself.

    Raises:
        SourceError: it is the directory of a binary cache, or none: Nix would make an empty store there.
    """
    root = root_of(text)
    if (folder := root or _cache_of(text)) and not os.path.lexists(folder):
        raise SourceError(
            f"{text}: there is no directory {folder}", hint="name a store or a cache that exists"
        )
    if root and os.path.lexists(f"{root}/nix-cache-info"):
        raise SourceError(f"{text}: it is a binary cache, not a store", hint=f"its address is file://{root}")
    return root, "" if root or is_here(text) else text


def _cache_of(uri: str) -> str:
    """Return the directory of a binary cache on this machine; empty for another kind of address."""
    try:
        found = urlsplit(uri)
    except ValueError:
        return ""
    return unquote(found.path) if found.scheme == "file" else ""


def _configured() -> str:
    """Return the address of the store that Nix is set to use; empty where it cannot say."""
    from nixdive.progress import NullProgress  # noqa: PLC0415  what starts Nix is slow to load
    from nixdive.store.nix.program import NIX, run  # noqa: PLC0415  as above

    for command in _COMMANDS:
        try:
            ended = run((*NIX, *command), "store", NullProgress())
        except NixCommandError:
            return ""
        try:
            value = json.loads(ended.out)["store"]["value"]
        except (ValueError, LookupError, TypeError, RecursionError):
            continue
        return value if isinstance(value, str) else ""
    return ""


def _of_user() -> str:
    # as Nix does in src/libstore/store-api.cc
    home = os.environ.get("HOME", "")
    data = os.environ.get("XDG_DATA_HOME") or f"{home}/.local/share"
    return f"{data}/nix/root" if home else ""
