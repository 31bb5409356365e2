"""An example or two of each command, as its help and its manual page show them; a test runs each.

`result` is whatever a build has made, `HOST` a registry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLES: Final[Mapping[str, tuple[str, ...]]] = {
    "screen": ("nixdive ./result --against old.tar",),
    "demo": ("nixdive demo --max-layers 12",),
    "serve": ("nixdive serve ./result --against old.tar --port 8080",),
    "plan": (
        "nixdive plan ./result --against old.tar --max-layers 40 -o app.plan.toml",
        "nixdive plan ./result --plan app.plan.toml --pin 'openssl*=crypto'",
    ),
    "write": (
        "nixdive write ./result --plan app.plan.toml --name shop:2 --cmd /bin/shop -o shop.tar",
        "nixdive write ./result --name shop:2 --against docker://HOST/shop:1 -o docker://HOST/shop:2",
    ),
    "pack": ("nixdive pack /nix/store/...-openssl-3.0.14 -o crypto",),
    "fleet": ("nixdive fleet shop.tar blog.tar --max-layers 40 --write images.tar",),
    "index": (
        "nixdive index linux/amd64=./result-amd64 linux/arm64=./result-arm64 -o docker://HOST/shop:2",
        "nixdive index amd64.tar arm64.tar --name shop:2 -o shop.tar",
    ),
    "graph": ("nixdive graph ./result --max-layers 20 -o shop.dot",),
    "emit": ("nixdive emit ./result --as pipeline > pipeline.json",),
    "compare": ("nixdive compare old.tar shop.tar --fail-over 50M",),
    "replay": ("nixdive replay v1.json v2.json v3.json --max-layers 25,100",),
    "why": ("nixdive why ./result openssl",),
    "inspect": (
        "nixdive inspect shop.tar",
        "nixdive inspect shop.tar --ci --ci-config .dive-ci",
    ),
    "ci": (
        "nixdive ci shop.tar --against docker://HOST/shop:main --rule highestPushBytes=50MB --junit ci.xml",
    ),
    "report": ("nixdive report ./result --against v1.json --against v2.json -o report.html",),
    "extract": ("nixdive extract shop.tar /etc/passwd -o files",),
    "verify": ("nixdive verify shop.tar",),
    "cache": ("nixdive cache show", "nixdive cache prune --to 500MB"),
    "completion": ("nixdive completion fish > nixdive.fish",),
    "schema": ("nixdive schema plan > plan.schema.json",),
}


def epilog(name: str) -> str | None:
    r"""Return what the help of a command ends with, for click, where \b begins what is not wrapped."""
    lines = EXAMPLES.get(name)
    if lines is None:
        return None
    head = "Example:" if len(lines) == 1 else "Examples:"
    return "\b\n" + "\n".join((head, *(f"  {line}" for line in lines)))
