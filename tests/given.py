"""A folder with all that examples and documents name: builds, images, closures, plans; and a registry.

What is named so in commands is there, or is replaced by what is there, and the commands are run.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING

from tests.image.made import archive, layer
from tests.opening.inputs import conf_file
from tests.program import Done, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.remote.registry_here import RegistryHere

CLOSURES = Path(__file__).parent / "data/closures"
_STORE = Path("/nix/store")


def fill(folder: Path, registry: RegistryHere) -> None:
    """Put everything there."""
    libc, openssl, shop = (
        f"nix/store/{char * 32}-{name}"
        for char, name in (("a", "glibc-2.39"), ("b", "openssl-3.0.14"), ("c", "shop-2"))
    )
    root = layer("etc/passwd=root:x:0:0::/root:/bin/sh\n", f"bin/shop->/{shop}/bin/shop")
    below = [layer(f"{libc}/lib={'l' * 9000}"), layer(f"{openssl}/lib={'o' * 5000} /{libc}")]
    for name, tag, data in (
        ("old.tar", "shop:1", "before"),
        ("result", "shop:2", "now"),
        ("result-amd64", "shop:2", "now"),
        ("result-arm64", "shop:2", "there"),
        ("shop.tar", "shop:2", "now"),
        ("image.tar", "shop:2", "now"),
        ("new.tar", "shop:2", "now"),
        ("blog.tar", "blog:1", "blog"),
    ):
        top = layer(f"{shop}/bin/shop={data * 500} /{libc} /{openssl}")
        archive(folder / name, [*below, top, root], tag=tag)
    for version in ("v1", "v2", "v3"):
        shutil.copy(CLOSURES / f"debstore-redis-{version}.path-info.json.gz", folder / f"{version}.json")
        shutil.copy(
            CLOSURES / f"debstore-redis-{version}.path-info.json.gz", folder / f"redis-{version}.json"
        )
    shutil.copy(CLOSURES / "formats-redis-v1.registration", folder / "closure")
    archive(folder / "base.tar", [layer("etc/base=1")], tag="base:1")
    conf_file(folder)
    (folder / "pipeline.json").write_text('[["popularity_contest"], ["limit_layers", 20]]')
    (folder / ".dive-ci").write_text("rules:\n  lowestEfficiency: 0.5\n")
    with chdir(folder):
        for words in (
            ("plan", "result", "-o", "app.plan.toml"),
            ("write", "result", "--architecture", "amd64", "-o", "amd64.tar"),
            ("write", "result", "--architecture", "arm64", "-o", "arm64.tar"),
            ("write", "old.tar", "-o", registry.url("shop:1")),
            ("write", "old.tar", "-o", registry.url("shop:main")),
        ):
            done = run(*words, "-q")
            assert done.returncode == 0, done.stderr


def there(package: str) -> Iterator[Path]:
    """Yield the store paths of a package on this machine."""
    if _STORE.is_dir():
        yield from sorted(
            path for path in _STORE.iterdir() if path.name[33:].startswith(package) and path.is_dir()
        )


def words_of(line: str, named: Mapping[str, str]) -> tuple[list[str], str | None]:
    """Return the words of a command after the program, and the file that its output goes to.

    Args:
        line: like `nixdive plan ./result > plan.txt`.
        named: what stands for what is there: HOST for a registry.
    """
    for name, what in named.items():
        line = line.replace(name, what)
    lexer = shlex.shlex(line, posix=True, punctuation_chars=">")
    lexer.whitespace_split = True
    program, *words = lexer
    assert program == "nixdive", line
    if ">" in words:
        at = words.index(">")
        return words[:at], words[at + 1]
    return words, None


def done(line: str, folder: Path, named: Mapping[str, str]) -> Done:
    """Run a command in a folder."""
    words, target = words_of(line, named)
    if target is None:
        with chdir(folder):
            return run(*words)
    program = [sys.executable, "-m", "nixdive", *words]
    with (folder / target).open("wb") as file:
        ended = subprocess.run(
            program, stdout=file, stderr=subprocess.PIPE, cwd=folder, text=True, check=False
        )
    return Done(ended.returncode, "", ended.stderr)
