"""Stores that are named: on this machine or elsewhere, and the files of store paths brought from there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nixdive.errors import NixCommandError
from nixdive.store.nix.program import NIX, again, complaint, run
from nixdive.store.nix.roots import Roots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.progress import Progress
    from nixdive.store.path import StorePath

# as Nix puts it up to 2.8 and later
_UNSIGNED = re.compile(r"lacks a (?:valid )?signature|is not signed by")
_TRUST = (
    "add the key of that store to trusted-public-keys in nix.conf, or trust all of it: "
    "NIX_CONFIG='require-sigs = false'"
)


def fetch(paths: Sequence[StorePath], store: str, origin: str, progress: Progress) -> Roots:
    """Have Nix copy store paths with all that they need into the store that it uses; return what keeps them.

    Nix decides whether it trusts them, by its settings.

    Args:
        paths: the store paths.
        store: the address of the store that has them.
        origin: what the user named, for messages.
        progress: told that it goes on, and asked whether to stop.

    Raises:
        NixCommandError: Nix failed, or does not trust what is there.
        Cancelled: the user stopped it.
    """
    progress.start(f"fetching from {store}", None)
    words = (*NIX, "copy", "--from", store, "--", *paths)
    ended = run(words, origin, progress)
    if ended.status:
        told = ended.told
        hint = _TRUST if _UNSIGNED.search(told) else again(words)
        raise NixCommandError(f"{origin}: {store}: nix failed: {complaint(told)}", hint=hint)
    roots = Roots()
    link = ("--add-root", str(roots.folder / "fetched"), "--indirect")
    run(("nix-store", "--realise", *link, *paths), origin, progress)
    return roots
