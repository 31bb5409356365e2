"""The local Nix: the one package that starts it.

The options are those that every Nix since 2.4 takes, whatever its configuration enables; where versions
differ, the newest form is tried first.
"""

from nixdive.store.nix.build import Built, build, outputs
from nixdive.store.nix.disk import disk_root, is_local
from nixdive.store.nix.elsewhere import fetch, named_store
from nixdive.store.nix.query import query
from nixdive.store.nix.roots import Roots

__all__ = ["Built", "Roots", "build", "disk_root", "fetch", "is_local", "named_store", "outputs", "query"]
