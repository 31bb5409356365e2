from __future__ import annotations

from nixdive.image.stored.store_names import store_paths
from tests.contents.layers import layers

GLIBC = f"nix/store/{'a' * 32}-glibc-2.39"
BASH = f"nix/store/{'0' * 32}-bash-5.2"


def test_store_paths_with_the_bytes_of_their_files() -> None:
    (index,) = layers(
        [
            "nix/",
            "nix/store/",
            f"{GLIBC}/lib/libc.so=12345",
            f"{GLIBC}/lib/ld.so=67",
            f"{BASH}->elsewhere",
            "nix/store/.links/x=1",
            "nix/store/no-hash=1",
            "nix/storefront/x=1",
            f"nix/store/.wh.{'b' * 32}-gone",
        ]
    )
    assert list(store_paths(index).items()) == [(f"/{BASH}", 0), (f"/{GLIBC}", 7)]
